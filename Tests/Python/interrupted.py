"""Commands that are interrupted, and what must be true afterwards, whatever interrupted them.

Each class is one kind of command. `prepare` makes what must be there before it, `command` is how it is started (training:
begun, or resumed where there is something to resume), `judge` says what is wrong with what the interruption left, and `finish`
runs the command to its end and says what is wrong with the result. `file_trace.py` and `power_loss.py` supply the interruptions;
`make campaign-kill` and `make campaign-powercut` repeat them with a seed.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil

import crash_harness
import file_trace
import hub_lies
import power_loss
import support
import toybase

ADAPTER = "adapter_model.safetensors"
CHECKPOINT = re.compile(r"best|last|epoch-\d+")
TEMPORARY = re.compile(r"\.apr-|\.incomplete$|\.(tmp|old|del)-")


def contents(directory):
    """The hash of every file below a directory, by its path; of a link, its target."""
    found = {}
    for path in sorted(pathlib.Path(directory).rglob("*")):
        name = str(path.relative_to(directory))
        if path.is_symlink():
            found[name] = "-> " + os.readlink(path)
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def names(directory):
    return sorted(path.name for path in pathlib.Path(directory).iterdir()) if pathlib.Path(directory).exists() else []


class Workshop:
    """What all interrupted commands need, made once in a directory by the program that is judged."""

    def __init__(self, directory, hub=None):
        self.directory = pathlib.Path(directory)
        self.base = toybase.base()
        self.data = support.write_jsonl(self.directory / "corpus.jsonl", crash_harness.rows())
        self.gguf = support.ROOT / "Tests" / "Fixtures" / "command-line" / "base.gguf"
        self.hub = hub
        self.count = 0

    def new_path(self):
        """A new path."""
        self.count += 1
        return self.directory / f"root-{self.count}"

    def root(self):
        """A new directory for one command, its cache and its temporary files."""
        root = self.new_path()
        (root / "temporary").mkdir(parents=True)
        return root

    @staticmethod
    def environment(root):
        return {"XDG_CACHE_HOME": str(root / "cache"), "TMPDIR": str(root / "temporary")}


class Training:
    """`apr finetune`, resumed where it can be."""

    def __init__(self, workshop, seed=42, run="run", **settings):
        self.workshop, self.run = workshop, run
        self.settings = {**crash_harness.SETTINGS, **settings}
        self.seed = seed
        self.known = self._adapters()
        """The hashes of all adapters that a run nobody touched has after a step; a signal may save any of them."""
        root = workshop.root()
        changes, _ = file_trace.record(root, self.command(root), self.environment(root))
        self.changes = len(changes)
        self.expected = crash_harness.Outcome.of(root / run)
        shutil.rmtree(root)

    def _adapters(self):
        """Every adapter that stood under the name of a checkpoint in a run that saves after each step, from its trace."""
        root, known = self.workshop.root(), set()
        model = power_loss.Model(root)
        usual, self.settings = self.settings, {**self.settings, "save_steps": 1}
        changes, _ = file_trace.record(root, self.command(root), self.environment(root))
        self.settings = usual
        for change in changes:
            model.apply(change)
            if change.kind == file_trace.RENAME:
                run = model.nodes[0].entries().get(self.run)
                for name, number in (model.nodes[run].entries() if run is not None else {}).items():
                    if CHECKPOINT.fullmatch(name):
                        file = model.nodes[model.nodes[number].entries()[ADAPTER]]
                        known.add(hashlib.sha256(file.content).hexdigest())
        assert len(known) >= self.settings["max_steps"] - 1
        assert not (missing := model.differences()), missing
        shutil.rmtree(root)
        return known

    def environment(self, root):
        return self.workshop.environment(root)

    def prepare(self, root):
        pass

    def command(self, root):
        run = root / self.run
        if (run / "run.json").exists():
            return [support.APR, "finetune", "--resume", "-o", run, "--threads", "1", "--quiet"]
        command = [support.APR, "finetune", self.workshop.base, "--data", self.workshop.data, "-o", run, "--threads", "1",
                   "--quiet", "--seed", self.seed]
        return command + crash_harness.flags(self.settings)

    def steps(self, root):
        """The steps in the log, as far as it can be read."""
        log = root / self.run / "metrics.jsonl"
        return [int(step) for step in re.findall(r'"type":"step","step":(\d+)', log.read_text(errors="replace"))] if log.exists() else []

    def saved(self, root):
        """The last step whose work must not be lost: a checkpoint has it, or must have it, because of what is in the log.

        Saving goes on beside training, and a save begins only when the one before has ended.
        """
        every, logged = self.settings["save_steps"], max(self.steps(root), default=0)
        steps = [(logged - 1) // every * every - every, 0]
        for checkpoint in crash_harness.checkpoints(root / self.run):
            if (checkpoint / "training_state.apr").exists():
                steps.append(json.loads((checkpoint / "metadata.json").read_text())["step"])
        return max(steps)

    def synchronized(self, model):
        """The last step of a checkpoint that the program has synchronized, so that no power cut may take it away."""
        steps = [0]
        for name in model.synchronized_names(self.run):
            if CHECKPOINT.fullmatch(name) and "training_state.apr" in model.synchronized_names(self.run, name):
                steps.append(json.loads(model.synchronized_content(self.run, name, "metadata.json"))["step"])
        return max(steps)

    def foreign(self, run):
        """Checkpoints that are none of this run's."""
        wrong = []
        for checkpoint in crash_harness.checkpoints(run):
            file = checkpoint / ADAPTER
            if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() not in self.known:
                wrong.append("a checkpoint that this run never made")
        return wrong

    def judge(self, root):
        run, wrong = root / self.run, []
        for checkpoint in crash_harness.checkpoints(run):
            if support.apr("verify", checkpoint, expect=None).returncode != 0:
                wrong.append("a damaged checkpoint")
        wrong += self.foreign(run)
        strange = [name for name in names(run) if name.startswith(".") and not crash_harness.LEFTOVER.fullmatch(name)]
        return wrong + ["a leftover that recovery does not know"] * bool(strange)

    def starts(self, root):
        """The steps at which processes began, as far as the log can be read."""
        log = root / self.run / "metrics.jsonl"
        return [int(step) for step in re.findall(r'"type":"start","step":(\d+)', log.read_text(errors="replace"))] if log.exists() else []

    def finish(self, root, at_least=0):
        run = root / self.run
        resumes = (run / "run.json").exists()
        result = support.execute(*self.command(root), env=self.environment(root), expect=None)
        if result.returncode != 0:
            return [f"{'resuming' if resumes else 'beginning'} ends with {result.returncode}: {message(result.stderr)}"]
        wrong = []
        if at_least and not resumes:
            wrong.append("a run that had saved its work is gone")
        elif (step := self.starts(root)[-1]) < at_least:
            wrong.append(f"work that had been saved is lost ({at_least - step} steps)")
        return wrong + self.ended(root)

    def ended(self, root):
        run, wrong = root / self.run, []
        outcome = crash_harness.Outcome.of(run)
        if outcome.hashes != self.expected.hashes:
            wrong.append("other weights than of the run nobody touched")
        if outcome.metrics != self.expected.metrics:
            wrong.append("other metrics than of the run nobody touched")
        if [name for name in names(run) if name.startswith(".")] != [".lock"]:
            wrong.append("leftovers in the run at its end")
        if support.apr("verify", run, expect=None).returncode != 0:
            wrong.append("the finished run does not verify")
        return wrong


