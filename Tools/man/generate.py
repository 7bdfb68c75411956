#!/usr/bin/env python3
"""Writes a man page for apr and one for each of its commands, from what the program says of itself.

    generate.py APR DIRECTORY

Nothing is written by hand, so a page cannot differ from `--help`.
"""
import json
import pathlib
import re
import subprocess
import sys


def escaped(text):
    """The text as roff takes it: a line must not begin with a control character, and hyphens stay hyphens."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def name_of(name):
    return ("-" if name["kind"] == "short" else "--") + name["name"]


def discussion(text):
    """Paragraphs as they are; indented lines, which are commands, unfilled."""
    lines = []
    verbatim = False
    for line in text.split("\n"):
        if line.startswith("  ") != verbatim:
            verbatim = not verbatim
            lines.append(".RS 2\n.nf" if verbatim else ".fi\n.RE")
        lines.append(escaped(line[2:] if verbatim else line) if line.strip() else ".PP")
    if verbatim:
        lines.append(".fi\n.RE")
    return "\n".join(lines)


def argument(entry):
    names = [name_of(name) for name in entry.get("names", [])]
    value = entry.get("valueName", "value")
    if entry["kind"] == "positional":
        head = f"\\fI{escaped(value)}\\fR"
    else:
        head = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
        if entry["kind"] == "option":
            head += f" \\fI{escaped(value)}\\fR"
    text = entry.get("abstract", "")
    default = entry.get("defaultValue")
    if default and "(default:" not in text:
        text += f" (default: {default})"
    if entry.get("allValues"):
        text += " One of " + ", ".join(entry["allValues"]) + "."
    return f".TP\n{head}\n{escaped(text.strip())}"


def synopsis(program, command):
    """The usage line of --help, which some commands write themselves."""
    help_text = subprocess.run(
        [program, *command, "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "10000"}).stdout
    match = re.search(r"^USAGE: (.*)$", help_text, re.M)
    return escaped(match.group(1))


def page(program, version, command, path):
    title = "-".join(["apr", *path])
    parts = [
        f'.TH "{escaped(title.upper())}" 1 "" "{version}" "apr"', ".SH NAME",
        f"{escaped(title)} \\- {escaped(command.get('abstract', '').rstrip('.'))}", ".SH SYNOPSIS",
        synopsis(program, path)]
    if command.get("discussion"):
        parts += [".SH DESCRIPTION", discussion(command["discussion"])]
    sections = {}
    for entry in command.get("arguments", []):
        if entry.get("shouldDisplay", True):
            sections.setdefault(entry.get("sectionTitle") or (
                "Arguments" if entry["kind"] == "positional" else "Options"), []).append(entry)
    for section, entries in sections.items():
        parts += [f".SH {escaped(section.upper())}", *map(argument, entries)]
    commands = shown(command)
    if commands:
        parts.append(".SH COMMANDS")
        for child in commands:
            parts.append(
                f".TP\n\\fBapr\\-{escaped(child['commandName'])}\\fR(1)\n{escaped(child.get('abstract', ''))}")
    else:
        parts += [".SH SEE ALSO", "\\fBapr\\fR(1)"]
    return "\n".join(parts) + "\n"


def shown(command):
    return [child for child in command.get("subcommands", [])
            if child.get("shouldDisplay", True) and child["commandName"] != "help"]


def main():
    program, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    run = lambda *arguments: subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout
    version = run("--version").strip()
    root = json.loads(run("--experimental-dump-help"))["command"]
    (directory / "apr.1").write_text(page(program, version, root, []))
    for command in shown(root):
        name = command["commandName"]
        (directory / f"apr-{name}.1").write_text(page(program, version, command, [name]))


if __name__ == "__main__":
    main()
