"""Varied strings for the comparison of tokenizers. The same in every run."""

import random
import unicodedata

SUBJECTS = "cat dog astronaut castle portrait landscape robot teapot samurai lighthouse".split()
STYLES = "oil painting,8k uhd,trending on artstation,f/1.8,by Greg,masterpiece,1girl".split(",")
GLUE = [", ", " of ", "; ", " -- ", " (", "), ", " & ", "/", ": ", " | ", "\n", "\t", " 'n' ", "-"]
PARTS = [
    "it's", "don't", "we'LL", "I'd've", "'S", "''ll", "'", "’s", "rock'n'roll", "x's's",
    "<|startoftext|>", "<|endoftext|>", "<|STARTOFTEXT|>", "<|EndOfText|>", "<|endoftext|", "<|",
    "|>", "!<|endoftext|>!", "<|startoftext|><|endoftext|>", "<|ENDOFTEXT|>!!", "\u212a", "</w>",
    "&amp;", "&lt;b&gt;", "&#39;", "&amp;quot;", "(cat:1.3)", "[[dog]]", "<lora:x:0.8>", "\\(a\\)",
    "1234567890", "3.14", "½", "Ⅷ", "²³", "٣٤", "１２", "10,000th", "a1b2c3", "v1.5",
    "\u0130STANBUL", "ΑΣ", "ΌΔΟΣ.", "ß", "ẞ", "ﬁ", "ǅ", "straße", "naïve", "nai\u0308ve", "Å", "A\u030a",
    "e\u0301\u0323", "e\u0323\u0301", "한국어", "\u1112\u1161\u11ab", "\u0915\u093c", "ไทย", "日本語テスト",
    "中文，提示。", "עִבְרִית", "العربية", "हिन्दी", "русский", "ქართული", "አማርኛ", "𝔘𝔫𝔦", "𠜎",
    "😀", "👩‍👩‍👧‍👦", "👍🏽", "🇯🇵", "❤️", "1️⃣", "☕", "\u200b", "\u200d", "\ufeff", "\u00ad",
    "\u00a0", "\u2003", "\u3000", "\u0085", "\u2028", "\u180e", "\x00", "\x1b[0m", "\x7f", "\x1c",
    "\ufffd", "\U0010ffff", "\ue000", "...", "!?!?", "~~~", "=====", "->", "“quoted”", "…", "—",
    "a" * 50, "ab" * 40, "zzzz" * 30, "é" * 40, "!" * 60, "0" * 30, "supercalifragilistic" * 4,
]


def caption(r: random.Random) -> str:
    words = ["a", r.choice(["photo", "Painting", "render", "PHOTO"]), "of", r.choice(SUBJECTS)]
    words += r.sample(STYLES, r.randint(0, 4))
    return r.choice([" ", ", ", "  "]).join(words)


def mixture(r: random.Random) -> str:
    return "".join(r.choice(PARTS) + r.choice(["", "", " ", r.choice(GLUE)]) for _ in range(r.randint(1, 8)))


def any_code_points(r: random.Random, excluded: frozenset[str]) -> str:
    planes = [(0, 0x80), (0x80, 0x800), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, 0x20000), (0x20000, 0x110000)]
    text = (chr(r.randrange(*r.choice(planes))) for _ in range(r.randint(1, 16)))
    return "".join(c for c in text if c not in excluded)


def one_script(r: random.Random, excluded: frozenset[str]) -> str:
    base = r.choice([0x250, 0x300, 0x370, 0x400, 0x530, 0x590, 0x600, 0x900, 0xE00, 0x1000, 0x1100, 0x1E00,
                     0x1F00, 0x2000, 0x2100, 0x2460, 0x3040, 0x4E00, 0xA640, 0xAC00, 0xFB00, 0x10400, 0x1F300])
    text = (chr(base + r.randrange(256)) if r.random() < 0.9 else r.choice(" a1'!") for _ in range(r.randint(1, 24)))
    return "".join(c for c in text if c not in excluded)


def marks(r: random.Random, excluded: frozenset[str]) -> str:
    stack = [chr(c) for c in range(0x300, 0x370)] + list("\u05b0\u0651\u0e38\u3099\u1dce\u20d0")
    return "".join(r.choice("aeoAEÅकか가") + "".join(r.choices(stack, k=r.randint(0, 5))) for _ in range(r.randint(1, 6)))


def any_word(r: random.Random) -> str:
    letters = r.choice(["abcdefghijklmnopqrstuvwxyz", "etaoin", "aeiouABC", "щъыюя", "あいうえおカキ"])
    return " ".join("".join(r.choices(letters, k=r.choice([2, 5, 9, 40]))) for _ in range(r.randint(1, 6)))


def strings(count: int, excluded: frozenset[str]) -> list[str]:
    """`count` strings, after all parts alone and all names of code points below U+3000."""
    r = random.Random(20231)
    out = ["", " ", *PARTS, *(unicodedata.name(chr(c), "") for c in range(0x3000))]
    makers = [
        caption,
        mixture,
        any_word,
        lambda r: any_code_points(r, excluded),
        lambda r: one_script(r, excluded),
        lambda r: marks(r, excluded),
    ]
    while len(out) < count:
        out.append(makers[len(out) % len(makers)](r))
    return out
