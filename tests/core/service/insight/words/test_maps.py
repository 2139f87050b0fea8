"""Maps of attention out of a recording that was written by hand, and what is reckoned with them."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.engine.contract.recorded_words import (
    PassWords,
    RecordedToken,
    RecordedTokens,
    RecordedWords,
    StepWords,
    array_name,
)
from core.engine.contract.recording_file import (
    EXACT,
    VERSION,
    WITH_WORDS,
    RecordedHead,
    RecordedPass,
    RecordedStep,
    RecordingWriter,
)
from core.service.insight.words.default_depth import depth_that_suits
from core.service.insight.words.maps import (
    cells_of,
    common_scale,
    field_shares,
    plane_of,
    share_of,
    texts_of,
    tokens_at,
    tokens_between,
    words_of,
)
from core.service.insight.words.reading import NOT_RECORDED, attention_maps, words_table
from core.system.errors import WorldError
from core.values.insight.attention import AttentionLayer, AttentionLook, TokenKind

WRITTEN = "a [cat:dog:0.5], (red)"
LAYERS = tuple(
    AttentionLayer(name=f"attn{side}", width=side, height=side, heads=2, depth=f"{side}x{side}")
    for side in (2, 1)
)


def token(index: int, text: str, kind: TokenKind, count: int = 1) -> RecordedToken:
    at = WRITTEN.find(text) if text else -1
    return RecordedToken(
        chunk=0,
        index=index,
        count=count,
        text=text,
        kind=kind,
        weight=1.1 if text == "red" else 1.0,
        start=at,
        end=at + len(text) if text else -1,
    )


def text(*words: str) -> RecordedTokens:
    tokens = [token(0, "", TokenKind.START)]
    tokens += [token(number, word, TokenKind.WORD) for number, word in enumerate(words, 1)]
    last = len(tokens)
    tokens += [token(last, "", TokenKind.END), token(last + 1, "", TokenKind.PADDING, 76 - last)]
    return RecordedTokens(written=WRITTEN, tokens=tuple(tokens))


def masses(*of_words: list[float]) -> np.ndarray:
    """Start, words, end, padding at four cells; the start has what the others leave."""
    rest = [*of_words, [0.1] * 4, [0.1] * 4]
    return np.array([[1 - sum(column) for column in zip(*rest, strict=True)], *rest])


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two steps: "a cat, red", then "a dog, red" with a call that only the coarse layer ran in."""
    path = tmp_path / "one.recording"
    writer = RecordingWriter(path)
    first = masses([0.1] * 4, [0.4, 0.0, 0.0, 0.0], [0.0] * 4, [0.0, 0.2, 0.0, 0.2])
    second = masses([0.1] * 4, [0.0, 0.0, 0.2, 0.0], [0.0] * 4, [0.0, 0.4, 0.0, 0.4])
    for step, values in ((1, first), (2, second)):
        writer.put(array_name(0, step, 1, "1x1"), values.mean(1).reshape(-1, 1, 1), EXACT)
        if step == 1:
            writer.put(array_name(0, step, 1, "2x2"), values.reshape(-1, 2, 2), EXACT)
    steps = (
        StepWords(step=1, rows=(-1, 0), depths=("2x2", "1x1")),
        StepWords(step=2, rows=(-1, 1), depths=("1x1",)),
    )
    words = RecordedWords(
        texts=(text("a", "cat", ",", "red"), text("a", "dog", ",", "red")),
        passes=(PassWords(layers=LAYERS, steps=steps),),
    )
    writer.finish(_head(WITH_WORDS), words)
    return path


def _head(version: int) -> RecordedHead:
    step = RecordedStep(
        step=1, sigma=2.0, sigma_next=1.0, timestep=9.0, seconds=0.1, calls=1, draws=0
    )
    both = (step, replace(step, step=2, sigma=1.0, sigma_next=0.0, calls=2))
    one = RecordedPass(shape=(1, 4, 2, 2), sampler="euler", flow=False, end=1.0, steps=both)
    return RecordedHead(version=version, passes=(one,), fingerprint=(), pixels="0")


def test_words_of_a_recording(recording: Path) -> None:
    table = words_table(recording)
    assert table is not None
    assert [(row.branch, row.written) for row in table.rows] == [("with", WRITTEN)]
    assert (table.steps, table.depths, table.depth) == (((1, 2),), ("2x2", "1x1"), "2x2")
    maps = attention_maps(recording, AttentionLook(depth="1x1"))
    assert [token.text for token in maps.tokens] == ["", "a", "cat", "dog", ",", "red", "", ""]
    assert [token.word for token in maps.tokens] == [-1, 0, 1, 2, -1, 5, -1, -1]
    assert maps.tokens[5].weight == 1.1 and maps.tokens[-1].count == 71
    assert maps.steps == (1, 2) and sum(maps.shares) == pytest.approx(1, abs=1e-6)
    of_words = [share_of(maps, group) for group in words_of(maps)]
    assert of_words == pytest.approx([0.1, 0.05, 0.025, 0, 0.15])
    emoji = tuple(replace(token, word=-1, start=2, end=3) for token in maps.tokens[2:4])
    beside = replace(maps, tokens=(*maps.tokens[:2], *emoji, *maps.tokens[4:]))
    assert words_of(beside) == ((1,), (2, 3), (4,), (5,))
    assert texts_of(beside, (2, 3)) == ("cat", "dog")
    vectors = tuple(replace(token, text="_neg") for token in emoji)
    of_vectors = replace(beside, tokens=(*maps.tokens[:2], *vectors, *maps.tokens[4:]))
    assert texts_of(of_vectors, (2, 3)) == ("_neg",)
    later = attention_maps(recording, AttentionLook(depth="1x1", step=2))
    assert [token.text for token in later.tokens][2] == "dog"


