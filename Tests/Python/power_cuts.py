"""Power cuts: a command is traced to its end, and at a moment of it the disk keeps what power_loss.py says it may keep.

`cuts` yields one outcome a cut. What must be true of the state, and of the command that is run on it, is the same as after a
kill (interrupted.py): everything that has a name is whole, at most the work since the last save is lost, and the result has the
bytes of a run that nobody touched.
"""
import dataclasses
import shutil

import file_trace
import power_loss


@dataclasses.dataclass
class State:
    """What is on disk after one power cut."""

    command: object
    kind: str
    root: object
    moment: str
    saved: int = 0

    def outcome(self):
        """What is wrong with the state and with what is run on it; the state is removed."""
        wrong = self.command.judge(self.root)
        more = {"at_least": self.saved} if self.saved else {}
        wrong += self.command.finish(self.root, **more)
        shutil.rmtree(self.root, ignore_errors=True)
        return wrong


def positions(changes, draw, count):
    """Moments of a trace: a third of them anywhere, the others beside a change of names or a synchronization."""
    edges = [number for number, change in enumerate(changes) if change.kind != file_trace.WRITE]
    return sorted(
        draw.choice(edges) + draw.randint(0, 1) if draw.random() < 2 / 3 else draw.randint(0, len(changes)) for _ in range(count))


def traced(command, root, draw, count, kind, synchronizes=True):
    """Runs a command in `root` and yields a state for each of `count` power cuts.

    Without `synchronizes`, the disk forgets as if the program had never synchronized anything.
    """
    model = power_loss.Model(root)
    changes, _ = file_trace.record(root, command.command(root), command.environment(root))
    done = 0
    for position in positions(changes, draw, count):
        for change in changes[done:position]:
            if synchronizes or change.kind != file_trace.SYNC:
                model.apply(change)
        done = position
        state = command.workshop.new_path()
        model.write(state, draw)
        last = changes[position - 1] if position else "nothing"
        saved = command.synchronized(model) if hasattr(command, "synchronized") else 0
        yield State(command, kind, state, f"after change {position} of {len(changes)} ({last})", saved)
    for change in changes[done:]:
        model.apply(change)
    # What the trace does not know of, the model could not lose.
    missing = model.differences()
    assert not missing, f"the trace of {kind} does not explain {missing[:5]}"


def cuts(command, draw, count, kind=None, synchronizes=True):
    """Power cuts of a command that begins where `prepare` has made what is there."""
    root = command.workshop.root()
    command.prepare(root)
    yield from traced(command, root, draw, count, kind or str(command), synchronizes)
    shutil.rmtree(root)


def cuts_while_resuming(training, draw, count, each=5):
    """Power cuts of runs that go on after an earlier power cut."""
    for first in cuts(training, draw, 4 * count, "finetune"):
        if count > 0 and (first.root / training.run / "run.json").exists():
            yield from traced(training, first.root, draw, min(each, count), "finetune --resume")
            count -= each
        shutil.rmtree(first.root)
