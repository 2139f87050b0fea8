"""How the trial of recipes comes to its pictures: a data folder with all models, drawings to start
from, and each way in which a picture comes into being."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.engine.contract.protocol import Engine, EngineSpec, OnEvent
from core.models.files.families import Family
from core.prompt.expand import expand
from core.prompt.styles.files import OWN, chosen_styles, styles_in
from core.prompt.styling import with_styles
from core.service.editing.opening import document_from_pixels
from core.service.editing.rasters import in_tiles
from core.service.editing.starting import HandedOver, handed_over, start_of
from core.service.live.maker import LiveMaker
from core.service.live.order import LiveOrder, LiveSettings
from core.service.live.request import kept_request
from core.service.making.runner import Runner
from core.service.remarks.canvas import resolved_hires
from core.service.starting.files import StartFilePaths, started_from_files
from core.service.starting.varying import vary_requests
from core.service.stores import Stores, open_stores
from core.store.sources.opening import mask_of, open_start_picture
from core.system.paths import places
from core.values.editing.document import Document, Mask
from core.values.editing.record import DocumentRecord
from core.values.job import MemoryOutcome
from core.values.request import CheckedRequest, Request
from core.values.request_parts.start_picture import StartPicture
from tests.bench import golden_recipes
from tests.soak.recipes.recreate_cases import WILDCARDS, Case

SIDE = 96  # pixels of a drawing
_FOLDER_OF = {
    "style": "loras",
    "hada": "loras",
    "taesd": "vae",
    "golden-word": "embeddings",
}


class CouldNotMake(Exception):
    """A case that came to no picture."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture's file, by the name of its case."""

    name: str
    path: Path


@contextmanager
def opened_data(work: Path, weights: str, mode: str) -> Iterator[Stores]:
    """The stores of a fresh data folder that has all models, and whose history says of each of them
    that it needed a memory `mode`, where that is not ""."""
    models = work / "models"
    golden_recipes.build(models)
    root = work / f"data-{weights}-{mode or 'resident'}"
    shutil.rmtree(root, ignore_errors=True)
    os.environ["CALOTYPE_DATA"] = str(root)
    where = places().create()
    _lay_models(models, where.models)
    where.wildcards.mkdir(parents=True, exist_ok=True)
    for name, lines in WILDCARDS.items():
        (where.wildcards / f"{name}.txt").write_text(lines, encoding="utf-8")
    stores = open_stores(where)
    try:
        stores.library.choose_prediction("sd15-v", "v")
        if mode:
            device = "cpu 8bit" if weights == "8bit" else "cpu"
            for entry in stores.library.entries():
                short = MemoryOutcome(device=device, mode=mode, pixels=1, free=2**60)
                stores.memory_history.record(entry.path, short, 8, 8)
        yield stores
    finally:
        stores.close()


def _lay_models(models: Path, folder: Path) -> None:
    """Models and what lies beside them, linked rather than copied."""
    for item in models.iterdir():
        if item.is_dir():
            shutil.copytree(item, folder / item.name, copy_function=os.link)
        elif beside := _FOLDER_OF.get(item.stem):
            (folder / beside).mkdir(parents=True, exist_ok=True)
            os.link(item, folder / beside / item.name)
    shutil.copytree(models / "sd15", folder / "sd15-v", copy_function=os.link)


