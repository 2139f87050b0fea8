"""What guidance leads away from, how both guesses differ, and how far a model's colours go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.service.insight.guiding.against import Against, against
from core.service.insight.guiding.own_span import (
    OwnPictures,
    Span,
    leaves_at,
    own_pictures,
    own_span,
    saturation_of,
    span_of,
)
from core.service.insight.guiding.signed_difference import MIDDLE, signed_difference
from core.service.stores import Stores
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.resolved_request import resolve


def test_the_other_guess_is_named_for_what_it_is() -> None:
    plain = Request("a house", guidance=5.0)
    assert against(plain, [0.1], 1) is Against.EMPTY
    assert against(replace(plain, negative_prompt=" fog"), [0.1], 1) is Against.NEGATIVE
    assert against(replace(plain, negative_prompt="  "), [0.1], 1) is Against.EMPTY
    assert against(replace(plain, guidance=1.0), [None], 1) is Against.SCALE_ONE
    assert against(plain, [None, 0.1], 1) is Against.RESTS
    late = replace(plain, guidance_from=0.5, guidance_until=0.5)
    assert against(late, [None, None], 2) is Against.RESTS
    assert against(plain, [None, None], 2) is Against.TOLD


def test_a_difference_has_its_sign_and_as_much_of_it_as_has_room() -> None:
    first = np.full((10, 10, 3), 100, np.uint8)
    second = first.copy()
    second[:5, :, 0] = 90
    second[5:, :, 2] = 120
    found = signed_difference(*(Pixels(10, 10, rows.tobytes()) for rows in (first, second)))
    assert found is not None
    pixels, gain = found
    rows = np.frombuffer(pixels.rgb, np.uint8).reshape(10, 10, 3)
    assert gain == 4  # 20 * 8 has no room beside 128
    assert rows[0, 0].tolist() == [MIDDLE + 40, MIDDLE, MIDDLE]
    assert rows[9, 9].tolist() == [MIDDLE, MIDDLE, MIDDLE - 80]
    same = Pixels(10, 10, first.tobytes())
    assert signed_difference(same, same) == (Pixels(10, 10, bytes([MIDDLE]) * 300), 32)
    assert signed_difference(same, replace(same, width=5, height=20)) is None


def test_a_span_leaves_out_the_outermost_and_says_where_a_row_leaves_it() -> None:
    values = [0.1, *([0.3] * 9), *([0.4] * 9), 0.9]
    own = OwnPictures(7.0, 20, ())
    span = span_of(own, values)
    assert (span.guidance, span.steps, span.count) == (7.0, 20, 20)
    assert span.low == pytest.approx(0.29) and span.high == pytest.approx(0.425)
    assert span_of(own, values[:7]) == Span(7.0, 20, 7)
    assert leaves_at([0.1, 0.2, 0.35, 0.5, 0.6], span) == (1, 3)
    assert leaves_at([0.35, 0.6, 0.35], span) == (None, None), "it came back"
    assert leaves_at([0.1, 0.2], span) == (1, None)
    assert leaves_at([0.1], Span(7.0, 20, 3)) == (None, None) == leaves_at([], span)


def test_a_models_own_pictures_are_plain_ones_at_its_usual_guidance(stores: Stores) -> None:
    entry = stores.library.find("starter")
    usual = entry.family_row
    plain = Request("a house", model=entry.id, guidance=usual.guidance, steps=usual.steps)

    def put(seed: int, **changes: object) -> Path:
        path: Path = stores.places.pictures / f"{len(list(stores.places.pictures.iterdir()))}.png"
        Image.new("RGB", (12, 8), (200, 100 + seed, 100)).save(path)
        recipe = Recipe(replace(plain, seed=seed, **changes), model_name=entry.name)
        return Path(stores.gallery.record(path, recipe, 12, 8).path)

    own = [put(seed) for seed in range(8)]
    put(0)  # the same once more
    put(9, guidance=usual.guidance + 5)
    put(10, steps=1)
    request = resolve(Request("a cat", model=entry.id, seed=1))
    found = own_pictures(stores, request)
    assert found.guidance == usual.guidance and len(found.paths) == 8
    assert set(own[1:]) < set(found.paths)
    assert saturation_of(own[1]) == 0.5
    own[1].write_bytes(b"no picture")
    assert saturation_of(own[1]) is None
    assert own_span(stores, request).count == 7
