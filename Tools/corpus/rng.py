"""A small random generator that is the same on every Python version.

The standard library promises a stable stream for `random.random()` only, not for
`choice` or `shuffle`, and the shipped corpus has to be reproducible byte for byte.
A stream is named by its key: the same key always gives the same draws, so each row
has a stream of its own and adding a template does not disturb the rows of another.
"""
import hashlib


class Rng:
    def __init__(self, *key):
        self._key = "/".join(str(part) for part in key).encode()
        self._count = 0

    def bits(self):
        """The next 64 random bits."""
        block = hashlib.sha256(self._key + b"#%d" % self._count).digest()
        self._count += 1
        return int.from_bytes(block[:8], "big")

    def below(self, n):
        """An integer in 0..<n."""
        return self.bits() % n

    def chance(self, probability):
        return self.bits() < probability * 2.0**64

    def choice(self, items):
        return items[self.below(len(items))]

    def shuffled(self, items):
        """A shuffled copy (Fisher-Yates)."""
        result = list(items)
        for i in range(len(result) - 1, 0, -1):
            j = self.below(i + 1)
            result[i], result[j] = result[j], result[i]
        return result
