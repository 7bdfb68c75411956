"""Ask the pinned `tokenizers` library which code points belong to which character class.

The regex engines and normalizers inside the library carry Unicode tables of different versions, so every class is
probed through the component that uses it and nothing is taken from Python's `unicodedata`.
"""

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def regex_class(pattern):
    """The code points that the library's regular expressions count as `pattern`."""
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return {c for c in SCALARS if not split.pre_tokenize_str(chr(c))}


def numeric_class():
    """What the `Digits` pre-tokenizer isolates."""
    digits = pre_tokenizers.Digits(individual_digits=True)
    return {c for c in SCALARS if len(digits.pre_tokenize_str("a" + chr(c))) == 2}


def whitespace_class():
    """What the `WhitespaceSplit` pre-tokenizer and the `Strip` normalizer drop."""
    split = pre_tokenizers.WhitespaceSplit()
    found = {c for c in SCALARS if not split.pre_tokenize_str(chr(c))}
    strip = normalizers.Strip()
    assert found == {c for c in SCALARS if strip.normalize_str(chr(c)) == ""}
    return found


def added_token_tokenizer(**flags):
    tokenizer = Tokenizer(models.BPE(vocab={"<unk>": 0}, merges=[], unk_token="<unk>"))
    tokenizer.add_tokens([AddedToken("[X]", normalized=False, **flags)])
    return tokenizer


def word_class():
    """The code points next to which an added token with `single_word` is not recognised."""
    tokenizer = added_token_tokenizer(single_word=True)
    marker = tokenizer.token_to_id("[X]")
    before = {c for c in SCALARS if marker not in tokenizer.encode(chr(c) + "[X]").ids}
    after = {c for c in SCALARS if marker not in tokenizer.encode("[X]" + chr(c)).ids}
    assert before == after
    return before


def stripped_class():
    """The code points an added token with `lstrip` or `rstrip` swallows."""
    left, right = added_token_tokenizer(lstrip=True), added_token_tokenizer(rstrip=True)
    before = {c for c in SCALARS if len(left.encode(chr(c) + "[X]").ids) == 1}
    after = {c for c in SCALARS if len(right.encode("[X]" + chr(c)).ids) == 1}
    assert before == after
    return before


def accent_class():
    """What the `StripAccents` normalizer drops."""
    strip = normalizers.StripAccents()
    return {c for c in SCALARS if strip.normalize_str(chr(c)) == ""}


def mapping(normalizer):
    """The code points a normalizer changes when they stand alone, with what they become."""
    changed = {}
    for c in SCALARS:
        text = normalizer.normalize_str(chr(c))
        if text != chr(c):
            changed[c] = [ord(s) for s in text]
    return changed


def contraction_folds():
    """The scalars beyond ASCII that complete a contraction where case is ignored, each with the letters it stands for."""
    contraction = pre_tokenizers.Split(Regex("(?i:'s|'t|'re|'ve|'m|'ll|'d)"), "removed")
    folds = {}
    for before, letters, after in [
        ("'", "stmd", ""), ("'", "rv", "e"), ("'r", "e", ""), ("'v", "e", ""), ("'", "l", "l"), ("'l", "l", ""),
    ]:
        for c in SCALARS:
            if c < 0x80:
                expected = chr(c).lower() in letters
                assert expected == (not contraction.pre_tokenize_str(before + chr(c) + after)), (before, c, after)
            elif not contraction.pre_tokenize_str(before + chr(c) + after):
                folds.setdefault(c, set()).update(letters)
    return folds
