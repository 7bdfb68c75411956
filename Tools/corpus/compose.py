"""Puts a rendered core into a realistic surrounding: headers, log lines, comments, wrappers,
and whole harmless blocks of other families. Nothing here changes the label of the core.

Training and test have different surroundings (see `KITS`): a test row shares no layout with
training except the bare snippet.
"""
import re
from dataclasses import dataclass

MAX_LINES = 20
MAX_CHARS = 600  # about 220 BPE tokens of shell


@dataclass(frozen=True)
class Kit:
    headers: list    # first lines of a script
    comments: list   # harmless comments, also about risky things
    neutral: list    # harmless statements that go before or after the core
    wrappers: list   # (opening lines, indentation, closing lines)
    mentions: list   # how a risky line is only talked about: @@ is the line


KITS = {
    "train": Kit(
        headers=[["#!/bin/bash"], ["#!/bin/sh"], ["#!/usr/bin/env bash", "set -euo pipefail"], ["#!/bin/sh", "set -e"],
                 ["set -e"], ["#!/bin/bash", "set -eu", ""], ["#!/bin/bash", "# run by cron", ""]],
        comments=["# keep in sync with the wiki", "# see the README", "# called from the deploy job", "# quoting matters here",
                  "# must be safe to run twice", "# never chmod 777 the data directory", "# the date is only for the log",
                  "# random names are not wanted here", "# works on Debian and Ubuntu", "# no curl | sh, please",
                  "# do not eval user input", "# rm -rf was too dangerous"],
        neutral=['echo "starting $(date)" >&2', 'echo "done"', "export LC_ALL=C", 'LOG_LEVEL="${LOG_LEVEL:-info}"',
                 'echo "==> $0"', "command -v git > /dev/null || exit 1", "umask 022", 'echo "host: $(hostname)" >&2',
                 "export DEBIAN_FRONTEND=noninteractive", "true", 'echo "pid $$" >&2', "sync", 'echo "all steps finished"',
                 "[ -f /etc/debian_version ] || exit 1", 'echo "run again if it fails"', "RETRIES=3", "mkdir -p /run/state"],
        wrappers=[(["%fn%() {"], "  ", ["}"]), (["%fn%() {"], "  ", ["}", "%fn%"]), (["main() {"], "    ", ["}", 'main "$@"']),
                  (['if [ "$1" = "--force" ]; then'], "  ", ["fi"]), (["if [ -e /etc/debian_version ]; then"], "    ", ["fi"]),
                  (["function %fn% {"], "\t", ["}"])],
        mentions=["# was: @@", "# old version: @@", "# @@ is not what we want", "echo 'hint: @@'", "# example: @@"],
    ),
    "test": Kit(
        headers=[["#!/usr/bin/bash -e"], ["#! /bin/sh"], ["#!/bin/bash -u"], ["#!/usr/bin/env bash"], ["set -o errexit", "set -o nounset"],
                 ["#!/bin/bash", "# SPDX-License-Identifier: MIT"], ["#!/bin/sh", "# part of the nightly run"]],
        comments=["# shared by all nodes", "# ask the team before editing", "# world-writable would be wrong", "# eval is gone since 2.0",
                  "# a fixed order is needed", "# tested with dash", "# time stamps go to the journal only",
                  "# second run must not fail", "# spaces in names are allowed", "# piping a download into bash is forbidden"],
        neutral=['logger "step begins"', 'printf "%s\\n" "$(date +%T) working" >&2', "export PATH=/usr/sbin:/usr/bin:/sbin:/bin", ":",
                 "cd / || exit 2", 'printf "finished\\n"', 'trap "echo interrupted" INT', "shopt -s nullglob 2> /dev/null",
                 "hash rsync 2> /dev/null || exit 3", 'echo "user: $(id -un)" >&2', "readonly VERBOSE=1", "install -d /run/ops",
                 'logger "process $$ ready"'],
        wrappers=[(["{"], "  ", ["}"]), (["("], "  ", [")"]), (['case "$MODE" in', "  %fn%)"], "    ", ["    ;;", "esac"]),
                  (["while :; do"], "  ", ["  break", "done"]), (['if [ "$(id -u)" -eq 0 ]; then'], "  ", ["fi"]),
                  (["%fn% () {"], "   ", ["}", "%fn% || exit"])],
        mentions=["# formerly @@", "# do not write: @@", "printf '%s\\n' 'instead of: @@'", "logger 'rejected: @@'"],
    ),
}

