"""The states that a file system may have on disk after a power failure, replayed over a program's changes (file_trace.py).

The rules are those of `PowerLossModel` in the Swift tests, for whole programs:

* The content of a file is durable once it was synchronized. Later writes may be there, missing, cut anywhere, zeros, or there
  block by block, in any order.
* Names are durable once their directory was synchronized. Before that any number of the latest changes to a directory may be
  lost; an earlier change is not lost where a later one is kept. Directories lose their changes independently of each other.
* A rename between two directories that is lost in one of them is lost in the other.
"""
import dataclasses
import os
import pathlib

import file_trace

BLOCK = 4096


@dataclasses.dataclass
class File:
    durable: bytes | None = None
    content: bytearray = dataclasses.field(default_factory=bytearray)

    def surviving(self, draw):
        """One of the contents that may be on disk."""
        content, durable = bytes(self.content), self.durable or b""
        if self.durable == content:
            return content
        # Appending does not change the earlier content.
        sure = len(durable) if content.startswith(durable) else 0
        match draw.randrange(5):
            case 0:
                return durable
            case 1:
                return content
            case 2:
                return content[:draw.randint(sure, len(content))]
            case 3:
                return content[:sure] + bytes(len(content) - sure)
            case _:
                padded = durable[:len(content)] + bytes(max(0, len(content) - len(durable)))
                return b"".join(
                    (content if draw.random() < 0.5 else padded)[start:start + BLOCK]
                    for start in range(0, len(content), BLOCK))


@dataclasses.dataclass
class Link:
    target: str


@dataclasses.dataclass
class Folder:
    durable: dict = dataclasses.field(default_factory=dict)
    pending: list = dataclasses.field(default_factory=list)
    """Changes that are not durable: a number that both halves of a rename share, and what becomes of names."""

    def entries(self, lost=frozenset()):
        """The names, without the changes that are lost."""
        entries = dict(self.durable)
        for number, names in self.pending:
            if number in lost:
                continue
            for name, node in names.items():
                if node is None:
                    entries.pop(name, None)
                else:
                    entries[name] = node
        return entries