class Making:
    """Makes cases with an engine, into the gallery of its stores."""

    def __init__(self, stores: Stores, engine: Engine, on_event: OnEvent) -> None:
        self._stores = stores
        self._engine = engine
        self._runner = Runner(stores, engine)
        self._on_event = on_event
        self._routes = {
            "queue": self._asked,
            "document": self._of_document,
            "live": self._of_live,
            "vary": self._of_variation,
        }

    def made(self, name: str, case: Case) -> list[Made]:
        """The files of a case's pictures. Raises CouldNotMake, or KnownError."""
        found: list[Made] = []
        for request in self._routes[case.route](case):
            for path in self._rendered(request, case.kind):
                found.append(Made(name, path))
        return found

    def _rendered(self, request: CheckedRequest, kind: str) -> Iterator[Path]:
        self._runner.picture_format = kind
        for _ in self._stores.jobs.add(expand(request)):
            outcome = self._runner.run_one(self._on_event)
            if outcome is None or outcome.picture is None:
                said = "nothing waits" if outcome is None else f"{outcome.message} {outcome.hint}"
                raise CouldNotMake(said)
            yield Path(outcome.picture.path)

    def _asked(self, case: Case) -> tuple[CheckedRequest, ...]:
        """As the command line does it: its files kept, its words with styles, its sizes settled."""
        request = Request(**case.values, start=StartPicture(**case.start))
        texts = with_styles(
            request.prompt, request.negative_prompt, chosen_styles(styles_in(OWN), case.styles)
        )
        request = replace(request, prompt=texts[0], negative_prompt=texts[1])
        row = self._row_of(request)
        if case.source:
            mask = self._drawing(case.mask) if case.mask else None
            files = StartFilePaths(self._drawing(case.source), mask)
            request = started_from_files(self._stores, request, files, row, has_size=False).request
        return (resolved_hires(request, row)[0].check(),)

    def _row_of(self, request: Request) -> Family:
        loras = tuple(lora.id for lora in request.loras)
        return self._stores.library.family_row_for(self._stores.library.find(request.model), loras)

    def _document(self, case: Case) -> tuple[DocumentRecord, Document, dict[str, bytes]]:
        """One with the drawing, the mask and, in `start`, the frame of a case."""
        opened = open_start_picture(self._drawing(case.source))
        new = document_from_pixels(opened, case.source, Request(**case.values))
        document, tiles = new.document, dict(new.tiles)
        values = dict(case.start)
        if frame := values.pop("frame", None):
            document = replace(document, frame=frame)
        if case.mask:
            mask = mask_of(open_start_picture(self._drawing(case.mask)))
            rows = np.frombuffer(mask.data, np.uint8).reshape(mask.height, mask.width)
            raster, more = in_tiles(rows)
            tiles |= more
            document = replace(
                document, masks=(Mask(2, "Mask 1", raster),), active_mask=2, next_id=3
            )
        asked = replace(new.record.request, start=StartPicture(**values))
        return replace(new.record, request=asked, random_seed=False), document, tiles

    def _of_document(self, case: Case) -> tuple[CheckedRequest, ...]:
        record, document, tiles = self._document(case)
        return (start_of(self._stores, record, document, tiles.__getitem__).request,)

    def _of_live(self, case: Case) -> tuple[CheckedRequest, ...]:
        """What a live picture is kept by: its request for the queue."""
        record, document, tiles = self._document(case)

        def given(row: Family) -> HandedOver:
            return handed_over(record, document, tiles.__getitem__, row)

        maker = LiveMaker(self._stores, self._engine, EngineSpec(device="cpu"))
        order = LiveOrder(1, record.request.model, LiveSettings(seed=5), given)
        picture = maker.make(order, self._on_event)
        if picture is None:
            raise CouldNotMake("there was no live picture")
        return (kept_request(self._stores, picture),)

    def _of_variation(self, case: Case) -> tuple[CheckedRequest, ...]:
        """Two of a picture of ours, or of a foreign one where the case names a source."""
        if case.source:
            origin = self._drawing(case.source)
        else:
            (origin,) = self._rendered(self._asked(case)[0], case.kind)
        return vary_requests(self._stores, origin, count=2, seed=21).requests

    def _drawing(self, name: str) -> Path:
        """The file of a drawing, always the same."""
        path = self._stores.places.root / "drawings" / f"{name}.png"
        if not path.is_file():
            path.parent.mkdir(exist_ok=True)
            _DRAWINGS[name]().save(path)
        return path


def _photo(width: int = SIDE) -> Image.Image:
    """Smooth colours with grain."""
    across = np.linspace(0, 200, width)[None, :, None]
    down = np.linspace(0, 60, SIDE)[:, None, None]
    grain = np.random.default_rng(4).integers(0, 40, (SIDE, width, 3))
    rows = (across * [1.0, 0.5, 0.2] + down + grain).clip(0, 255)
    return Image.fromarray(rows.astype(np.uint8))


def _clear() -> Image.Image:
    picture = _photo()
    picture.putalpha(_half().point(lambda value: 255 - value))
    return picture


def _half() -> Image.Image:
    mask = Image.new("L", (SIDE, SIDE))
    mask.paste(255, (SIDE // 4, SIDE // 3, SIDE - 8, SIDE - 16))
    return mask


def _soft() -> Image.Image:
    return Image.linear_gradient("L").resize((SIDE, SIDE))


_DRAWINGS = {
    "photo": _photo,
    "wide": lambda: _photo(160),
    "clear": _clear,
    "half": _half,
    "soft": _soft,
}
