"""Decompositions, combining order and compositions, as the pinned `tokenizers` library has them.

`NormalForms` also carries a plain implementation of the normalization algorithm on these tables, which the generator
runs against the library on random text before it writes a line: the Swift side implements the same algorithm.
"""

import random

from tokenizers import normalizers

from probe import SCALARS, mapping

HANGUL = range(0xAC00, 0xAC00 + 11172)
NFC, NFD, NFKC, NFKD = (form() for form in (normalizers.NFC, normalizers.NFD, normalizers.NFKC, normalizers.NFKD))


def without_hangul(table):
    return {c: scalars for c, scalars in table.items() if c not in HANGUL}


class NormalForms:
    def __init__(self):
        self.canonical = without_hangul(mapping(NFD))
        self.compatible = without_hangul(mapping(NFKD))
        self.order = self._combining_order()
        self.pairs = self._compositions()

    def _combining_order(self):
        """Ranks the scalars that move in canonical ordering: 1 for the lowest combining class, 2 for the next, …

        Only the order of the classes is observable, so only the order is kept.
        """

        def moves(first, second):
            text = "a" + chr(first) + chr(second)
            return NFD.normalize_str(text) != text

        low, high = 0x0334, 0x0345
        marks = [c for c in SCALARS if c not in self.canonical and c not in HANGUL and (moves(c, low) or moves(high, c))]
        classes = []
        for mark in marks:
            start, end = 0, len(classes)
            while start < end:
                middle = (start + end) // 2
                representative = classes[middle][0]
                if moves(representative, mark):
                    end = middle
                elif moves(mark, representative):
                    start = middle + 1
                else:
                    classes[middle].append(mark)
                    break
            else:
                classes.insert(start, [mark])
        return {mark: rank for rank, members in enumerate(classes, 1) for mark in members}

    def _compositions(self):
        """The pairs of scalars that compose, with what they become; Hangul is arithmetic and not listed."""
        pairs = {}
        for c, scalars in self.canonical.items():
            if NFC.normalize_str(chr(c)) != chr(c):
                continue
            first = NFC.normalize_str("".join(map(chr, scalars[:-1])))
            assert len(first) == 1 and NFC.normalize_str(first + chr(scalars[-1])) == chr(c), hex(c)
            pairs[ord(first), scalars[-1]] = c
        return pairs

    def inert(self):
        """The scalars whose presence never makes a text differ from its NFC form."""
        seconds = {second for _, second in self.pairs} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
        changed = {c for c in self.canonical if NFC.normalize_str(chr(c)) != chr(c)}
        return set(SCALARS) - seconds - changed - set(self.order)

    def normalize(self, text, compatibility, compose):
        table = self.compatible if compatibility else self.canonical
        scalars, run = [], []
        for c in map(ord, text):
            for s in self._hangul_parts(c) if c in HANGUL else table.get(c, [c]):
                if s in self.order:
                    run.append(s)
                else:
                    scalars += sorted(run, key=self.order.get) + [s]
                    run = []
        scalars += sorted(run, key=self.order.get)
        return "".join(map(chr, self._composed(scalars) if compose else scalars))

    def _composed(self, scalars):
        out, starter, last = [], None, 0
        for c in scalars:
            order = self.order.get(c, 0)
            if starter is not None and (last == 0 if order == 0 else last < order):
                composed = self._pair(out[starter], c)
                if composed is not None and (order != 0 or starter == len(out) - 1):
                    out[starter] = composed
                    continue
            if order == 0:
                starter = len(out)
            last = order
            out.append(c)
        return out

    def _pair(self, first, second):
        if 0x1100 <= first < 0x1113 and 0x1161 <= second < 0x1176:
            return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28
        if first in HANGUL and (first - 0xAC00) % 28 == 0 and 0x11A8 <= second < 0x11C3:
            return first + second - 0x11A7
        return self.pairs.get((first, second))

    @staticmethod
    def _hangul_parts(c):
        index = c - 0xAC00
        parts = [0x1100 + index // 588, 0x1161 + index % 588 // 28]
        return parts + ([0x11A7 + index % 28] if index % 28 else [])

    def check(self, seed=20260101, cases=200_000):
        """Fails where this implementation and the library differ on random text of the scalars that matter."""
        generator = random.Random(seed)
        marks, bases = list(self.order), list({first for first, _ in self.pairs})
        seconds = [second for _, second in self.pairs]
        jamo = [*range(0x1100, 0x1120), *range(0x1160, 0x1180), *range(0x11A5, 0x11C8), *range(0xAC00, 0xAC60)]
        pools = [marks, bases, seconds, jamo, list(self.canonical), list(self.compatible), list(range(0x20, 0x7F)), SCALARS]
        weights = [5, 5, 5, 3, 2, 2, 2, 1]
        forms = [(NFC, False, True), (NFD, False, False), (NFKC, True, True), (NFKD, True, False)]
        for _ in range(cases):
            pick = generator.choices(pools, weights, k=generator.randint(1, 12))
            text = "".join(chr(generator.choice(pool)) for pool in pick)
            for form, compatibility, compose in forms:
                expected = form.normalize_str(text)
                assert self.normalize(text, compatibility, compose) == expected, (form, [hex(ord(c)) for c in text])
        inert = sorted(self.inert())
        for _ in range(cases // 10):
            text = "".join(chr(generator.choice(inert)) for _ in range(8))
            assert NFC.normalize_str(text) == text, [hex(ord(c)) for c in text]