class Model:
    """A directory tree with what is durable in it, which begins with what is on disk, all of it durable."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.nodes = []
        self.by_inode = {}
        self.changes = 0
        self._load(self.root)

    def _node(self, node, inode):
        self.nodes.append(node)
        if inode is not None:
            self.by_inode[inode] = len(self.nodes) - 1
        return len(self.nodes) - 1

    def _load(self, path):
        status = path.lstat()
        if path.is_symlink():
            return self._node(Link(os.readlink(path)), status.st_ino)
        if not path.is_dir():
            content = path.read_bytes()
            return self._node(File(content, bytearray(content)), status.st_ino)
        folder = Folder()
        number = self._node(folder, status.st_ino)
        folder.durable = {child.name: self._load(child) for child in sorted(path.iterdir())}
        return number

    def _synchronized(self, path):
        """What a program has synchronized below a directory of the root, whether the name of that is durable or not."""
        number = 0
        for name in path:
            node = self.nodes[number]
            names = {} if not isinstance(node, Folder) else node.durable if number else node.entries()
            number = names.get(name)
            if number is None:
                return None
        return self.nodes[number]

    def synchronized_names(self, *path):
        """The names in a directory that were synchronized."""
        node = self._synchronized(path)
        return sorted(node.durable) if isinstance(node, Folder) else []

    def synchronized_content(self, *path):
        """The content of a file as it was synchronized."""
        return self._synchronized(path).durable

    def _folder(self, inode):
        number = self.by_inode.get(inode)
        return None if number is None or not isinstance(self.nodes[number], Folder) else self.nodes[number]

    def apply(self, change):
        """Replays a change that was carried out; one outside the tree is passed over."""
        self.changes += 1
        kind, number = change.kind, self.changes
        assert kind != file_trace.UNSUPPORTED, f"the trace does not follow {change}"
        if kind in (file_trace.CREATE, file_trace.MAKE_DIRECTORY, file_trace.SYMLINK):
            if folder := self._folder(change.inode1):
                node = {file_trace.CREATE: File, file_trace.MAKE_DIRECTORY: Folder}.get(kind, lambda: Link(change.name2))()
                # A link's inode is not recorded, because nothing refers to it.
                made = self._node(node, change.inode2 if kind != file_trace.SYMLINK else None)
                folder.pending.append((number, {change.name1: made}))
        elif kind == file_trace.LINK:
            if folder := self._folder(change.inode2):
                folder.pending.append((number, {change.name1: self.by_inode[change.inode1]}))
        elif kind == file_trace.REMOVE:
            if folder := self._folder(change.inode1):
                folder.pending.append((number, {change.name1: None}))
        elif kind == file_trace.RENAME:
            self._rename(change, number)
        elif (position := self.by_inode.get(change.inode1)) is not None:
            self._change_content(self.nodes[position], change)

    def _rename(self, change, number):
        old, new = self._folder(change.inode1), self._folder(change.inode2)
        assert (old is None) == (new is None), f"{change} crosses the tree's border"
        if old is None:
            return
        moved = old.entries()[change.name1]
        instead = new.entries()[change.name2] if change.argument & file_trace.EXCHANGE else None
        if old is new:
            old.pending.append((number, {change.name1: instead, change.name2: moved}))
        else:
            old.pending.append((number, {change.name1: instead}))
            new.pending.append((number, {change.name2: moved}))

    @staticmethod
    def _change_content(node, change):
        if change.kind == file_trace.SYNC:
            if isinstance(node, Folder):
                node.durable, node.pending = node.entries(), []
            else:
                node.durable = bytes(node.content)
        elif change.kind == file_trace.WRITE:
            end = change.argument + len(change.content)
            if len(node.content) < end:
                node.content.extend(bytes(end - len(node.content)))
            node.content[change.argument:end] = change.content
        elif change.kind == file_trace.TRUNCATE:
            del node.content[change.argument:]
            node.content.extend(bytes(change.argument - len(node.content)))

    # ------------------------------------------------------------------------------------------------ states

    def write(self, target, draw=None):
        """Writes one of the possible states into a directory that does not exist; without a draw, the last one."""
        lost = set()
        if draw:
            for folder in self.nodes:
                if isinstance(folder, Folder):
                    kept = draw.randint(0, len(folder.pending))
                    lost |= {number for number, _ in folder.pending[kept:]}
            # What follows a lost change in the same directory is lost as well.
            growing = True
            while growing:
                growing = False
                for folder in self.nodes:
                    if isinstance(folder, Folder):
                        numbers = [number for number, _ in folder.pending]
                        first = next((index for index, number in enumerate(numbers) if number in lost), None)
                        later = set(numbers[first:]) - lost if first is not None else set()
                        lost |= later
                        growing = growing or bool(later)
        self._write(0, pathlib.Path(target), draw, frozenset(lost))

    def _write(self, number, path, draw, lost):
        node = self.nodes[number]
        if isinstance(node, Link):
            path.symlink_to(node.target)
        elif isinstance(node, File):
            path.write_bytes(node.surviving(draw) if draw else node.content)
        else:
            path.mkdir()
            for name, child in sorted(node.entries(lost=lost).items()):
                self._write(child, path / name, draw, lost)

    def differences(self):
        """Where the last state is not what is on disk: what the trace does not know of."""
        return sorted(self._differences(0, self.root))

    def _differences(self, number, path):
        node = self.nodes[number]
        if isinstance(node, Folder):
            entries = node.entries()
            names = {child.name for child in path.iterdir()} if path.is_dir() else set()
            found = {f"{path}: {sorted(names ^ set(entries))}"} if names != set(entries) else set()
            for name in names & set(entries):
                found |= self._differences(entries[name], path / name)
            return found
        if isinstance(node, Link):
            return set() if path.is_symlink() and os.readlink(path) == node.target else {str(path)}
        return set() if path.is_file() and path.read_bytes() == bytes(node.content) else {str(path)}
