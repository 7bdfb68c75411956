"""A program on a pseudo-terminal: what it shows there, and what is typed."""
import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import support

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Screen:
    """A program on a terminal of its own."""

    def __init__(self, *arguments, program=support.APR, rows=24, columns=80, env=None):
        self.main, other = pty.openpty()
        self.resize(rows, columns)
        # Before the program starts: a quick one has changed them by the time that Popen returns.
        self.before = termios.tcgetattr(other)
        environment = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR", "COLUMNS")}
        self.process = subprocess.Popen(
            [str(part) for part in (program, *arguments)], stdin=other, stdout=other, stderr=other,
            env={**environment, "TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(env or {})},
            start_new_session=True)
        # The other side stays open, so that its settings can be asked for after the program has ended.
        self.other = other
        # A read may end in the middle of a character.
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.text = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.main], [], [], min(left, 0.1))[0]:
                self.text += self.decoder.decode(os.read(self.main, 1 << 16))
            elif self.process.poll() is not None:
                break
        return self.text

    def until(self, pattern, seconds=30):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < end, f"{pattern} never came:\n{ESCAPE.sub('', self.text)[-3000:]}"
            self.read(0.2)

    def pictures(self):
        """What was on the screen, one list of lines a picture."""
        return [[ESCAPE.sub("", line) for line in picture.split("\x1b[J")[0].split("\r\n")]
                for picture in self.text.split("\x1b[H")[1:]]

    def type(self, text):
        os.write(self.main, text.encode())

    def end(self, seconds=20):
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, "it did not end"
            self.read(0.1)
        self.read(0.2)
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.main)
        os.close(self.other)