class Writing:
    """`apr merge` or `apr import` to a directory, which may hold an earlier model."""

    def __init__(self, workshop, kind, overwrites=False):
        self.workshop, self.kind, self.overwrites = workshop, kind, overwrites
        self.best = workshop_best(workshop) if kind == "merge" else None
        root = workshop.root()
        self.prepare(root)
        before = contents(root / "m")
        changes, _ = file_trace.record(root, self.command(root), self.environment(root))
        self.changes = len(changes)
        self.expected = contents(root / "m")
        self.allowed = [self.expected, *([before] if overwrites else [])]
        assert before != self.expected and "model.safetensors" in self.expected
        shutil.rmtree(root)

    def __str__(self):
        return self.kind + (" --overwrite" if self.overwrites else "")

    def environment(self, root):
        return self.workshop.environment(root)

    def _command(self, root, *more):
        source = [self.best, "--base", self.workshop.base, "--threads", "1"] if self.kind == "merge" else [self.workshop.gguf]
        return [support.APR, self.kind, *source, "-o", root / "m", "--quiet", *more]

    def prepare(self, root):
        if self.overwrites:
            support.execute(*self._command(root, "--dtype", "bf16"), env=self.environment(root))

    def command(self, root):
        return self._command(root, *(["--overwrite"] if (root / "m").exists() else []))

    def judge(self, root):
        there = (root / "m").exists()
        if self.overwrites and not there:
            return ["the earlier model is gone, and the new one is not there"]
        if there and contents(root / "m") not in self.allowed:
            return ["a model that is not whole, or a mixture of two"]
        return []

    def finish(self, root):
        result = support.execute(*self.command(root), env=self.environment(root), expect=None)
        if result.returncode != 0:
            return [f"the next {self.kind} ends with {result.returncode}: {message(result.stderr)}"]
        wrong = [] if contents(root / "m") == self.expected else ["the next command writes another model"]
        left = [name for name in names(root) if name not in ("cache", "temporary", "m")]
        return wrong + ["temporary directories remain after the next command"] * bool(left or names(root / "temporary"))


