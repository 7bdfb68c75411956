"""Runs the program on hostile input and says what is wrong with how it ended.

Right is: no signal, no hang, an exit status that is documented, time and memory in proportion to the input, no raw control
character and no token on either stream, JSON that parses where JSON was asked for, and for a failure a message that names the
file, neither empty nor endless and without the inside of a runtime. What undamaged input takes is measured first, and a case may
take a multiple of it, so that the limits fit a debug build as well as an optimized one.

Processes are started by a small process for each worker: what a large one holds counts as its children's memory, too.
"""
import dataclasses
import json
import pathlib
import re
import subprocess
import tempfile

import support

TOKEN = "hf_" + "Zq9" * 11
"""The access token in the environment of every case, and in many inputs."""
DANGEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
"""What no terminal may be sent. Line breaks and tabulators are allowed."""
EXIT_STATUSES = {0, 1, 64, 65, 69, 73, 74, 77}
INSIDE = re.compile(r"Fatal error|Stack dump|Thread \d+ crashed|\w\.swift:\d|Error Domain=|NSError|Optional\(|DecodingError|"
                    r"couldn.t be completed|Swift\.\w+Error|\(lldb\)")
"""Words of a runtime, not of a message."""
MOST_MESSAGE = 16_000
"""Bytes of messages; an input's junk must not be repeated at length."""

LAUNCHER = """
import glob, json, os, resource, signal, subprocess, sys, time

def life(pid):
    # Whether every thread waits, and the CPU time of all.
    try:
        stats = [open(path).read().rsplit(")", 1)[1].split() for path in glob.glob(f"/proc/{pid}/task/*/stat")]
    except OSError:
        return None
    return all(fields[0] in "SD" for fields in stats), sum(int(fields[11]) + int(fields[12]) for fields in stats)

for line in sys.stdin:
    order = json.loads(line)
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (order["cpu"], order["cpu"] + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    with open(order["input"], "rb") as given, open(order["output"], "wb") as output, open(order["errors"], "wb") as errors:
        started = time.monotonic()
        process = subprocess.Popen(order["command"], stdin=given, stdout=output, stderr=errors, env=order["environment"],
                                   cwd=order["directory"], preexec_fn=limit)
        late, before = [], []
        def look(*_):
            # Who waits for something and has done nothing between two looks will wait for ever.
            now = life(process.pid)
            if time.monotonic() - started > order["wall"] or now and now[0] and before and before[-1] == now:
                late.append(True)
                os.kill(process.pid, signal.SIGKILL)
            before.append(now)
        signal.signal(signal.SIGALRM, look)
        pause = min(4, order["wall"])
        signal.setitimer(signal.ITIMER_REAL, pause, pause)
        _, status, usage = os.wait4(process.pid, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    print(json.dumps({"status": process.returncode, "late": bool(late), "seconds": time.monotonic() - started,
                      "cpu": usage.ru_utime + usage.ru_stime,
                      "megabytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6}), flush=True)
"""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a process ended and what it said."""
    status: int
    late: bool
    seconds: float
    cpu: float
    megabytes: float
    output: str
    errors: str

    @property
    def message(self):
        """The error itself, on one line."""
        text = " ".join(self.errors.split())
        return text.rsplit("apr: ", 1)[-1].rsplit("Error: ", 1)[-1]


@dataclasses.dataclass
class Limits:
    """What a case may take: a multiple of what the undamaged input takes, and something for each of its bytes."""
    cpu: float = 2
    megabytes: float = 100
    wall: float = 60

    def of(self, size):
        return self.cpu * (1 + size / 200_000), self.megabytes + size / 5_000


class Launcher:
    """Starts processes one after the other, from a small process of its own."""

    def __init__(self, program=None):
        self.program = str(program or support.APR)
        self.files = tempfile.TemporaryDirectory(prefix="judge-")
        self.process = subprocess.Popen(
            ["python3", "-S", "-E", "-c", LAUNCHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, arguments, environment, directory, input=b"", cpu=60, wall=60):
        files = pathlib.Path(self.files.name)
        (files / "input").write_bytes(input)
        order = {"command": [self.program, *(str(argument) for argument in arguments)], "environment": environment,
                 "directory": str(directory), "cpu": int(cpu) + 1, "wall": wall,
                 **{name: str(files / name) for name in ["input", "output", "errors"]}}
        print(json.dumps(order), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the launcher died at {order['command']}")
        texts = {}
        for name in ["output", "errors"]:
            with open(files / name, "rb") as file:
                texts[name] = file.read(4_000_000).decode("utf-8", errors="replace")
        return Outcome(**json.loads(answer), **texts)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.files.cleanup()


def unparsable(text):
    """Whether text is neither one JSON document nor one a line."""
    def refuse(constant):
        raise ValueError(constant)

    def parse(part):
        json.loads(part, parse_constant=refuse)

    try:
        parse(text)
        return False
    except ValueError:
        pass
    try:
        for line in text.splitlines():
            parse(line)
    except ValueError:
        return True
    return False


def complaints(outcome, limits, *, arguments=(), size=0, names=(), damaged=False):
    """What is wrong, in sentences whose words before a colon name the kind.

    - Parameters: `size` is the input's, in bytes; an error names one of `names`; `damaged` input must not be called valid.
    """
    found = []
    cpu, megabytes = limits.of(size)
    if outcome.late:
        return [f"hangs: killed after {outcome.seconds:.0f} s"]
    if outcome.status == -24 or outcome.status == -9:
        return [f"takes too long: killed after {outcome.cpu:.0f} s of CPU time"]
    if outcome.status < 0:
        return [f"ended by signal {-outcome.status}: {outcome.message[-300:]}"]
    if outcome.status not in EXIT_STATUSES:
        found.append(f"undocumented exit status {outcome.status}: {outcome.message[-300:]}")
    if outcome.cpu > cpu:
        found.append(f"takes too long: {outcome.cpu:.1f} s of CPU time, {cpu:.1f} s allowed")
    if outcome.megabytes > megabytes:
        found.append(f"takes too much memory: {outcome.megabytes:.0f} MB, {megabytes:.0f} MB allowed")
    for name, text in [("standard output", outcome.output), ("standard error", outcome.errors)]:
        danger = DANGEROUS.search(text)
        if danger:
            found.append(f"raw control character on {name}: {text[max(0, danger.start() - 40):danger.end() + 20]!r}")
        if TOKEN in text:
            found.append(f"token on {name}: {text[max(0, text.index(TOKEN) - 60):][:120]!r}")
        inside = INSIDE.search(text)
        if inside:
            found.append(f"inside of a runtime on {name}: {text[max(0, inside.start() - 60):inside.end() + 60]!r}")
    if "--json" in arguments and outcome.output.strip() and unparsable(outcome.output):
        found.append(f"JSON does not parse: {outcome.output[-200:]!r}")
    if len(outcome.errors.encode()) > MOST_MESSAGE:
        found.append(f"endless message: {len(outcome.errors)} characters")
    if outcome.status == 0:
        if damaged:
            found.append(f"damaged input passes: {outcome.output[:200]!r}")
        if re.search(r"\bnan %", outcome.output):
            found.append(f"not a number in a result: {outcome.output[:200]!r}")
    else:
        if not outcome.errors.strip():
            found.append(f"no message: exit status {outcome.status}, {outcome.output[:200]!r}")
        elif names and not any(name in outcome.errors for name in names):
            found.append(f"an error does not say where: {outcome.message[-300:]}")
    return found
