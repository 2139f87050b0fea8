"""Recipes with damage in them: by a number, so that one that a reader falls over can be had
again."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Mapping
from typing import Any

JUNK: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**64,
    2**70,
    10**400,
    1e308,
    -0.5,
    float("nan"),
    float("inf"),
    "",
    " ",
    "x" * 3000,
    "1e999",
    "\\ud800",
    "\x00",
    "(" * 400,
    "{" * 400,
    "a, b: c",
    [],
    {},
    [[]],
    [None, 0],
    ["1", 0],
    ["5", 10**30],
    ["99", -1],
    {"lora": 3, "on": True},
    {"content": []},
    "NaN",
    "0x" + "f" * 80,
    "..\\..\\x",
    "//host/share/x",
)


def mutated(texts: Mapping[str, str], number: int) -> dict[str, str]:
    """The texts with some things of them changed."""
    draw = random.Random(number)
    return {key: _changed(text, draw) for key, text in texts.items() if draw.random() > 0.05}


def _changed(text: str, draw: random.Random) -> str:
    if draw.random() < 0.85:
        try:
            value = json.loads(text)
        except ValueError:
            return _scrambled(text, draw)
        for _ in range(draw.choice((1, 1, 2, 4, 12))):
            value = _within(value, draw, inner=draw.random() < 0.02)
        return json.dumps(value)
    return _scrambled(text, draw)


def _within(value: Any, draw: random.Random, *, inner: bool = True) -> Any:
    """One place of a value, however deep, is other now, or gone, or is there twice."""
    if isinstance(value, str) and value.startswith("{") and draw.random() < 0.5:
        return _changed(value, draw)
    if not isinstance(value, dict | list) or not value or (inner and draw.random() < 0.15):
        return copy.deepcopy(draw.choice(JUNK))
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw.choice(keys)
    other = draw.choice(keys)
    match draw.randrange(6):
        case 0:
            del value[key]
        case 1:
            value[key] = copy.deepcopy(value[other])
        case 2 if isinstance(value, dict):
            value[str(draw.choice(JUNK))[:50]] = value.pop(key)
        case _:
            value[key] = _within(value[key], draw)
    return value


def _scrambled(text: str, draw: random.Random) -> str:
    for _ in range(draw.choice((1, 3, 20))):
        at = draw.randrange(len(text) + 1)
        end = min(at + draw.choice((0, 1, 1, 5, 60)), len(text))
        put = draw.choice(
            ("", "", "\n", ",", ":", '"', "(", "++", "\\", "\0", "Steps: 3, ", text[:40])
        )
        text = text[:at] + put + text[end:]
    return text
