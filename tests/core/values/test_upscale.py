"""What is asked of upscaling: its limits, and the size that comes out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.system.errors import InvalidRequest
from core.system.json import dumps, loads
from core.values.request import Request
from core.values.request_parts.upscale import Upscale, upscaled_size

ADDRESS = "5e" * 32


def test_sizes_are_rounded_and_end_at_what_our_reader_opens() -> None:
    assert upscaled_size((333, 1), 1.5) == (500, 2)
    assert upscaled_size((4096, 4096), 2) == (8192, 8192)
    for size, scale in (((4097, 10), 2.0), ((1, 2000), 8.0)):
        with pytest.raises(InvalidRequest, match="more than 8192 a side"):
            upscaled_size(size, scale)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": 0.5},
        {"scale": 9.0},
        {"scale": float("nan")},
        {"source": "../picture.png"},
        {"upscaler": ""},
        {"refine": 1.5},
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(wrong: dict[str, object]) -> None:
    asked = replace(Upscale(source=ADDRESS), **wrong)
    with pytest.raises(InvalidRequest) as refused:
        Request(upscale=asked).check()
    assert refused.value.field == "upscale" and refused.value.hint


def test_a_stored_request_of_before_has_none_and_one_of_now_comes_back() -> None:
    before = dumps(Request(seed=3)).replace(dumps(Upscale()), "{}")
    assert loads(Request, before).upscale == Upscale()
    asked = Request(upscale=Upscale(ADDRESS, 1.5, "4x", bare=True))
    assert loads(Request, dumps(asked)) == asked
    assert asked.upscale.only_enlarges
    assert not replace(asked.upscale, refine=0.3).only_enlarges
