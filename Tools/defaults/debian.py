"""Package records and their descriptions in many languages, as apt-get brings them.

The lists are fetched into a folder of their own, so that the machine's settings stay as they are.
"""
import hashlib
import os
import re
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTS = ROOT / "demo" / "work" / "defaults" / "lists"
LANGUAGES = ["cs", "da", "de", "en", "es", "fi", "fr", "it", "ja", "ko", "nl", "pl", "pt", "pt_BR", "ru", "sk", "sr", "uk", "zh_CN"]
_CAT = "/usr/lib/apt/apt-helper"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _apt(*arguments):
    options = ["-o", f"Dir::State::Lists={LISTS}", "-o", f"Acquire::Languages={','.join(LANGUAGES)}"]
    return subprocess.run(["apt-get", *options, *arguments], check=True, capture_output=True, text=True).stdout


@cache
def fetch_lists():
    if not (LISTS / "complete").exists():
        (LISTS / "partial").mkdir(parents=True, exist_ok=True)
        _apt("update")
        (LISTS / "complete").touch()


def _indexes(*filters):
    """Files of the release itself; its security and other updates have another set of packages from day to day."""
    fetch_lists()
    lines = _apt("indextargets", "--format", "$(CODENAME) $(FILENAME)", *filters).split("\n")
    found = [line.split(" ", 1) for line in lines if line]
    return [name for codename, name in found if "-" not in codename]


def release():
    return _apt("indextargets", "--format", "$(CODENAME)", "Created-By: Packages").split("\n")[0]


def _records(path):
    """Dictionaries of the paragraphs of one index; continuation lines are joined by line breaks."""
    text = subprocess.run([_CAT, "cat-file", path], check=True, capture_output=True, text=True).stdout
    for paragraph in text.split("\n\n"):
        record, key = {}, None
        for line in paragraph.split("\n"):
            if line[:1] in " \t" and key:
                record[key] += "\n" + line[1:]
            elif ":" in line:
                key, value = line.split(":", 1)
                record[key] = value.strip()
        if record:
            yield record


@cache
def packages():
    """Every package of the release, once, by name."""
    found = {}
    for path in _indexes("Created-By: Packages"):
        for record in _records(path):
            found[record["Package"]] = record
    return [found[name] for name in sorted(found)]


@cache
def descriptions(language):
    """(synopsis, first paragraph) by the MD5 of the English description."""
    found = {}
    for path in _indexes("Created-By: Translations", f"Language: {language}"):
        for record in _records(path):
            text = record.get(f"Description-{language}", "")
            synopsis, _, rest = text.partition("\n")
            found[record["Description-md5"]] = (synopsis.strip(), re.sub(r"\s+", " ", re.split(r"\n\s*\.\s*\n", rest)[0]).strip())
    return found


def source(record):
    """Packages of one source have nearly the same description."""
    return record.get("Source", record["Package"]).split(" ")[0]


def described():
    """(record, synopsis, first paragraph) of every package that has a description."""
    english = descriptions("en")
    for record in packages():
        text = english.get(record.get("Description-md5"))
        if text and text[1]:
            yield record, *text


def unpack(package):
    """{path: bytes} of the regular files of a package of the release."""
    fetch_lists()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # apt's own user writes the download
        subprocess.run(["apt-get", "-o", f"Dir::State::Lists={LISTS}", "download", package], cwd=folder, check=True, capture_output=True)
        deb = next(Path(folder).glob("*.deb"))
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as process:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
