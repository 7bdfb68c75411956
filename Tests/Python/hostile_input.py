"""Runs cases of hostile input (hostile_formats.py), each in a world of its own, and judges them (hostile_judge.py)."""
import concurrent.futures
import dataclasses
import hashlib
import pathlib
import queue
import re
import shutil
import tempfile
import time

import hostile_formats as formats
import hostile_judge
import hostile_world
import support


@dataclasses.dataclass(frozen=True)
class Result:
    """A case with how it ended; `wrong` is empty where that was right."""
    case: object
    kind: str
    command: str
    outcome: object
    wrong: tuple


def placed(command, world):
    return [part.replace("{w}", str(world)) for part in command]


class Campaign:
    """A program under judgement, with everything that its cases need."""

    def __init__(self, program=None, workers=2):
        self.directory = tempfile.TemporaryDirectory(prefix="hostile-")
        self.root = pathlib.Path(self.directory.name)
        self.program = pathlib.Path(program or support.APR)
        self.launchers = queue.Queue()
        self.workers = workers
        self.stopped = False
        for _ in range(workers):
            self.launchers.put(hostile_judge.Launcher(self.program))
        launcher = self.launchers.get()
        try:
            self.template = hostile_world.Template(self.root / "template", launcher)
            self.flags = self.find_flags(launcher)
            self.unsupported = {}
            """Commands that fail with undamaged input, as an old program does at what came later; no case has them."""
            self.limits = self.measure(launcher)
        finally:
            self.launchers.put(launcher)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while not self.launchers.empty():
            self.launchers.get().close()
        self.directory.cleanup()

    def find_flags(self, launcher):
        """The flags of every command, from its help."""
        flags = {}
        for command in formats.FLAGGED:
            text = launcher.run([command, "--help"], hostile_world.environment(self.root), self.root).output
            flags[command] = sorted(set(re.findall(r"--[a-z][a-z-]+|(?<=\s)-[a-z](?=,)", text.split("OPTIONS:")[-1])) - formats.NEVER)
        return flags

    def measure(self, launcher):
        """What every command takes for undamaged input; several times that is the limit of a case."""
        limits = {}
        commands = {tuple(command): format.parts for format in formats.FORMATS for command in format.commands}
        commands |= {tuple(command): formats.RUNS for command in formats.FLAGGED.values() if command[0] in ["publish", "tokenize", "inspect"]}
        for number, (command, parts) in enumerate(commands.items()):
            world = self.template.copy(self.root / f"usual-{number}", parts)
            outcome = launcher.run(placed(command, world), hostile_world.environment(world), world)
            shutil.rmtree(world)
            if outcome.status != 0:
                self.unsupported[command] = outcome.message
                continue
            limits[command] = hostile_judge.Limits(cpu=2 + 10 * outcome.cpu, megabytes=64 + 2 * outcome.megabytes)
        return limits

    def limits_of(self, command):
        return self.limits.get(tuple(command)) or max(self.limits.values(), key=lambda limits: limits.cpu)

    # MARK: Cases

    def run(self, case):
        """Runs a case."""
        launcher = self.launchers.get()
        world = self.root / hashlib.sha256(str(case).encode()).hexdigest()[:16]
        try:
            if hasattr(case, "judge"):
                return case.judge(self, launcher, world)
            if case.format in formats.COMMAND_LINE_COUNTS:
                return self.run_words(case, launcher, world)
            return self.run_file(case, launcher, world)
        finally:
            shutil.rmtree(world, ignore_errors=True)
            self.launchers.put(launcher)

    def run_file(self, case, launcher, world):
        format, random = formats.BY_NAME[case.format], case.random
        self.template.copy(world, format.parts)
        path = world / format.path
        before = path.read_bytes()
        # Where a program can do nothing with such a file, its messages are judged.
        commands = [command for command in format.commands if tuple(command) in self.limits] or format.commands
        command, signs, asks = random.choice(commands), random.random() < 0.5, random.random() < 0.4
        if case.kind in formats.INSTEAD:
            path.unlink()
            formats.INSTEAD[case.kind](path)
            size, damaged = 0, format.is_listed and "no file" != case.kind
            signs = False
        else:
            data = format.kinds[case.kind](random, before)
            if path.is_symlink():
                # A blob keeps the name that its hash had.
                path.resolve().write_bytes(data)
            else:
                path.write_bytes(data)
            signs = signs and format.sign is not None
            if signs:
                format.sign(path)
                # Signing may make a good file of one in another encoding.
                data = path.read_bytes()
            # What is packed has to be unpacked, which takes a fraction of reading it.
            size = 4_000_000 if case.kind == "bomb" else len(data)
            damaged = data != before and format.is_damaged(data)
            listed = format.is_listed and not signs and data != before
            if command[0] == "verify":
                damaged = listed or damaged and "verify" in format.found_by
            else:
                damaged = damaged and command[0] in format.found_by
        if case.kind in formats.INSTEAD and command[0] != "verify":
            damaged = False
        command = list(command)
        if asks and command[0] in formats.WITH_JSON:
            command.append("--json")
        limits = self.limits_of([part for part in command if part != "--json"])
        outcome = launcher.run(placed(command, world), hostile_world.environment(world), world, cpu=limits.of(size)[0] + 1)
        names = [path.name, str(path.parent), str(world / "run"), "cannot open", *(["org/model"] if "hf/" in format.path else [])]
        wrong = hostile_judge.complaints(
            outcome, limits, arguments=command, size=size, names=names, damaged=damaged)
        return Result(case, f"{case.kind}{', signed' if signs else ''}", " ".join(command), outcome, tuple(wrong))

    def run_words(self, case, launcher, world):
        """A flag or a variable of the environment with a hostile value."""
        random = case.random
        self.template.copy(world, [*formats.RUNS, "base.gguf", "hf"])
        changes, names = {}, []
        if case.format == "environment":
            command = list(random.choice(formats.ENVIRONMENT_COMMANDS))
            for name in random.sample(formats.VARIABLES, random.choice([1, 1, 2])):
                changes[name] = random.choice(formats.VALUES).replace("{w}", str(world))
            kind = ", ".join(f"{name}={value[:40]!r}" for name, value in changes.items())
        else:
            name = list(formats.FLAGGED)[case.index % len(formats.FLAGGED)]
            command = list(formats.FLAGGED[name])
            flag, value = random.choice(self.flags[name]), random.choice(formats.FLAG_VALUES).replace("\0", "")
            shape = random.randrange(10)
            command += ([f"{flag}={value}"] if shape < 6 else [flag, value] if shape < 8 else [flag] if shape == 8 else [flag, value, flag, value])
            kind = f"{flag} {value[:40]!r}"
        environment = hostile_world.environment(world, **changes)
        if "TMPDIR" in changes or "PATH" in changes or random.random() < 0.3 and command[0] in formats.WITH_JSON:
            command.append("--json") if command[0] in formats.WITH_JSON else None
        # A pull fails, because the cache is all there is.
        limits = max(self.limits.values(), key=lambda limits: limits.cpu)
        outcome = launcher.run(placed(command, world), environment, world, cpu=limits.cpu + 1)
        wrong = hostile_judge.complaints(outcome, limits, arguments=command, size=40_000, names=names)
        return Result(case, kind, " ".join(command)[:300], outcome, tuple(wrong))

    def run_all(self, cases, progress=None):
        """The results of cases as they end; of those before an interruption, where one comes."""
        started, results = time.monotonic(), []
        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            try:
                for future in concurrent.futures.as_completed([pool.submit(self.run, case) for case in cases]):
                    results.append(future.result())
                    if progress:
                        progress(results, time.monotonic() - started)
            except KeyboardInterrupt:
                pool.shutdown(cancel_futures=True)
                self.stopped = True
        return results


def kinds_of(wrong):
    """The kinds of wrong outcomes, without what differs from case to case."""
    return {re.sub(r"\d+", "N", text.split(":")[0]) for text in wrong}