def workshop_best(workshop):
    """A finished run's best checkpoint, made once for a workshop."""
    run = workshop.directory / "finished"
    if not run.exists():
        support.apr("finetune", workshop.base, "--data", workshop.data, "-o", run, "--threads", "1", "--quiet", "--max-steps", "12",
                    "--batch-size", "8", "--learning-rate", "4e-3")
    return run / "best"


class Pulling:
    """`apr pull` of a model, or of its next commit where an earlier one is in the cache."""

    earlier = {**hub_lies.FILES, "config.json": b'{"model_type": "llama"}\n'}

    def __init__(self, workshop, updates=False):
        self.workshop, self.hub, self.updates = workshop, workshop.hub, updates
        self.repo = "other/" + ("updated" if updates else "fresh")
        weights = workshop.directory / "weights"
        weights.write_bytes(hub_lies.WEIGHTS)
        self.hub.plant(self.repo, self.earlier, {"model.safetensors": hub_lies.WEIGHTS[:9_000_000]})
        self.old_commit = self.hub.show(self.repo)["branches"]["main"]
        self.home = workshop.directory / "earlier-home"
        if updates:
            root = workshop.root()
            support.execute(*self.command(root), env=self.environment(root), timeout=60)
            self.home = workshop.directory / "pulled"
            shutil.move(root / "home", self.home)
        self.hub.plant(self.repo, hub_lies.FILES, {"model.safetensors": hub_lies.WEIGHTS})
        self.commit = self.hub.show(self.repo)["branches"]["main"]
        root = workshop.root()
        self.prepare(root)
        changes, _ = file_trace.record(root, self.command(root), self.environment(root))
        self.changes = len(changes)
        assert not self.incomplete(root)
        shutil.rmtree(root)

    def __str__(self):
        return "pull, a next commit" if self.updates else "pull"

    def environment(self, root):
        return {**self.workshop.environment(root), "HF_ENDPOINT": self.hub.endpoint, "HF_HOME": str(root / "home"), "HF_HUB_OFFLINE": "",
                "TRANSFORMERS_OFFLINE": "", "HF_TOKEN": self.hub.owner, **{name: str(value) for name, value in hub_lies.HASTE.items()}}

    def prepare(self, root):
        if self.updates:
            shutil.copytree(self.home, root / "home", symlinks=True)

    def command(self, root):
        return [support.APR, "pull", self.repo, "--quiet"]

    def _cache(self, root):
        return root / "home" / "hub" / ("models--" + self.repo.replace("/", "--"))

    def _wanted(self):
        return {
            self.old_commit: {**self.earlier, "model.safetensors": hub_lies.WEIGHTS[:9_000_000]},
            self.commit: {**hub_lies.FILES, "model.safetensors": hub_lies.WEIGHTS}}

    def judge(self, root):
        cache, wrong = self._cache(root), []
        for path in (cache / "blobs").glob("*"):
            if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", path.name):
                content = path.read_bytes()
                git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
                if path.name not in (hashlib.sha256(content).hexdigest(), git):
                    wrong.append("a damaged file under its hash")
        for commit, files in self._wanted().items():
            for path in (cache / "snapshots" / commit).glob("*"):
                if TEMPORARY.search(path.name):
                    continue
                if path.name not in files:
                    wrong.append("a file in a snapshot that the model does not have")
                elif not path.exists():
                    wrong.append("a name in a snapshot without content")
                elif path.read_bytes() != files[path.name]:
                    wrong.append("a snapshot shows another content")
        reference = cache / "refs" / "main"
        if reference.exists():
            commit = reference.read_text().strip()
            shown = {path.name for path in (cache / "snapshots" / commit).glob("*") if path.exists()} if commit else set()
            if commit not in self._wanted():
                wrong.append("the branch's file holds no commit")
            elif not {"config.json", "tokenizer.json", "model.safetensors"} <= shown:
                wrong.append("the branch names a snapshot that is not whole")
        return sorted(set(wrong))

    def incomplete(self, root):
        cache = self._cache(root)
        for name, content in self._wanted()[self.commit].items():
            path = cache / "snapshots" / self.commit / name
            if not path.exists() or path.read_bytes() != content:
                return True
        return (cache / "refs" / "main").read_text().strip() != self.commit

    def finish(self, root):
        result = support.execute(*self.command(root), env=self.environment(root), expect=None)
        if result.returncode != 0:
            return [f"the next pull ends with {result.returncode}: {message(result.stderr)}"]
        wrong = ["the next pull succeeds, and the model is not whole"] if self.incomplete(root) else []
        left = [path for path in root.rglob("*") if TEMPORARY.search(path.name)]
        return wrong + self.judge(root) + ["temporary files remain after the next pull"] * bool(left)


