"""CLIP token ids equal those of transformers' CLIPTokenizer."""

import json
import subprocess
import time
import unicodedata
from pathlib import Path

import pytest
from clip_vocabulary import BUILD, vocabulary_file, write_tokenizer_folder
from tokenizer_strings import strings

PROBE = BUILD / "bin" / "calotype_tokenize"
COUNT = 120_000


def tokenize(texts: list[str], *arguments: str) -> list[list[int]]:
    lines = "".join(json.dumps(t) + "\n" for t in texts)
    done = subprocess.run([PROBE, *arguments], input=lines, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tokenizer_folder(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="session")
def reference(folder: Path):
    from transformers import CLIPTokenizer

    return CLIPTokenizer.from_pretrained(folder)


def old_normalisation(reference) -> frozenset[str]:
    """Marks that the reference's older Unicode tables do not know as such.

    Its composition predates Unicode 10, its letters and digits do not. Leave these marks out
    instead of imitating a gap that a later release of it will close.
    """
    compose = reference.backend_tokenizer.normalizer[0]
    found = set()
    for c in map(chr, range(0x110000)):
        if unicodedata.category(c) in ("Cn", "Mn", "Mc", "Lo"):
            probe = f"a\u0345{c}\u0334"
            unknown = unicodedata.category(c) == "Cn"
            if unknown or compose.normalize_str(probe) != unicodedata.normalize("NFC", probe):
                found.add(c)
    return frozenset(found | {"\U00011938", "\U00011935", "\U00011930"})


def test_equals_transformers(reference, folder: Path):
    texts = strings(COUNT, old_normalisation(reference))
    expected = reference(texts, add_special_tokens=False).input_ids
    for place in (vocabulary_file(), folder):
        got = tokenize(texts, str(place))
        assert len(got) == len(texts)
        wrong = [(t, e, g) for t, e, g in zip(texts, expected, got) if e != g]
        assert not wrong, f"{len(wrong)} differ, first: {wrong[:3]!r}"


def test_every_code_point_alone(reference):
    """Letters, digits, spaces and lower case agree on all of Unicode."""
    skipped = set(map(chr, range(0xD800, 0xE000)))
    texts = [f"x{chr(c)}x1{chr(c)}1" for c in range(0x110000) if chr(c) not in skipped]
    expected = reference(texts, add_special_tokens=False).input_ids
    got = tokenize(texts)
    wrong = [(t, e, g) for t, e, g in zip(texts, expected, got) if e != g]
    assert not wrong, f"{len(wrong)} differ, first: {wrong[:5]!r}"


@pytest.mark.parametrize("unit", ["a", "ab", "!", "e\u0301", "\u0301\u0323", "日", "'s"])
def test_long_words_take_linear_time(unit: str):
    text = unit * (1_000_000 // len(unit.encode()))
    begin = time.monotonic()
    ids = tokenize([text])[0]
    assert ids
    assert time.monotonic() - begin < 5


def test_names_a_missing_vocabulary():
    done = subprocess.run([PROBE, "/nowhere/merges.txt"], input="", capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "/nowhere/merges.txt: the file does not exist\n  hint: check the path\n"
