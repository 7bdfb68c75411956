"""Ends commands from outside at random moments: `make campaign-kill`.

    python Tools/campaigns/kill.py [--seed N] [--kills N] [--apr FILE] [--workers N] [--only TEXT] [--results FILE]

SIGKILL, SIGTERM, SIGHUP, SIGINT and a closed pipe strike training (fresh, resumed, resumed again), merge, import, pull and
publish --merged; runs share, move and exchange their directories; readers hammer a run's checkpoints meanwhile
(Tests/Python/kills.py). In addition crash-probe, the trainer on a file system that stops it at named points, is killed at each
of them (Tests/Python/crash_harness.py), unless --apr names another program. Tests/Python/interrupted.py says what must be true
afterwards. The exit status is 1 when an outcome was wrong.
"""
import concurrent.futures
import pathlib
import random
import signal
import sys
import tempfile
import time

import campaign
import crash_harness
import hub_server
import interrupted
import kills
import support

ENDS = [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]


class Kinds:
    """Each kind of interruption as a function of a draw."""

    def __init__(self, directory, hub):
        self.workshop = workshop = interrupted.Workshop(directory, hub)
        self.training = interrupted.Training(workshop)
        self.other = interrupted.Training(workshop, seed=7)
        # A checkpoint is exchanged after every step.
        self.busy = interrupted.Training(workshop, save_steps=1, eval_steps=1, max_steps=60)
        self.finished = interrupted.workshop_best(workshop).parent
        self.seconds = {}
        self.reads = {}

    def timed(self, command):
        """How long a command takes when nobody touches it."""
        if (key := str(command)) not in self.seconds:
            root = self.workshop.root()
            command.prepare(root)
            started = time.monotonic()
            support.execute(*command.command(root), env=command.environment(root))
            self.seconds[key] = time.monotonic() - started
        return self.seconds[key]

    def all(self, count):
        """Kinds, and how many interruptions each gets."""
        def part(share):
            return max(1, round(share * count))

        def training(draw):
            return kills.interrupt_training(self.training, draw, self.timed(self.training))

        yield "finetune", part(0.32), training
        for kind in ("merge", "import"):
            for overwrites in (False, True):
                command = interrupted.Writing(self.workshop, kind, overwrites)
                yield str(command), part(0.06), lambda draw, command=command: kills.interrupt(command, draw, self.timed(command))
        for updates in (False, True):
            command = interrupted.Pulling(self.workshop, updates)
            yield str(command), part(0.06), lambda draw, command=command: kills.interrupt(command, draw, self.timed(command))
        publishing = interrupted.Publishing(self.workshop, "me/published")
        yield "publish --merged", part(0.1), lambda draw: kills.interrupt(publishing, draw, self.timed(publishing))
        yield "mv run run.old", part(0.08), lambda draw: kills.move_away(self.busy, self.other, draw, draw.choice(ENDS))
        yield "mv other run", part(0.04), lambda draw: kills.exchange(self.training, self.finished, draw, draw.choice(ENDS))
        yield "two runs in one directory", part(0.04), lambda draw: kills.share(self.training, self.other, draw, draw.choice(ENDS))
        yield "readers", part(0.06), self.readers

    def readers(self, draw):
        outcomes, counts = kills.read_meanwhile(self.busy, draw, self.timed(self.busy), draw.choice(ENDS))
        for kind, count in counts.items():
            self.reads[kind] = self.reads.get(kind, 0) + count
        return outcomes


def commands(page, directory, hub):
    """The kills of commands."""
    made = Kinds(directory, hub)
    with concurrent.futures.ThreadPoolExecutor(page.options.workers) as pool:
        for number, (kind, count, function) in enumerate(made.all(page.options.count)):
            if not page.wants(kind):
                continue
            draws = [random.Random(page.options.seed * 1_000_000 + number * 1000 + index) for index in range(count)]
            # Publications are told apart by the count of directories, and readers need the machine.
            alone = kind in ("publish --merged", "readers")
            before, width = page.done, 2 * page.options.workers
            for start in range(0, count, width):
                # A run of training is ended more than once.
                if page.done - before >= count:
                    break
                some = draws[start:start + width]
                for outcomes in map(function, some) if alone else pool.map(function, some):
                    for outcome in outcomes:
                        page.add(outcome.kind, outcome.how, outcome.wrong)
    for kind, count in made.reads.items():
        page.tallies[f"{kind} while a run replaced the checkpoint"] += count


def named_points(page, directory, per_point):
    """The kills of crash-probe; a loss ends them."""
    try:
        total = crash_harness.run(directory, per_point=per_point, randomly=per_point, by_apr=0, seed=page.options.seed, jobs=page.options.workers)
    except crash_harness.Lost as loss:
        return page.add("crash-probe", "SIGKILL", [str(loss).replace(str(directory), "…")])
    for label, tally in total.tally.items():
        page.add(f"crash-probe: {label}", "SIGKILL", [], count=tally.kills)


def main():
    options = campaign.parser(__doc__, 260, "kills")
    options.add_argument("--per-point", type=int, default=5, help="how often at each named point of crash-probe")
    options = options.parse_args()
    page = campaign.Campaign("campaign-kill", options, "kills")
    with tempfile.TemporaryDirectory(prefix="apr-kill-") as directory:
        hub = hub_server.Hub.start()
        try:
            (pathlib.Path(directory) / "commands").mkdir()
            commands(page, pathlib.Path(directory) / "commands", hub)
        finally:
            hub.stop()
        if options.apr == campaign.DEFAULT and page.wants("crash-probe"):
            (pathlib.Path(directory) / "points").mkdir()
            named_points(page, pathlib.Path(directory) / "points", options.per_point)
    sys.exit(page.finish("Kills", [
        "Each command is ended at a random moment or right before a drawn change to the disk, by SIGKILL, SIGTERM, SIGHUP, SIGINT",
        "or a closed pipe; training is then resumed and often ended again. After each, everything that has its name is whole, at",
        "most the work since the last save is lost (nothing, where the signal can be handled), the command run again gives the",
        "bytes of one that nobody touched, and it leaves no temporary file. Runs whose directories are moved, exchanged or shared",
        "write nothing into another's. SIGKILL leaves the page cache; `make campaign-powercut` is about what is lost with it."]))


if __name__ == "__main__":
    main()
