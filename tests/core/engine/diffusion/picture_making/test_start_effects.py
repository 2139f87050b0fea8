"""Each declared field of a start picture does something: alone, it makes another picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.system.paths import RESOURCES
from core.values.declared.parameter import parameters
from core.values.job import Job, ModelRef, StartFiles
from core.values.picture import Pixels
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import resolve
from tests.core.engine.diffusion import ldm_files
from tests.core.engine.diffusion.picture_making.pictures_in import MASK, SMALL, SOURCE, boxed, drawn

# of a masked picture of another shape, part of which is seen through
BASE = replace(
    SMALL.start, source=SOURCE, mask=MASK, strength=0.5, mask_blur=2.0, area="masked", padding=8
)
OTHER: dict[str, object] = {
    "strength": 0.9,
    "exact_steps": True,
    "background": "#203040",
    "mask_blur": 6.0,
    "mask_grow": 6,
    "mask_soft": True,
    "mask_content": "noise",
    "area": "whole",
    "padding": 24,
    "extend": (0, 0, 16, 0),
}
# what these do they do to other pictures than BASE
WITH: dict[str, tuple[StartPicture, object]] = {
    "fit": (replace(BASE, area="whole"), "stretch"),
    "frame": (replace(BASE, area="frame", frame=(0, 0, 64, 64)), (16, 8, 64, 64)),
}
# addresses, which an engine does not look at; and what instruct models alone are told
ELSEWHERE = {"source", "mask", "image_guidance"}

Picture = Callable[[StartPicture], Pixels]


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Picture]:
    folder = tmp_path_factory.mktemp("pictures")
    alpha = boxed(112, 88, (8, 8, 100, 80)) // 2 + 127
    Image.fromarray(np.dstack([drawn(112, 88), alpha])).save(folder / "source.png")
    mask = boxed(112, 88, (40, 24, 72, 56))
    mask[30:50, 46:60] = 150
    Image.fromarray(mask).save(folder / "mask.png")
    files = StartFiles(str(folder / "source.png"), str(folder / "mask.png"))
    tokenizer = RESOURCES / "starter" / "tokenizer"
    model = ModelRef(
        "tiny", "Tiny", "sd15", str(ldm_files.folder_of("smallest", folder / "tiny", tokenizer))
    )
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:

        def made(start: StartPicture) -> Pixels:
            request = resolve(replace(SMALL, steps=3, start=start))
            return engine.run(Job(request, model, start=files), lambda _: None).pixels

        yield made


@pytest.mark.parametrize(
    "name", [name for name in parameters(StartPicture) if name not in ELSEWHERE]
)
def test_it_makes_another_picture(picture: Picture, name: str) -> None:
    base, value = WITH.get(name) or (BASE, OTHER[name])
    changed = replace(base, **{name: value})  # type: ignore[arg-type]
    same = picture(changed) == picture(base)
    assert not same


def test_alpha_comes_back(picture: Picture) -> None:
    pixels = picture(BASE)
    assert pixels.alpha is not None
    alpha = np.frombuffer(pixels.alpha, np.uint8).reshape(pixels.height, pixels.width)
    assert np.array_equal(alpha, boxed(112, 88, (8, 8, 100, 80)) // 2 + 127)
