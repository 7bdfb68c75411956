"""The template language of the corpus, and how one template becomes shell text.

A family is a named text with several variants, each under a `== label` header:

    == safe
    mkdir -p «$@vd@/cache»
    == non-idempotent
    mkdir «$@vd@/cache»

    @vd@        a slot: one word of the pool `vd` (vocabulary.py). The same slot has the
                same word in the whole row; @vd2@ is a second, different word
    «$x»        an expansion that must be quoted. Written "$x"; a needs-quoting row is
                made by leaving these quotes out, all of them or one
    ‹$x›        an expansion where quoting makes no difference (assignments, [[ ]], case):
                quotes come and go, and the label stays
    ⟦a¦b⟧       one of the alternatives
    ?line       a line that is there in every second row

Flags after the label: `!e` no `set -e` around it (the label would change),
`!w` no indentation around it, `!f` no lines before or after it.
"""
import re
from dataclasses import dataclass

from rng import Rng

LABELS = ["unsafe", "needs-quoting", "non-deterministic", "non-idempotent", "safe"]  # by precedence


@dataclass(frozen=True)
class Variant:
    label: str
    text: str
    flags: frozenset

    @property
    def quotable(self):
        """Whether taking quotes away makes this a needs-quoting row."""
        return "«" in self.text and self.label != "unsafe"

    @property
    def one_line(self):
        return "\n" not in self.text.strip()


@dataclass(frozen=True)
class Family:
    name: str
    variants: tuple

    def of(self, label):
        """The variants that can give a row with this label."""
        if label == "needs-quoting":
            return [v for v in self.variants if v.quotable or v.label == label]
        return [v for v in self.variants if v.label == label]


def parse(source):
    """Families from a text: `# family NAME` starts one, `== label flags` a variant of it."""
    families = []
    for block in re.split(r"^### family ", source, flags=re.M)[1:]:
        name, _, body = block.partition("\n")
        variants = []
        for part in re.split(r"^== ", body, flags=re.M)[1:]:
            header, _, text = part.partition("\n")
            label, *flags = header.split()
            assert label in LABELS, (name, header)
            variants.append(Variant(label, text.rstrip("\n"), frozenset(flags)))
        families.append(Family(name.strip(), tuple(variants)))
    return families


def _alternatives(text, rng):
    innermost = re.compile(r"⟦([^⟦⟧]*)⟧")
    while innermost.search(text):
        text = innermost.sub(lambda m: rng.choice(m.group(1).split("¦")), text, count=1)
    return text


def _slots(text, pools, key):
    def word(match):
        name, index = match.group(1), int(match.group(2) or 1) - 1
        return Rng(key, "slot", name).shuffled(pools[name])[index]
    return re.sub(r"@([a-z]+)(\d?)@", word, text)


def _quotes(text, rng, unquote):
    """Resolves « » and ‹ ›. `unquote` is False, or True to leave quotes out."""
    marks = text.count("«")
    dropped = set()
    if unquote and marks:
        dropped = set(range(marks)) if rng.chance(0.4) else {rng.below(marks)}
    seen = iter(range(marks))
    text = re.sub(r"«([^«»]*)»",
                  lambda m: m.group(1) if next(seen) in dropped else f'"{m.group(1)}"', text)
    return re.sub(r"‹([^‹›]*)›",
                  lambda m: m.group(1) if rng.chance(0.5) else f'"{m.group(1)}"', text)


def render(variant, pools, key, unquote=False):
    """The lines of one row's core. Slots depend on `key` alone, so that the risky and the
    harmless row of a pair have the same names in them. None when there is nothing to unquote."""
    rng = Rng(key, "render")
    lines = []
    for line in variant.text.split("\n"):
        if line.startswith("?"):
            if rng.chance(0.5):
                continue
            line = line[1:]
        lines.append(line)
    text = _alternatives("\n".join(lines), rng)
    text = _slots(text, pools, key)
    if unquote and "«" not in text:
        return None
    return _quotes(text, rng, unquote).split("\n")
