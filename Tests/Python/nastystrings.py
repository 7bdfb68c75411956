"""Seeded texts made to hurt a tokenizer; the same seed gives the same texts everywhere."""

import keyword
import pathlib
import random
import sysconfig

WORDS = {
    "latin": "the quick brown fox don't DON'T we'll WE'LL I'm they've you're it's IT'S he'd naïve façade Ångström ﬁne ĳ",
    "cyrillic": "быстрая коричневая лиса прыгает через ленивую собаку ёлка Й",
    "greek": "γρήγορη καφέ αλεπού ΟΔΥΣΣΕΥΣ ᾳ ᾼ Ω",
    "han": "敏捷的棕色狐狸跳过懒狗 龍 飯 侮 豈",
    "kana": "すばやい茶色の狐 カタカナ ｶﾞｷﾞ が が パ",
    "hangul": "빠른 갈색 여우 한글 각 ᄒᆞᆫ ᆨ",
    "arabic": "الثعلب البني السريع ١٢٣ ﷺ ﻻ",
    "hebrew": "שועל חום מהיר שָׁלוֹם שּׁ",
    "devanagari": "तेज भूरी लोमड़ी १२३ क़ ड़",
    "thai": "สุนัขจิ้งจอกสีน้ำตาล ๑๒๓",
    "numbers": "0 12 345 6789 3.14159 1,000,000 ½ ² Ⅻ ① ٣ 𝟘𝟙 ୭୨ ㉈ 〇 1e-5 0xFF",
}
SCRIPTS = {name: text.split() for name, text in WORDS.items()}
SPACES = [" ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", " \n", "\n ", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085",
          "\u000b", "\u000c", "\u200b", "\ufeff", "\u1680", "\u180e", "\u202f"]
EMOJI = ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "🇺🇸🇬", "1️⃣", "#⃣", "❤️", "❤", "🧑🏿‍🚀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\u200d", "\ufe0f", "🫨", "🪿"]
ODD = ["\0", "\x01", "\x1b[0m", "\x7f", "\u0080", "\u009f", "\ufffe", "\uffff", "\ufdd0", "\U0001fffe", "\U0010ffff",
       "\ufffd", "\ufffc", "\u00ad", "\u034f", "\u061c", "\u202e", "\u2066", "\ue000", "\U000f0000", "\u0378", "\u05ff",
       "\U000e0001", "\U000e0100", "\U0003ffff", "\U0001cccc", "\u2fff", "\ua7dc", "\u1c89", "\U00011380"]
SYMBOLS = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¿¡…—–“”‘’«»°§¶†€£¥©®™×÷≠≤∞√∑∫→←↑⇒∀∃▁Ġ�") + ["''", "'", "->", "==", "...", "```", "$(", "${"]
CONTRACTIONS = ["'s", "'S", "'ſ", "'t", "'T", "'re", "'RE", "'rE", "'ve", "'Ve", "'m", "'M", "'ll", "'LL", "'lL", "'d", "'D", "’s",
                "'l", "'r", "'v", "''s", "'ß", "'ﬆ", "'K", " 's", "'s's", "'\u0130"]
MARKS = [chr(c) for c in [*range(0x300, 0x370), *range(0x591, 0x5BE), *range(0x64B, 0x660), 0x93C, 0x94D, 0xE38, 0xE48, 0xF71, 0xF72,
                          0x3099, 0x309A, 0x1DC4, 0x20D0, 0x20DD, 0x302A, 0x16FF0, 0x1D165, 0x1D16D, 0x11938, 0x1E944]]
BASES = list("aeiouAEIOUcnsyzåçñǖṩΩιかはカアक鶴") + [chr(c) for c in [0x1100, 0x1112, 0x1161, 0x1175, 0x11A8, 0x11C2, 0xAC00, 0xAC01,
                                                            0x09C7, 0x0B92, 0x0DD9, 0x1025, 0x1B05, 0x212B, 0x2126, 0xFB1D, 0xF900]]


def sources():
    """Lines of code and prose: the standard library's own sources, docstrings included."""
    folder = pathlib.Path(sysconfig.get_paths()["stdlib"])
    lines = []
    for name in ["argparse", "ast", "difflib", "doctest", "inspect", "os", "pydoc", "random", "statistics", "tarfile", "typing"]:
        lines += (folder / f"{name}.py").read_text(encoding="utf-8", errors="ignore").splitlines(keepends=True)
    return lines


SHELL = ["#!/bin/sh\nset -e\n", 'for f in $(ls *.txt); do rm "$f"; done\n', "rm -rf $dir/*\n", 'mkdir -p "${HOME}/.cache" && cd "$_"\n',
         "case \"$1\" in\n\tconfigure)\n\t\tupdate-rc.d foo defaults >/dev/null 2>&1 || true\n\t;;\nesac\n",
         "curl -fsSL https://example.org/install.sh | sh -s -- --yes\n", "if [ -z \"$x\" ]; then\r\n  exit 1\r\nfi\r\n",
         "awk '{ print $1 }' < in > out\n", "\t\t\tsed -i 's/a\\/b/c/g' \"$file\"\n", "echo $((1+2)) $'\\n' `date +%s`\n"]