class Publishing:
    """`apr publish --merged` to a repository of the loopback Hub."""

    def __str__(self):
        return "publish --merged"

    def __init__(self, workshop, repository):
        self.workshop, self.hub, self.repository = workshop, workshop.hub, repository
        self.best = workshop_best(workshop)
        self.hub.plant("me/toy-base", {
            path.name: path.read_bytes() for path in workshop.base.iterdir() if path.name != "model.safetensors"},
            {"model.safetensors": (workshop.base / "model.safetensors").read_bytes()})
        root = workshop.root()
        changes, _ = file_trace.record(root, self.command(root), self.environment(root))
        self.changes = len(changes)
        self.expected = self._files()
        self.repository += "-interrupted"
        shutil.rmtree(root)

    def environment(self, root):
        return {**self.workshop.environment(root), "HF_ENDPOINT": self.hub.endpoint, "HF_HOME": str(root / "home"), "HF_HUB_OFFLINE": "",
                "TRANSFORMERS_OFFLINE": "", "HF_TOKEN": self.hub.owner, **{name: str(value) for name, value in hub_lies.HASTE.items()}}

    def prepare(self, root):
        """Every time a repository of its own."""
        self.repository = re.sub(r"(-\d+)?$", f"-{self.workshop.count}", self.repository, count=1)

    def command(self, root):
        return [support.APR, "publish", self.best, self.repository, "--merged", "--base", self.workshop.base, "--base-model-id",
                "me/toy-base", "--threads", "1", "--quiet"]

    def _files(self):
        try:
            shown = self.hub.show(self.repository)
        except AssertionError:
            return None
        return {name: entry["oid"] for name, entry in shown["files"].items() if name != "README.md"}

    def judge(self, root):
        files = {name: oid for name, oid in (self._files() or {}).items() if name != ".gitattributes"}
        expected = {name: oid for name, oid in self.expected.items() if name != ".gitattributes"}
        return ["the Hub shows a part of the model"] if files not in ({}, expected) else []

    def finish(self, root):
        result = support.execute(*self.command(root), env=self.environment(root), expect=None)
        if result.returncode != 0:
            return [f"the next publication ends with {result.returncode}: {message(result.stderr)}"]
        wrong = [] if self._files() == self.expected else ["the Hub does not have the model after the next publication"]
        return wrong + ["temporary directories remain after the next publication"] * bool(names(root / "temporary"))


def message(errors):
    """The error of a program without what differs from run to run."""
    line = next((line for line in errors.splitlines() if line.startswith("apr: ")), errors.strip().split("\n")[-1]).removeprefix("apr: ")
    return re.sub(r"/\S*/", "…/", re.sub(r"[0-9a-f]{12,}", "HASH", line))[:160]
