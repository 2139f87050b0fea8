"""Live pictures: how they are made, that nothing of them is stored, and what keeping and refining
one makes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.prompt.expand import expand
from core.service.editing.starting import HandedOver
from core.service.live.maker import LiveMaker
from core.service.live.order import LiveOrder, LiveSettings, TooSlow
from core.service.live.request import close_up, kept_request, pixels_of, refined_request
from core.service.live.way import live_way
from core.service.making.prepared import prepared
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.values.events import Event
from core.values.job import MemoryOutcome
from core.values.lora import Lora
from core.values.request import Request
from tests.core.service.editing.pictures import noise
from tests.core.service.live.painted import ASKED, SIDE, order, painted

HERE = EngineSpec(device="cpu", previews=False)


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with open_engine(HERE) as opened:
        assert isinstance(opened, DiffusionEngine)
        yield opened


def silent(event: Event) -> None:
    pass


def files_in(stores: Stores) -> set[Path]:
    return {path for path in stores.places.root.rglob("*") if path.is_file()}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_live_picture_is_made_in_few_steps_and_leaves_nothing(
    stores: Stores, engine: DiffusionEngine
) -> None:
    maker = LiveMaker(stores, engine, HERE)
    stores.library.entries()  # which keeps what it finds
    stores.library.extras()
    before = {path: _digest(path) for path in files_in(stores)}
    first = maker.make(order(1), silent)
    assert first is not None and (first.pixels.width, first.pixels.height) == (SIDE, SIDE)
    request = first.request
    assert (request.steps, request.guidance, request.sampler, request.seed) == (4, 1.0, "lcm", 7)
    assert request.loras == (Lora("starter-4-steps"),) == (first.way.companion,)
    assert request.start.strength == 0.6 and ASKED.start.strength == 0.5, "the form keeps its own"
    assert maker.make(order(1), silent) is None, "nothing changed"
    other = maker.make(order(9, steps=2, strength=1.0), silent)
    assert other is not None and other.pixels != first.pixels and other.request.steps == 2
    assert maker.make(order(9, session=2, steps=2, strength=1.0), silent) is not None
    assert not stores.jobs.recent() and not stores.gallery.ids()
    assert stores.sources.usage().count == 0 and files_in(stores) <= before.keys()
    kept = (stores.places.database, *stores.places.root.glob("models-index*"))
    written = [path.name for path in kept if _digest(path) != before[path]]
    assert not written, "not a byte was to be written"


def test_a_kept_one_is_the_same_picture_with_recipe_and_lineage(
    stores: Stores, engine: DiffusionEngine
) -> None:
    parent = replace(ASKED, parent="a" * 64)
    asked = LiveOrder(1, "starter", LiveSettings(seed=3), lambda _: painted(5, parent))
    live = LiveMaker(stores, engine, HERE).make(asked, silent)
    assert live is not None
    stores.jobs.add(expand(kept_request(stores, live)))
    outcome = Runner(stores, engine).run_one(silent)
    assert outcome is not None and outcome.picture is not None
    kept = outcome.picture
    assert kept.sha256 == live.pixels.sha256
    assert (kept.request.document, kept.request.parent) == ("d" * 32, "a" * 64)
    assert kept.request.start.source and stores.sources.path_of(kept.request.start.source).is_file()


def test_what_is_refined_starts_from_the_live_picture_with_the_values_of_the_form(
    stores: Stores, engine: DiffusionEngine
) -> None:
    extended = replace(ASKED, start=replace(ASKED.start, extend=(0, 0, 16, 8), mask_blur=0.0))
    mask = OpenedPicture(SIDE, SIDE, "L", noise(SIDE, SIDE, 1).tobytes())
    given = replace(painted(3, extended), mask=mask)
    asked = LiveOrder(1, "starter", LiveSettings(), lambda _: given)
    live = LiveMaker(stores, engine, HERE).make(asked, silent)
    assert live is not None and live.pixels.width == SIDE + 16
    request = refined_request(stores, live)
    assert (request.steps, request.guidance, request.loras) == (20, ASKED.guidance, ())
    assert request.start.strength == 0.5 and not request.start.is_extended
    mask_of_result = _kept(stores, request.start.mask)
    assert (mask_of_result[:, SIDE:] == 255).all() and (mask_of_result[SIDE:] == 255).all()
    assert mask_of_result[:SIDE, :SIDE].tobytes() == mask.data
    assert _kept(stores, request.start.source).tobytes() == live.pixels.rgb


def _kept(stores: Stores, address: str) -> np.ndarray:
    with Image.open(stores.sources.path_of(address)) as image:
        return np.array(image)


def spot(side: int, left: int, top: int) -> OpenedPicture:
    mask = np.zeros((side, side), np.uint8)
    mask[top : top + 40, left : left + 24] = 255
    return OpenedPicture(side, side, "L", mask.tobytes())


@pytest.mark.parametrize(
    ("start", "mask", "near"),
    [
        ({"area": "frame", "frame": (100, 120, 64, 64)}, None, (36, 56, 192, 192)),
        ({"area": "masked", "padding": 8}, spot(320, 150, 140), (54, 52, 216, 216)),
        ({"area": "masked", "padding": 8}, spot(320, 290, 4), (168, 0, 152, 152)),
    ],
)
def test_only_what_the_engine_looks_at_is_handed_over_and_nothing_comes_out_otherwise(
    stores: Stores,
    engine: DiffusionEngine,
    start: dict[str, object],
    mask: OpenedPicture | None,
    near: tuple[int, int, int, int],
) -> None:
    rows = noise(320, 320, 3)
    whole = HandedOver(
        request=replace(ASKED, start=replace(ASKED.start, **start)),
        place=(10, 20, 320, 320),
        source=OpenedPicture(320, 320, "RGB", rows.tobytes()),
        mask=mask,
    )
    close = close_up(whole)
    left, top, side, _ = near
    assert close.place == (10 + left, 20 + top, side, side) and close.source is not None
    assert close.source.data == rows[top : top + side, left : left + side].tobytes()
    maker = LiveMaker(stores, engine, HERE)
    live = maker.make(LiveOrder(1, "starter", LiveSettings(seed=1), lambda _: whole), silent)
    assert live is not None
    frame = whole.request.start.frame
    request = replace(live.request, start=replace(live.request.start, frame=frame))
    _, job = prepared(stores, request, pixels_of(whole))
    made = _rows(engine.run(job, silent).pixels.rgb, 320)
    part = made[top : top + side, left : left + side]
    assert np.array_equal(part, _rows(live.pixels.rgb, side))
    assert not np.array_equal(part, rows[top : top + side, left : left + side])
    part[:] = rows[top : top + side, left : left + side]
    assert np.array_equal(made, rows), "beside it nothing was changed"


def _rows(data: bytes, side: int) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(side, side, 3).copy()


def test_live_pauses_where_a_picture_would_take_too_long(
    stores: Stores, engine: DiffusionEngine
) -> None:
    """As the machine's own pictures tell, until live pictures tell themselves."""
    maker = LiveMaker(stores, engine, HERE)
    assert maker.make(order(1), silent) and maker.make(order(2), silent)
    entry = stores.library.find("starter")
    slow = MemoryOutcome("cpu", "resident", 256 * 256, seconds=400.0)
    for _ in range(3):
        stores.memory_history.record(entry.path, slow, 256, 256, work=50e9)
    assert maker.make(order(3), silent), "its own pictures were quick"
    with pytest.raises(TooSlow, match="64 x 64 pixels in 4 steps") as refused:
        maker.make(order(1, session=2), silent)
    assert "smaller frame" in refused.value.hint


def test_the_way_is_the_models_own_or_that_of_a_lora(stores: Stores) -> None:
    library = stores.library
    entry = library.find("starter")
    assert live_way(library, entry, Request()).companion == Lora("starter-4-steps")
    named = Request(prompt="a fox <lora:starter-4-steps:0.9>")
    assert live_way(library, entry, named).companion is None, "the form has it already"
    turbo = replace(entry, distilled="turbo", name="turbo")
    own = live_way(library, turbo, Request())
    assert own.companion is None and own.is_found and own.row.steps == 4
    other = replace(entry, family="sd15")
    without = live_way(library, other, Request())
    assert not without.is_found and without.row.steps == 8, "no LoRA of its family is here"
