"""A recording with maps of words, written by hand: whoever looks knows what must be seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np

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
    WITH_WORDS,
    RecordedHead,
    RecordedPass,
    RecordedStep,
    RecordingWriter,
)
from core.values.insight.attention import AttentionLayer, TokenKind

WRITTEN = "a red cat, on watercolour snow"
NEGATIVE = "fog"
TOKENS = (("a", 0), ("red", 2), ("cat", 6), (",", 9), ("on", 11), ("water", 14), ("colour", 19))
STEPS = 3
LAYERS = tuple(
    AttentionLayer(name=f"attn{side}", width=side, height=side, heads=2, depth=f"{side}x{side}")
    for side in (8, 4)
)
A = 0.05  # mass of "a" everywhere
CAT = 0.4  # of "cat" in the upper left quarter, in the first step; a tenth less in each later one


def write_recording(path: Path) -> Path:
    """Steps of a prompt and of a negative prompt, whose one word is looked at below."""
    writer = RecordingWriter(path)
    for step in range(1, STEPS + 1):
        for layer in LAYERS:
            side = layer.width
            writer.put(array_name(0, step, 1, layer.depth), _prompt(side, step), EXACT)
            writer.put(array_name(0, step, 0, layer.depth), _negative(side), EXACT)
    texts = (
        _text(WRITTEN, TOKENS),
        _text(NEGATIVE, (("fog", 0),)),
    )
    steps = tuple(
        StepWords(step=step, rows=(1, 0), depths=("8x8", "4x4")) for step in range(1, STEPS + 1)
    )
    words = RecordedWords(texts=texts, passes=(PassWords(layers=LAYERS, steps=steps),))
    writer.finish(_head(), words)
    return path


def _text(written: str, words: tuple[tuple[str, int], ...]) -> RecordedTokens:
    tokens = [_token(0, "", -1, TokenKind.START)]
    tokens += [_token(at, word, start, TokenKind.WORD) for at, (word, start) in enumerate(words, 1)]
    last = len(tokens)
    tokens += [_token(last, "", -1, TokenKind.END)]
    tokens += [_token(last + 1, "", -1, TokenKind.PADDING, 76 - last)]
    return RecordedTokens(written=written, tokens=tuple(tokens))


def _token(index: int, text: str, start: int, kind: TokenKind, count: int = 1) -> RecordedToken:
    return RecordedToken(
        chunk=0,
        index=index,
        count=count,
        text=text,
        kind=kind,
        weight=1.0,
        start=start,
        end=start + len(text) if start >= 0 else -1,
    )


def _prompt(side: int, step: int) -> np.ndarray:
    """Start, words, end, padding; the start has what the others leave."""
    half = side // 2
    masses = np.zeros((len(TOKENS) + 3, side, side))
    masses[1] = A
    masses[3, :half, :half] = CAT - 0.1 * (step - 1)
    masses[6] = masses[7] = 0.02  # both tokens of one word
    masses[-2] = masses[-1] = 0.1
    masses[0] = 1 - masses.sum(0)
    return masses


def _negative(side: int) -> np.ndarray:
    masses = np.zeros((4, side, side))
    masses[1, side // 2 :] = 0.2
    masses[2] = masses[3] = 0.1
    masses[0] = 1 - masses.sum(0)
    return masses


def _head() -> RecordedHead:
    steps = tuple(
        RecordedStep(
            step=step,
            sigma=4.0 - step,
            sigma_next=3.0 - step,
            timestep=9.0,
            seconds=0.1,
            calls=step,
            draws=0,
            guided=False,
        )
        for step in range(1, STEPS + 1)
    )
    one = RecordedPass(shape=(1, 4, 8, 8), sampler="euler", flow=False, end=1.0, steps=steps)
    return RecordedHead(version=WITH_WORDS, passes=(one,), fingerprint=(), pixels="0")
