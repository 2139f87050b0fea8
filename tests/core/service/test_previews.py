"""A model's picture: what came with it, a person's choice, what was made with it;
hostile files cost nothing."""

from __future__ import annotations

import base64
import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.making.runner import Runner
from core.service.model_previews import best_picture, own_preview, preview
from core.service.stores import Stores
from core.store.model_cards import Card
from core.store.thumbnails import Thumbnails
from core.system.paths import RESOURCES
from core.values.request import Request
from tests.core.models.files import layouts

STARTER = RESOURCES / "starter"


def picture(colour: str, kind: str = "PNG", size: tuple[int, int] = (300, 200)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def seen(data: bytes) -> tuple[int, int, int]:
    with Image.open(io.BytesIO(data)) as image:
        assert max(image.size) <= 256
        colour = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(colour, tuple)
    return colour[0], colour[1], colour[2]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return layouts.write(tmp_path / "dream.safetensors", layouts.SD1)


@pytest.mark.parametrize(
    ("ending", "kind"),
    [(".png", "PNG"), (".preview.png", "PNG"), (".jpg", "JPEG"), (".preview.webp", "WEBP")],
)
def test_a_picture_beside_the_file(model: Path, ending: str, kind: str) -> None:
    assert own_preview(model) == b""
    model.with_name(f"dream{ending}").write_bytes(picture("red", kind))
    red, green, _ = seen(own_preview(model))
    assert red > 240 and green < 20


def test_a_picture_in_a_folder_and_in_a_header(tmp_path: Path) -> None:
    folder = tmp_path / "pipe"
    folder.mkdir()
    (folder / "model_index.json").write_text("{}")
    (folder / "thumbnail.jpg").write_bytes(picture("lime", "JPEG"))
    assert seen(own_preview(folder))[1] > 240
    url = "data:image/png;base64," + base64.b64encode(picture("blue")).decode()
    told = layouts.write(
        tmp_path / "told.safetensors", layouts.SD1, metadata={"modelspec.thumbnail": url}
    )
    assert seen(own_preview(told))[2] > 240
    for odd in (
        "data:image/png;base64,@@@",
        "data:text/html;base64,AAAA",
        "http://127.0.0.1/x.png",
        "data:image/png;base64," + "A" * 99,
    ):
        assert (
            own_preview(
                layouts.write(
                    tmp_path / "odd.safetensors", layouts.SD1, metadata={"modelspec.thumbnail": odd}
                )
            )
            == b""
        )


def test_the_starter_and_its_adapter_ship_with_one() -> None:
    for path in (STARTER, next((STARTER / "loras").glob("*.safetensors"))):
        assert own_preview(path)
    files = list(STARTER.rglob("*.webp"))
    assert len(files) == 2 and all(file.stat().st_size <= 20_000 for file in files)


def test_hostile_files_are_passed_over(model: Path, tmp_path: Path) -> None:
    beside = model.with_name("dream.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(beside)
        assert own_preview(model) == b"", "a pipe is not waited for"
        beside.unlink()
        beside.symlink_to("/dev/zero")
        assert own_preview(model) == b""
        beside.unlink()
    beside.write_bytes(picture("red")[:60])
    assert own_preview(model) == b""
    beside.write_bytes(picture("red", size=(5000, 4000)))
    assert own_preview(model) == b"", "too many pixels for a small picture"
    beside.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * (25 * 2**20))
    assert own_preview(model) == b""


def test_a_choice_counts_first_then_the_files_own_then_what_was_made(
    stores: Stores, model: Path, tmp_path: Path
) -> None:
    thumbnails = Thumbnails(stores.places.thumbnails)
    with open_engine(EngineSpec(kind="fake", fake=FakeScript(step_seconds=0))) as engine:
        stores.jobs.add([Request("a", seed=seed, steps=1) for seed in (1, 2, 3)])
        runner = Runner(stores, engine)
        made = [
            outcome.picture
            for _ in range(3)
            if (outcome := runner.run_one(lambda _: None)) is not None
        ]
    assert all(made) and len(stores.gallery.made_with("Starter")) == 3

    def shown(chosen: str = "") -> bytes:
        return preview(stores, thumbnails, "starter", str(model), "Starter", chosen)

    first, last = made[0], made[2]
    assert first is not None and last is not None
    assert shown() == thumbnails.get(last), "the latest"
    stores.gallery.set_favourite([first.id], True)
    assert shown() == thumbnails.get(first), "a favourite before it"
    assert best_picture(stores, thumbnails, "another", "/x", "Starter") == b"", (
        "made with another model of that name"
    )
    stores.gallery.trash([first.id])
    assert shown() == thumbnails.get(last)
    model.with_name("dream.png").write_bytes(picture("red"))
    assert seen(shown())[0] > 240
    (stores.places.pictures / "mine.png").write_bytes(picture("blue"))
    (tmp_path / "far.png").write_bytes(picture("lime"))
    assert seen(shown("mine.png"))[2] > 240 and seen(shown(str(tmp_path / "far.png")))[1] > 240
    assert seen(shown("gone.png"))[0] > 240
    thumbnails.close()


def test_the_choice_is_kept_on_the_card(stores: Stores) -> None:
    stores.cards.put(replace(Card("/m/a"), picture="2026-01-01/0001-5.png"))
    stores.cards.note_use("/m/a", "f")
    assert stores.cards.get("/m/a").picture == "2026-01-01/0001-5.png"
