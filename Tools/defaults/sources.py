"""What each data set is made of: one function a set, which returns rows of input, label and group."""
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

import debian

ROOT = Path(__file__).resolve().parents[2]
CHARACTERS = 160  # a text is cut at a word; so cells are cheap, and every rival reads the same


def cut(text, limit=CHARACTERS):
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= limit:
        return text
    return text[:limit + 1].rsplit(" ", 1)[0] if " " in text[:limit] else text[:limit]


def _description(synopsis, paragraph):
    return cut(f"{synopsis}. {paragraph}")


def _by_section(sections):
    return [{"input": _description(*text), "label": section, "group": debian.source(record)}
            for record, *text in debian.described() if (section := record.get("Section")) in sections]


def _even(rows, count):
    """At most `count` rows of each label, so that no label drowns the others."""
    taken, kept = Counter(), []
    for row in sorted(rows, key=lambda row: debian.digest(row["input"])):
        if taken[row["label"]] < count:
            taken[row["label"]] += 1
            kept.append(row)
    return kept


def sections6():
    """Descriptions of packages by section, six sections."""
    return _even(_by_section({"games", "sound", "science", "admin", "graphics", "mail"}), 1500)


def sections():
    """The same with every section that has 20 packages: many labels, few rows of each."""
    sizes = Counter(record.get("Section") for record, *_ in debian.described())
    return _even(_by_section({section for section, size in sizes.items() if section and size >= 20}), 150)


def minority():
    """Is it a game? Three packages of a hundred are."""
    rows = _by_section(set(section for record in debian.packages() if (section := record.get("Section")) and section != "games"))
    rows = [{**row, "label": "other"} for row in sorted(rows, key=lambda row: debian.digest(row["input"]))[:9700]]
    return rows + _even(_by_section({"games"}), 300)


def _tags(record):
    return [tag.strip() for tag in record.get("Tag", "").replace("\n", " ").split(",") if tag.strip()]


def _by_tags(belongs, count):
    """Packages with at least one of the `count` most frequent tags for which `belongs` is true."""
    found = [(record, text, [tag for tag in _tags(record) if belongs(tag)]) for record, *text in debian.described()]
    frequent = {tag for tag, _ in Counter(tag for *_, tags in found for tag in tags).most_common(count)}
    return [{"input": _description(*text), "label": sorted(frequent & set(tags)), "group": debian.source(record)}
            for record, text, tags in found if frequent & set(tags)]


def tags15():
    """What a program is for and works with: several tags a package."""
    return _by_tags(lambda tag: re.match(r"(use|works-with|field)::", tag), 15)


def interfaces():
    """How a program presents itself and what it is written in and with: other tags than tags15, other packages for the most part."""
    return _by_tags(lambda tag: re.match(r"(interface|implemented-in|uitoolkit|network)::", tag), 12)


def languages19():
    """Descriptions of packages as they were translated: which language?"""
    rows = []
    for language in debian.LANGUAGES:
        translated = debian.descriptions(language)
        english = debian.descriptions("en")
        found = [{"input": cut(f"{synopsis}. {paragraph}", 80), "label": language, "group": md5}
                 for md5, (synopsis, paragraph) in translated.items()
                 if language == "en" or (synopsis and synopsis != english.get(md5, ("",))[0])]
        rows += sorted(found, key=lambda row: debian.digest(row["input"]))[:400]
    return rows


def shell():
    """The corpus of the demo, whose groups are templates."""
    lines = (ROOT / "demo" / "data" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def fortunes():
    """Sayings by topic, from a package of them."""
    rows = []
    for path, content in debian.unpack("fortunes").items():
        name = Path(path).name
        if "/games/fortunes/" in path and "." not in name:
            texts = content.decode("utf-8", "replace").split("\n%\n")
            rows += [{"input": cut(text), "label": name} for text in texts if 30 <= len(text.strip())]
    sizes = Counter(row["label"] for row in rows)
    frequent = {label for label, _ in sizes.most_common(12)}
    return _even([row for row in rows if row["label"] in frequent], 500)


# A language, the end of its files' names, and packages that have many such files.
CODE = {"c": (".h", ["libglib2.0-dev", "libssl-dev"]), "c++": (".hpp", ["libboost1.74-dev"]),
        "python": (".py", ["python3-docutils", "python3-sympy"]), "perl": (".pm", ["perl-modules-5.36", "libmojolicious-perl"]),
        "ruby": (".rb", ["libruby3.1", "ruby-activesupport"]), "javascript": (".js", ["node-lodash", "node-async"]),
        "shell": (".sh", ["bash-completion", "acpi-support-base", "dracut-core", "testssl.sh"]), "tcl": (".tcl", ["tcllib"]),
        "lisp": (".lisp", ["cl-alexandria", "cl-ironclad"]), "php": (".php", ["php-twig", "php-symfony-console"])}


def code():
    """Three lines of a program: which language is it?"""
    rows = []
    for label, (ending, names) in CODE.items():
        for package in names:
            try:
                files = debian.unpack(package)
            except subprocess.CalledProcessError:
                print(f"{package}: not in this release, left out", file=sys.stderr)
                continue
            for path, content in sorted(files.items()):
                if path.endswith(ending) and len(content) < 200_000:
                    rows += [{"input": text, "label": label, "group": f"{package}{path}"} for text in _extracts(content)]
    return _even(rows, 500)


def _extracts(content):
    """Up to four times three lines that follow each other, from all over the file."""
    lines = [line.strip() for line in content.decode("utf-8", "replace").split("\n") if len(line.strip()) > 12]
    for start in range(3, len(lines) - 3, max(3, len(lines) // 4)):
        yield "\n".join(cut(line, 60) for line in lines[start:start + 3])


def sentiment():
    """Are a tweet and a sentence of a review friendly? By the mean of 20 judges (vaderSentiment, MIT); undecided ones are left out."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps", "--no-binary", ":all:",
                   "--dest", folder, "vaderSentiment==3.3.2"]
        subprocess.run(command, check=True)
        with tarfile.open(next(Path(folder).glob("*.tar.gz"))) as outer:
            inner = next(member for member in outer if member.name.endswith("hutto_ICWSM_2014.tar.gz"))
            with tarfile.open(fileobj=io.BytesIO(outer.extractfile(inner).read())) as archive:
                for member in archive:
                    if re.search(r"/[a-z][A-Za-z]*_GroundTruth\.txt$", member.name):
                        for line in archive.extractfile(member).read().decode("utf-8", "replace").splitlines():
                            _, mean, text = line.split("\t", 2)
                            if abs(float(mean)) >= 0.5:
                                rows.append({"input": cut(text), "label": "friendly" if float(mean) > 0 else "unfriendly"})
    return sorted(rows, key=lambda row: debian.digest(row["input"]))[:8000]


SETS = {function.__name__: function for function in
        [sections6, sections, tags15, minority, languages19, shell, sentiment, fortunes, interfaces, code]}
