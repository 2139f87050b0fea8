"""What tests of live painting paint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.models.files.families import Family
from core.service.editing.starting import HandedOver
from core.service.live.order import LiveOrder, LiveSettings
from core.store.sources.opened_picture import OpenedPicture
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

SIDE = 64
ASKED = Request(
    prompt="a red house on snow",
    steps=20,
    width=SIDE,
    height=SIDE,
    document="d" * 32,
    start=StartPicture(fit="source", strength=0.5),
)
Given = Callable[[Family], HandedOver]


def painted(stroke: int, request: Request = ASKED, side: int = SIDE) -> HandedOver:
    """A document after so many strokes, each a little lower."""
    rows = np.full((side, side, 3), 200, np.uint8)
    rows[: stroke + 1, 8 : side - 8] = (180, 40, 30)
    source = OpenedPicture(side, side, "RGB", rows.tobytes())
    return HandedOver(request=request, place=(0, 0, side, side), source=source)


def strokes(stroke: int) -> Given:
    return lambda _: painted(stroke)


def order(stroke: int, session: int = 1, **settings: object) -> LiveOrder:
    chosen = replace(LiveSettings(seed=7), **settings)  # type: ignore[arg-type]
    return LiveOrder(session, "starter", chosen, strokes(stroke))