_BASHISMS = re.compile(r"\[\[|<\(|=\(|\+=|\bmapfile\b|\breadarray\b|\bdeclare\b|\blocal\b|RANDOM|SECONDS|BASHPID|\bsource\b|<<<|"
                       r"printf -v|\(\(|read -r? ?-p|pushd|HOSTNAME|\bfunction\b|shopt|\{@:2\}|\|&|\[@\]")
_INTERESTING = re.compile(r"[A-Za-z0-9_]*[./][A-Za-z0-9_./-]+|RANDOM")
_COMMON = {"/dev/null", "/usr/bin/", "/bin/sh", "/bin/bash"}


def names(text):
    """Variables, paths and file names of a text: what could link two blocks."""
    variables = re.findall(r"\$\{?[#!]?([A-Za-z_]\w*)", text) + re.findall(r"\b([A-Za-z_]\w*)=", text) + re.findall(
        r"\bfor (\w+)|\bread -r (\w+)", text)
    flat = {n for item in variables for n in (item if isinstance(item, tuple) else (item,)) if n}
    return flat | (set(_INTERESTING.findall(text)) - _COMMON)


def may_stand_beside(block):
    """Whether a harmless block may be put next to a core: it must not end or guard the script."""
    text = "\n".join(block)
    return not re.search(r"\bexit 0\b|\bexec\b|^exit|^cd |^pushd|^set |^umask|<<", text, flags=re.M)


def _wrap(lines, wrapper, name):
    opening, indent, closing = wrapper
    body = [indent + line if line else line for line in lines]
    return [line.replace("%fn%", name) for line in opening] + body + [line.replace("%fn%", name) for line in closing]


def _braces(text):
    """$name to ${name}, for names that are surely the shell's."""
    return re.sub(r"\$(?!ENV\b|NF\b)([A-Za-z_]\w{2,})", r"${\1}", text)


def compose(core, flags, rng, kit, pools, blocks, mention):
    """The final text; every fifth row is the bare core. `blocks` are harmless blocks of other families (lists of lines), and
    `mention` is a risky line or None; both are used only where they fit."""
    lines = list(core)
    if rng.chance(0.2):
        return "\n".join(lines)
    heredoc = any("<<" in line for line in core)
    framed = "f" not in flags
    if framed and not heredoc and "w" not in flags and len(lines) <= 10 and rng.chance(0.28):
        lines = _wrap(lines, rng.choice(kit.wrappers), rng.choice(pools["fn"]))
    if framed:
        for block in blocks:
            if names("\n".join(block)) & names("\n".join(lines)) or not may_stand_beside(block):
                continue
            lines = block + lines if rng.chance(0.5) else lines + block
        for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
            line = rng.choice(kit.neutral)
            if line not in lines:
                lines = [line] + lines if rng.chance(0.6) else lines + [line]
    if mention is not None and "'" not in mention:
        talk = rng.choice(kit.mentions).replace("@@", mention)
        lines = [talk] + lines if rng.chance(0.6) or not framed else lines + [talk]
    if rng.chance(0.22):
        lines = [rng.choice(kit.comments)] + lines
    if len(lines) > 1 and rng.chance(0.4):
        header = rng.choice(kit.headers)
        strict = any(line.startswith("set -") or line.endswith("bash -e") for line in header)
        plain_sh = header[0].rstrip().endswith("/sh")
        if not ("e" in flags and strict) and not (plain_sh and _BASHISMS.search("\n".join(lines))):
            lines = header + lines
    text = "\n".join(lines)
    return _braces(text) if rng.chance(0.2) else text


def fits(text):
    return text.count("\n") < MAX_LINES and len(text) <= MAX_CHARS
