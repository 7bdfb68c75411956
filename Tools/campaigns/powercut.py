"""Cuts the power in the middle of whole runs, in a model of the disk: `make campaign-powercut`.

    python Tools/campaigns/powercut.py [--seed N] [--cuts N] [--apr FILE] [--workers N] [--only TEXT] [--results FILE]

Each command is traced (Tests/Python/file_trace.py), and at drawn moments the disk keeps what it may keep
(Tests/Python/power_loss.py): what was not synchronized is there, lost, cut or mixed. Tests/Python/interrupted.py says what must
be true of every such state. The exit status is 1 when an outcome was wrong.
"""
import concurrent.futures
import pathlib
import random
import sys
import tempfile

import campaign
import hub_server
import interrupted
import power_cuts


def kinds(workshop, count):
    """Each kind of command with how many cuts it gets; making a command makes its untouched run."""
    def share(part):
        return max(1, round(count * part))

    training = None

    def trained():
        nonlocal training
        training = training or interrupted.Training(workshop)
        return training

    yield "finetune", lambda draw: power_cuts.cuts(trained(), draw, share(0.3), "finetune")
    yield "finetune --resume", lambda draw: power_cuts.cuts_while_resuming(trained(), draw, share(0.2))
    for kind in ("merge", "import"):
        for overwrites in (False, True):
            yield kind + " --overwrite" * overwrites, lambda draw, kind=kind, overwrites=overwrites: power_cuts.cuts(
                interrupted.Writing(workshop, kind, overwrites), draw, share(0.085))
    for updates in (False, True):
        yield "pull" + ", a next commit" * updates, lambda draw, updates=updates: power_cuts.cuts(
            interrupted.Pulling(workshop, updates), draw, share(0.085))


def main():
    options = campaign.parser(__doc__, 120, "cuts").parse_args()
    cuts = campaign.Campaign("campaign-powercut", options, "cuts")
    with tempfile.TemporaryDirectory(prefix="apr-power-") as directory:
        hub = hub_server.Hub.start()
        try:
            workshop = interrupted.Workshop(pathlib.Path(directory), hub)
            with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
                for number, (kind, states) in enumerate(kinds(workshop, options.count)):
                    if not cuts.wants(kind):
                        continue
                    draw = random.Random(options.seed * 1000 + number)
                    judged = {pool.submit(state.outcome): state for state in states(draw)}
                    for future in concurrent.futures.as_completed(judged):
                        cuts.add(kind, judged[future].moment, future.result())
        finally:
            hub.stop()
    sys.exit(cuts.finish("Power cuts", [
        "A command is traced to its end: every change to a file or a name, in order. At a drawn moment the power fails, and the disk",
        "keeps what was synchronized, and of the rest what the draw decides: nothing, all, a part, zeros, single blocks. Then",
        "everything that has its name must be whole, the command is run again, and its result must have the bytes of a run that",
        "nobody touched; training must go on at or after the last step that was saved."]))


if __name__ == "__main__":
    main()
