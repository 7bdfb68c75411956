"""Fetches real shell lines: unpacks Debian packages and lets ShellCheck judge their scripts.

    python3 Tools/corpus/fetch_debian_lines.py [--count 200] [--out demo/work/debian_test.jsonl]

Needs apt-get with package lists (`apt-get update`), dpkg-deb and shellcheck; installs nothing.
The lines are other people's work, so they are written to demo/work, which is not committed.

One row is one logical line (with its continuations), or one short block (if, for, while, case)
at the outermost level of a script or of a function. The script is judged as a whole, with all
that ShellCheck knows about its variables, and again as the row stands alone:
- needs-quoting: a quoting finding in both;
- safe: no quoting finding in either, and nothing in it that any other class is about, not even
  in its harmless form (`RISKY` below). That leaves out much and mislabels little.
Everything else is skipped. Rows are drawn by their hash: the same package versions give the
same file. `package`, `version`, `file` and `line` say where a row comes from.
"""
import argparse
import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path

from shellcheck import findings, syntax_errors

PACKAGES = ["apparmor", "autopoint", "ca-certificates", "console-setup-linux", "cryptsetup-initramfs", "dash", "debootstrap",
            "devscripts", "dkms", "dracut-core", "etckeeper", "git", "grub-common", "ifupdown", "initramfs-tools",
            "initramfs-tools-core", "isc-dhcp-client", "laptop-mode-tools", "lsb-release", "mdadm", "needrestart", "os-prober",
            "pm-utils", "popularity-contest", "resolvconf", "sysvinit-utils", "ucf", "x11-common", "xdg-utils"]
PER_FILE = 6   # rows with one label of one script, at most
JUDGED = 40    # candidates of one script that are judged alone, at most
MIN_CHARS, MAX_CHARS, MAX_LINES = 25, 500, 12
SHARE = 0.5  # of needs-quoting rows

# Words of the other classes: a line that has one is not used as a safe row.
RISKY = re.compile(
    r"\b(rm|rmdir|mkdir|ln|mv|mknod|chmod|chown|umask|eval|curl|wget|dd|mkfs\w*|useradd|adduser|addgroup|groupadd|mktemp|date|find|"
    r"ls|shuf|uuidgen|sudo|su|patch|mount|umount|iptables|ip|unlink|source|tempfile|RANDOM|SECONDS|insserv|update-rc\.d|"
    r"sed -i|exec|trap|clone|install|create|add|insert|sh|bash|ssh|xargs|parallel|swapon|modprobe|kill)\b|>>|\$\$|/tmp|&\s*$|\btee\b|urandom")
_BLOCK = re.compile(r"^(\s*)(if|for|while|until|case)\b")
_END = {"if": "fi", "for": "done", "while": "done", "until": "done", "case": "esac"}


def download(package, folder):
    """The path of the package's file, or None where this release does not have it."""
    answer = subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True, text=True, check=False)
    found = sorted(Path(folder).glob(f"{package}_*.deb"))
    return found[0] if answer.returncode == 0 and found else None


def field(deb, name):
    return subprocess.run(["dpkg-deb", "-f", deb, name], capture_output=True, text=True, check=True).stdout.strip()


def scripts(folder):
    """Shell scripts of an unpacked package, maintainer scripts included, in a fixed order."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 60_000:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if re.match(r"#! ?/(usr/)?bin/(env )?(ba|da)?sh\b", text):
            yield path.relative_to(folder).as_posix(), text


def pieces(text):
    """(first line number, lines) of every logical line and short block."""
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        line, start = lines[index], index
        block = _BLOCK.match(line)
        if block:
            end = f"{block.group(1)}{_END[block.group(2)]}"
            while index < len(lines) - 1 and index - start < MAX_LINES and not re.match(re.escape(end) + r"\b", lines[index]):
                index += 1
            if re.match(re.escape(end) + r"\b", lines[index]):
                yield start + 1, lines[start:index + 1]
                index += 1
                continue
            index = start
        while lines[index].endswith("\\") and index < len(lines) - 1:
            index += 1
        yield start + 1, lines[start:index + 1]
        index += 1


def dedent(lines):
    depth = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[depth:].rstrip() for line in lines)


def usable(snippet):
    stripped = snippet.strip()
    return (MIN_CHARS <= len(stripped) <= MAX_CHARS and not stripped.startswith("#") and "<<" not in stripped
            and not re.match(r"(\w+\s*\(\)|\w+\)|[\w|*.-]+\)|;;|fi|done|esac|else|elif|then|do|\}|\{)", stripped)
            and ("$" in stripped or "`" in stripped))


def candidates(package, version, name, text):
    """Rows of one script, still with their position, judged by ShellCheck."""
    in_script = {line for line, _ in findings([text])[0]}
    found = []
    for line, piece in pieces(text):
        if not any(part.strip() for part in piece):
            continue
        snippet = dedent(piece)
        flagged = any(line <= n < line + len(piece) for n in in_script)
        if usable(snippet) and (flagged or not RISKY.search(snippet)):
            found.append((flagged, {"input": snippet, "package": package, "version": version, "file": name, "line": line}))
    found = sorted(found, key=lambda pair: order(pair[1]))[:JUDGED]
    broken = set(syntax_errors([row["input"] for _, row in found]))
    alone = findings([row["input"] for _, row in found])
    rows = []
    for index, ((flagged, row), own) in enumerate(zip(found, alone)):
        if index in broken or flagged != bool(own):
            continue
        if flagged and not re.search(r"\brm -r|\beval\b|/tmp|chmod 777|\bsh -c", row["input"]):
            rows.append({"input": row["input"], "label": "needs-quoting", "group": f"debian-{package}", **row})
        elif not flagged:
            rows.append({"input": row["input"], "label": "safe", "group": f"debian-{package}", **row})
    return rows


def order(row):
    return hashlib.sha256(row["input"].encode()).hexdigest()


def collect(packages):
    rows, seen = [], set()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # apt's own user writes the download
        for package in packages:
            deb = download(package, folder)
            if deb is None:
                print(f"{package}: not in this release, left out")
                continue
            version, unpacked = field(deb, "Version"), Path(folder) / package
            subprocess.run(["dpkg-deb", "-x", deb, unpacked], check=True)
            subprocess.run(["dpkg-deb", "-e", deb, unpacked / "DEBIAN"], check=True)
            for name, text in scripts(unpacked):
                chosen = {"safe": 0, "needs-quoting": 0}
                for row in sorted(candidates(package, version, name, text), key=order):
                    if row["input"] not in seen and chosen[row["label"]] < PER_FILE:
                        seen.add(row["input"])
                        chosen[row["label"]] += 1
                        rows.append(row)
    return rows


def main():
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--out", type=Path, default=root / "demo" / "work" / "debian_test.jsonl")
    options = parser.parse_args()
    rows = sorted(collect(PACKAGES), key=order)
    flagged = [row for row in rows if row["label"] == "needs-quoting"][:int(options.count * SHARE)]
    safe = [row for row in rows if row["label"] == "safe"][:options.count - len(flagged)]
    chosen = sorted(flagged + safe, key=order)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in chosen), encoding="utf-8")
    print(f"{options.out.name}: {len(flagged)} needs-quoting and {len(safe)} safe of {len(rows)} candidates")


if __name__ == "__main__":
    main()