class NastyStrings:
    def __init__(self, seed, specials=(), tokens=()):
        self.random = random.Random(seed)
        self.specials = list(specials) or ["<s>"]
        self.tokens = list(tokens) or ["the"]
        self.lines = sources()
        self.makers = [self.mixed, self.mixed, self.mixed, self.scalars, self.marks, self.emoji, self.odd, self.runs, self.special,
                       self.special, self.contractions, self.code, self.prose, self.shell, self.vocabulary, self.numbers, self.hangul]

    def texts(self, count):
        """`count` texts: a few of each corner, a sweep over every scalar there is, the rest drawn from all makers."""
        fixed = ["", " ", "\n", "\r\n", "\0", "a", "'", "'s", "▁", "Ġ", "\u0301", "\u200d", *SPACES, *EMOJI, *ODD, *CONTRACTIONS,
                 *self.specials, *(" " * n for n in range(1, 70)), *("\n" * n for n in range(1, 20)), *("\t" * n for n in range(1, 20)),
                 "a" * 3000, " " * 3000, "\n" * 1000, "ab" * 2000, "é" * 500, "1" * 500, "=" * 500, "好" * 500, "\u0301" * 300,
                 "a" + "\u0301\u0323" * 150, "".join(self.lines[:400])]
        sweep = list(self.sweep(max(1, count // 4)))
        rest = count - len(fixed) - len(sweep)
        made = [self.random.choice(self.makers)() for _ in range(max(0, rest))]
        return (fixed + sweep + made)[:max(count, len(fixed) + len(sweep))]

    def sweep(self, count):
        """Every scalar once, in chance company, cut into `count` texts."""
        scalars = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
        # The private planes and the unassigned ones are alike; a sample of them leaves time for the others.
        scalars = [c for c in scalars if c < 0x33000 or 0xE0000 <= c < 0xE0200 or self.random.random() < 0.02]
        company = ["", "", "", "a", " ", "1", "'", "\n", ".", "é", " a"]
        size = -(-len(scalars) // count)
        for start in range(0, len(scalars), size):
            yield "".join(chr(c) + self.random.choice(company) for c in scalars[start:start + size])

    def some(self, pool, low=1, high=8):
        return [self.random.choice(pool) for _ in range(self.random.randint(low, high))]

    def word(self):
        return self.random.choice(self.random.choice(list(SCRIPTS.values())))

    def mixed(self):
        out = []
        for _ in range(self.random.randint(1, 25)):
            out.append(self.random.choice([
                self.word, self.word, self.word, lambda: self.random.choice(SPACES), lambda: self.random.choice(SPACES),
                lambda: " ", lambda: " ", lambda: self.random.choice(SYMBOLS), lambda: self.random.choice(EMOJI),
                lambda: self.random.choice(ODD), lambda: self.random.choice(CONTRACTIONS), lambda: self.random.choice(MARKS),
                lambda: str(self.random.randint(0, 10 ** self.random.randint(1, 12))), lambda: self.random.choice(self.specials)])())
        return "".join(out)

    def scalars(self):
        top = self.random.choice([0x80, 0x250, 0x600, 0x3000, 0xD800, 0x20000, 0x110000])
        out = [self.random.randrange(top) for _ in range(self.random.randint(1, 40))]
        return "".join(chr(c) for c in out if not 0xD800 <= c < 0xE000)

    def marks(self):
        return "".join(self.random.choice(BASES) + "".join(self.some(MARKS, 0, 5)) + self.random.choice(["", "", " ", "x"])
                       for _ in range(self.random.randint(1, 12)))

    def emoji(self):
        return "".join(self.some(EMOJI + SPACES[:3] + ["ok", "🦀"], 1, 15))

    def odd(self):
        return "".join(self.some(ODD + ["x", " ", "1", "é"], 1, 15))

    def runs(self):
        return "".join(self.random.choice(SPACES) * self.random.choice([1, 1, 2, 3, 7, 15, 60]) + self.random.choice(["", "x", "if", "1", ".", "é"])
                       for _ in range(self.random.randint(1, 8)))

    def special(self):
        out = []
        for _ in range(self.random.randint(1, 8)):
            token = self.random.choice(self.specials)
            cut = self.random.randrange(len(token) + 1)
            out.append(self.random.choice([token, token, token, token[:cut], token[cut:], token.upper(), token[:cut] + " " + token[cut:],
                                           token + token[cut:], token[:cut] + token]))
            out.append(self.random.choice(["", "", " ", "  ", "\n", "\t", "x", "é", "user", self.word(), self.random.choice(MARKS)]))
        return "".join(out)

    def contractions(self):
        return "".join(self.some([*CONTRACTIONS, *CONTRACTIONS, "I", "you", " ", "x", "1", "\n", "!"], 1, 14))

    def code(self):
        start = self.random.randrange(len(self.lines))
        text = "".join(self.lines[start:start + self.random.randint(1, 12)])
        return text.replace("\n", "\r\n") if self.random.random() < 0.1 else text

    def prose(self):
        script = self.random.choice(list(SCRIPTS.values()))
        return self.random.choice([" ", " ", "", "  "]).join(self.some(script + SYMBOLS[:12] + keyword.kwlist[:5], 1, 40))

    def shell(self):
        return "".join(self.some(SHELL, 1, 6))

    def vocabulary(self):
        return self.random.choice(["", "", " "]).join(self.some(self.tokens, 1, 15))

    def numbers(self):
        return "".join(self.some(SCRIPTS["numbers"] + [" ", "", "-", "a", "%"], 1, 15))

    def hangul(self):
        pools = [range(0x1100, 0x1113), range(0x1161, 0x1176), range(0x11A7, 0x11C3), range(0xAC00, 0xD7A4), range(0xFFA0, 0xFFDD)]
        return "".join(chr(self.random.choice(self.random.choice(pools))) for _ in range(self.random.randint(1, 15)))
