"""The library as the Models room shows it, the catalogue, and what is noted about a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.models.fetch.catalog import COSTS, NEEDS, fit_of_offer, offers
from core.models.fetch.hub import address_of
from core.models.files.families import FAMILIES, Defaults
from core.models.library.fingerprint import content_hash
from core.service.library_overview import (
    LibraryItem,
    duplicates,
    filtered,
    library_items,
    with_card,
)
from core.service.stores import Stores
from core.store.model_cards import Card
from core.system.paths import RESOURCES, Places
from core.values.device import MemoryMode
from core.values.model import ModelKind
from tests.core.models.files import layouts

GIB = 2**30


@pytest.fixture
def library(stores: Stores, where: Places) -> tuple[LibraryItem, ...]:
    for name, shapes in {
        "dream": layouts.SD1,
        "large": layouts.XL,
        "loras/ink": layouts.kohya(layouts.ATTENTION, 768),
    }.items():
        (where.models / name).parent.mkdir(parents=True, exist_ok=True)
        layouts.write(where.models / f"{name}.safetensors", shapes)
    return library_items(stores, "cuda", 6 * GIB)


def test_what_fits_and_what_a_search_finds(library: tuple[LibraryItem, ...]) -> None:
    fits = {one.entry.name: one.fits for one in library}
    assert (
        fits["Starter"] == "yes"
        and fits["dream"] == "yes"
        and fits["large"] == "slow"
        and fits["ink"] == ""
    )
    assert next(one.entry.name for one in filtered(library)) == "Starter"
    assert [one.entry.name for one in filtered(library, "XL")] == ["large"]
    assert [one.entry.name for one in filtered(library, "1.x", ModelKind.LORA)] == ["ink"]
    assert (
        next(one.entry.name for one in filtered(library, order="size"))
        == max(library, key=lambda one: one.entry.bytes).entry.name
    )
    rated = [
        with_card(one, replace(one.card, rating=5 if one.entry.name == "ink" else 0))
        for one in library
    ]
    assert filtered(rated, order="rating")[0].entry.name == "ink"
    assert filtered(library, "no such words") == []


def test_twins_are_found_by_their_weights(
    stores: Stores, where: Places, library: tuple[LibraryItem, ...]
) -> None:
    copy = layouts.write(where.models / "dream copy.safetensors", layouts.SD1)
    by_path = {one.entry.path: one for one in library_items(stores)}
    assert duplicates(by_path[str(copy)], by_path.values()) == [
        str(where.models / "dream.safetensors")
    ]
    assert duplicates(by_path[str(where.models / "large.safetensors")], by_path.values()) == []


def test_cards_keep_what_a_person_noted(stores: Stores) -> None:
    stores.cards.put(Card("/m/a.safetensors", notes="x" * 30_000, tags=("a", "b"), rating=9))
    card = stores.cards.get("/m/a.safetensors")
    assert len(card.notes) == 20_000 and card.tags == ("a", "b") and card.rating == 5
    stores.cards.note_use("/m/a.safetensors")
    stores.cards.note_use("/m/b.safetensors")
    assert (
        stores.cards.get("/m/a.safetensors").used > 0
        and stores.cards.get("/m/a.safetensors").rating == 5
    )
    stores.cards.moved("/m/a.safetensors", "/n/a.safetensors")
    assert set(stores.cards.all()) == {"/n/a.safetensors", "/m/b.safetensors"}


def test_the_catalogue_that_ships_makes_sense(tmp_path: Path) -> None:
    found = offers()
    assert len(found) >= 15 and len({one.name for one in found}) == len(found)
    for one in found:
        assert address_of(one.repo, "https://hub.example").repo == one.repo
        assert 0.005 < one.gigabytes < 20 and one.licence and one.about.endswith(".")
        assert (one.family in FAMILIES and one.family in NEEDS and one.family in COSTS) or (
            one.kind,
            one.family,
        ) == ("upscaler", "")
        assert fit_of_offer(one, 2**40, tuple(MemoryMode), half=False, starter_step=None).fits
        assert not one.file or one.file.endswith(".safetensors")
    for row in (
        'name = "x"\nkind = "engine"\nfamily = "sd15"',
        'name = "x"\nkind = "lora"\nfamily = "sd15"\nsurprise = 1',
    ):
        (tmp_path / "c.toml").write_text(f"[[model]]\n{row}\n")
        with pytest.raises(ValueError, match="unknown"):
            offers(tmp_path / "c.toml")


def test_offers_are_judged_before_the_download() -> None:
    by_name = {one.name: one for one in offers()}
    classic = fit_of_offer(
        by_name["Stable Diffusion 1.5"],
        16 * GIB,
        MemoryMode.on("cpu"),
        half=False,
        starter_step=0.1,
    )
    assert classic.fits and classic.seconds_estimate == pytest.approx(0.1 * COSTS["sd15"] * 20)
    turbo = fit_of_offer(
        by_name["SD Turbo"], 16 * GIB, MemoryMode.on("cpu"), half=False, starter_step=0.1
    )
    assert (
        turbo.seconds_estimate is not None and turbo.seconds_estimate < classic.seconds_estimate / 3
    )
    large = fit_of_offer(
        by_name["Stable Diffusion XL base"],
        2 * GIB,
        tuple(MemoryMode),
        half=True,
        starter_step=None,
    )
    assert large.mode in ("layers", "") and large.seconds_estimate is None


def test_a_model_begins_with_the_defaults_a_person_gave_it(
    stores: Stores, library: tuple[LibraryItem, ...]
) -> None:
    entry = stores.library.find("dream.safetensors")
    assert entry.family_row.steps == 20
    mine = Defaults(640, 512, 33, 5.5, "euler", "simple")
    stores.cards.put(Card(entry.path, defaults=mine))
    row = stores.library.find("dream.safetensors").family_row
    assert (row.sizes[0], row.steps, row.guidance, row.sampler, row.schedule) == (
        (640, 512),
        33,
        5.5,
        "euler",
        "simple",
    )
    assert stores.library.start_entries("dream.safetensors")[1].family_row == row
    assert stores.library.find("large.safetensors").family_row.steps == 30


def test_a_file_that_moved_keeps_its_card(
    stores: Stores, where: Places, library: tuple[LibraryItem, ...], tmp_path: Path
) -> None:
    old, new = where.models / "dream.safetensors", where.models / "renamed.safetensors"
    stores.cards.put(Card(str(old), notes="the good one", rating=4))
    stores.cards.note_use(str(old), content_hash(str(old)))
    old.rename(new)
    found = {one.entry.name: one.card for one in library_items(stores)}
    assert found["renamed"].notes == "the good one" and found["renamed"].rating == 4
    assert str(old) not in stores.cards.all()


@pytest.mark.parametrize("family", sorted(NEEDS))
def test_what_the_catalogue_says_of_sizes_is_counted(family: str) -> None:
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    def config(part: str) -> dict[str, Any]:
        return json.loads((RESOURCES / "families" / family / part / "config.json").read_text())

    def count(network: torch.nn.Module) -> int:
        return sum(parameter.numel() for parameter in network.parameters())

    with torch.device("meta"):
        unet, vae = (
            UNet2DConditionModel.from_config(config("unet")),
            AutoencoderKL.from_config(config("vae")),
        )
        texts = [
            (CLIPTextModelWithProjection if part.endswith("2") else CLIPTextModel)(
                CLIPTextConfig(**config(part))
            )
            for part in ("text_encoder", "text_encoder_2")
            if (RESOURCES / "families" / family / part).is_dir()
        ]
    needs = NEEDS[family]
    assert (needs.denoiser, needs.decoder, needs.text) == (
        count(unet),
        count(vae),
        sum(map(count, texts)),
    )
    assert needs.denoiser_channels == config("unet")["block_out_channels"][0]