def test_what_is_reckoned_with_maps(recording: Path) -> None:
    maps = attention_maps(recording, AttentionLook())
    cat, red = tokens_between(maps, 3, 6), tokens_between(maps, 18, 21)
    assert [maps.tokens[number].text for number in (*cat, *red)] == ["cat", "red"]
    assert cells_of(maps, cat) == pytest.approx([0.4, 0, 0, 0])
    assert common_scale(maps) == pytest.approx(0.4)
    assert tuple(plane_of(maps, red, 0.4).levels) == (0, 128, 0, 128)
    assert tuple(plane_of(maps, red).levels) == (0, 255, 0, 255)
    assert tuple(plane_of(maps, (*cat, *red), 0.4).levels) == (255, 128, 0, 128)
    assert field_shares(maps, cat) == pytest.approx([4 / 9, 2 / 9, 0, 2 / 9, 1 / 9, 0, 0, 0, 0])
    there = tokens_at(maps, 0.2, 0.49)
    assert [one.token.text for one in there][:1] == ["cat"]
    assert sum(one.mass for one in there) == pytest.approx(1, abs=1e-6)
    reused = attention_maps(recording, AttentionLook(step=2))
    assert reused.steps == (1,) and reused.masses == maps.masses


def test_what_was_not_recorded_is_said(recording: Path, tmp_path: Path) -> None:
    for look in (
        AttentionLook(branch="without"),
        AttentionLook(part=1),
        AttentionLook(step=3),
        AttentionLook(number=1),
        AttentionLook(depth="4x4"),
    ):
        with pytest.raises(WorldError):
            attention_maps(recording, look)
    plain = tmp_path / "plain.recording"
    RecordingWriter(plain).finish(_head(VERSION))
    assert words_table(plain) is None
    with pytest.raises(WorldError, match=NOT_RECORDED):
        attention_maps(plain, AttentionLook())
    torn = tmp_path / "torn.recording"
    layer = replace(LAYERS[0], depth="9x9")
    no_token = RecordedTokens(written="", tokens=())
    beyond = RecordedTokens(written="a", tokens=(token(0, "red", TokenKind.WORD),))
    for words in (
        RecordedWords(texts=(), passes=()),
        RecordedWords(texts=(beyond,), passes=(PassWords(layers=(), steps=()),)),
        RecordedWords(texts=(), passes=(PassWords(layers=(layer,), steps=()),)),
        RecordedWords(texts=(), passes=(PassWords(layers=(), steps=()),) * 2),
        RecordedWords(texts=(no_token,), passes=()),
    ):
        RecordingWriter(torn).finish(_head(WITH_WORDS), words)
        with pytest.raises(WorldError, match="damaged"):
            words_table(torn)


@pytest.mark.parametrize("entry", [b"PK\1\2", b"PK\3\4"])
def test_a_name_that_is_no_text_is_damage(recording: Path, entry: bytes) -> None:
    """Of the first array, in the list of contents or before it."""
    data = bytearray(recording.read_bytes())
    at = data.find(entry)
    flags, name = (8, 46) if entry == b"PK\1\2" else (6, 30)
    data[at + flags + 1] |= 8  # it says that it is UTF-8
    data[at + name] = 0xFF
    recording.write_bytes(data)
    with pytest.raises(WorldError, match="damaged"):
        attention_maps(recording, AttentionLook(depth="1x1"))


@pytest.mark.parametrize("data", [b"\0\0\0", struct.pack("<2f", 9, -8)])
def test_masses_that_are_none_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "torn.recording"
    told = RecordedTokens(written=WRITTEN, tokens=text("a").tokens[:2])
    step = StepWords(step=1, rows=(-1, 0), depths=("1x1",))
    words = RecordedWords(texts=(told,), passes=(PassWords(layers=LAYERS, steps=(step,)),))
    RecordingWriter(path).finish(_head(WITH_WORDS), words)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(array_name(0, 1, 1, "1x1"), data)
    with pytest.raises(WorldError, match="1x1"):
        attention_maps(path, AttentionLook(depth="1x1"))


def test_the_usual_depth_is_the_finest_in_which_a_subject_is_some_cells_wide() -> None:
    assert depth_that_suits(("8x8", "4x4")) == "8x8"  # the starter
    assert depth_that_suits(("64x96", "32x48", "16x24", "8x12")) == "16x24"  # 1.x, 512 x 768
    assert depth_that_suits(("64x64", "32x32")) == "32x32"  # XL
    assert depth_that_suits(()) == ""
