"""What was measured where: machine, versions, commit."""
import hashlib
import json
import os
import pathlib
import platform
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout.strip()


def commit():
    dirty = output("git", "status", "--porcelain", "--untracked-files=no", "--", "Sources", "Benchmarks", "Package.swift")
    return output("git", "rev-parse", "--short=12", "HEAD") + ("+changes" if dirty else "")


def sources():
    """A hash of the program's sources: results belong to what was measured, not to a name."""
    total = hashlib.sha256()
    for path in sorted([ROOT / "Package.swift", *(ROOT / "Sources").rglob("*.*"), *(ROOT / "Benchmarks").rglob("*.swift"),
                        *(ROOT / "Benchmarks" / "peer").glob("*.py")]):
        if path.is_file():
            total.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return total.hexdigest()[:16]


def cpu():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def load():
    return os.getloadavg()[0]


def description(python):
    versions = output(str(python), "-c", (
        "import importlib.metadata as m, sys;"
        "print(', '.join(['Python ' + sys.version.split()[0]] + [n + ' ' + m.version(n) for n in "
        "['torch', 'transformers', 'peft', 'accelerate', 'tokenizers', 'safetensors']]))"))
    swift = next((line for line in output("swift", "--version").splitlines() if "Swift version" in line), "")
    memory = next(line for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    flags = pathlib.Path("/proc/cpuinfo").read_text(errors="replace")
    level = "AVX-512" if " avx512f" in flags else "AVX2" if " avx2" in flags else platform.machine()
    return {"cpu": cpu(), "cores": os.cpu_count(), "instructions": level,
            "memory_gib": round(int(memory.split()[1]) / 2**20, 1), "system": f"{platform.system()} {platform.release()}",
            "peer": versions, "swift": swift.strip()}


def non_embedding_weights(base):
    """All weights outside the embeddings, N of 4 N operations per token."""
    with open(base / "model.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    total = 0
    for name, tensor in header.items():
        if name != "__metadata__" and "embed_tokens" not in name and not name.startswith("lm_head"):
            size = 1
            for dimension in tensor["shape"]:
                size *= dimension
            total += size
    return total
