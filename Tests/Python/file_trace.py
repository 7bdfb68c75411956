"""What a program changes on disk, in order: file_trace.c under LD_PRELOAD writes it down, this module reads it.

    changes = file_trace.record(root, [program, …])       runs the program; the changes below `root`'s device
    file_trace.run([program, …], stop=(17, SIGKILL))      ends the program right before its 17th change

The program is any that calls the C library, so that earlier versions are judged in the same way.
"""
import dataclasses
import os
import pathlib
import struct
import subprocess
import tempfile

import support

CREATE, WRITE, TRUNCATE, SYNC, MAKE_DIRECTORY, RENAME, REMOVE, SYMLINK, LINK, UNSUPPORTED = range(1, 11)
NAMES = ["create", "write", "truncate", "sync", "mkdir", "rename", "remove", "symlink", "link", "unsupported"]
EXCHANGE = 2
"""The flag of RENAME that swaps two names."""
SOURCE = pathlib.Path(__file__).with_name("file_trace.c")
_HEAD = struct.Struct("=4I4Q")


@dataclasses.dataclass(frozen=True)
class Change:
    """One change. Which fields it has:

    CREATE, MAKE_DIRECTORY  inode1 the directory, name1, inode2 what was made
    WRITE                   inode1, argument the offset, content
    TRUNCATE                inode1, argument the size
    SYNC                    inode1, a file or a directory
    RENAME                  inode1 and name1 the old name, inode2 and name2 the new one, argument the flags
    REMOVE                  inode1 the directory, name1
    SYMLINK                 inode1 the directory, name1, name2 the target
    LINK                    inode1 the file, inode2 the directory, name1
    """

    kind: int
    inode1: int
    inode2: int
    argument: int
    name1: str
    name2: str
    content: bytes

    def __str__(self):
        return f"{NAMES[self.kind - 1]} {self.name1} {self.name2}".strip()


def library():
    """The compiled library, made once."""
    def make(directory):
        support.execute("cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-o", directory / "trace.so", SOURCE, "-ldl")
    return support.cached("file-trace", make, newer_than=[SOURCE, pathlib.Path(__file__)]) / "trace.so"


def environment(root, file, stop=None):
    """The variables that make a program write down its changes."""
    variables = {"LD_PRELOAD": str(library()), "APR_TRACE": str(file), "APR_TRACE_ROOT": str(root)}
    if stop:
        variables["APR_TRACE_STOP"] = f"{stop[0]}:{int(stop[1])}"
    return variables


def read(file):
    """The changes in a file that the library wrote."""
    data = pathlib.Path(file).read_bytes() if pathlib.Path(file).exists() else b""
    changes, position = [], 0
    while position < len(data):
        kind, length1, length2, _, inode1, inode2, argument, size = _HEAD.unpack_from(data, position)
        position += _HEAD.size
        name1, position = data[position:position + length1].decode(), position + length1
        name2, position = data[position:position + length2].decode(), position + length2
        content, position = data[position:position + size], position + size
        changes.append(Change(kind, inode1, inode2, argument, name1, name2, content))
    return changes


def record(root, command, env=None, expect=0, timeout=600):
    """Runs a command to its end; its changes on the device of `root`, and the result."""
    with tempfile.TemporaryDirectory(prefix="apr-trace-") as folder:
        file = pathlib.Path(folder) / "trace"
        result = support.execute(
            *command, env={**(env or {}), **environment(root, file)}, expect=expect, timeout=timeout)
        return read(file), result


def start(command, root, env=None, stop=None, **options):
    """Starts a command that is sent a signal right before a change; the process."""
    return subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {}), **environment(root, os.devnull, stop)}, **options)
