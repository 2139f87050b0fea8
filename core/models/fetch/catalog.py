"""The curated list of models in resources/catalog.toml, and whether each would fit this machine
before it is downloaded."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from core.models.files.families import FAMILIES, Family, for_distilled
from core.models.files.fit import Fit, Needs, fit
from core.models.library.registry import FOLDERS
from core.system.paths import RESOURCES
from core.system.regular_files import read_limited
from core.values.device import MemoryMode
from core.values.model import ModelKind

CATALOG = RESOURCES / "catalog.toml"
MAX_BYTES = 2**20
# Parameters of each family's parts, counted from resources/families (a test counts again).
NEEDS = {
    "sd15": Needs(859_520_964, 83_653_863, 123_060_480),
    "sd21": Needs(865_910_724, 83_653_863, 340_387_840),
    "sdxl": Needs(2_567_463_684, 83_653_863, 817_720_320),
    "sdxl-refiner": Needs(2_259_526_660, 83_653_863, 694_659_840, 384),
}
# A guided step at the family's size, in twentieths of a picture of the starter at 256 px and 20
# steps. For 1.5 measured on two cores (12.5 s against 0.105 s), for the others by their arithmetic:
# 2.7, 8.4 and 9.1 times that of 1.5 (torch's flop counter).
COSTS = {"sd15": 120.0, "sd21": 320.0, "sdxl": 1010.0, "sdxl-refiner": 1090.0}


@dataclass(frozen=True, slots=True)
class Offer:
    """A model of the catalogue; see the file's head for what each field says."""

    name: str
    kind: ModelKind
    family: str
    repo: str
    gigabytes: float
    licence: str
    about: str
    file: str = ""
    distilled: str = ""

    @property
    def family_label(self) -> str:
        """Its family's name for people; "" for what suits all."""
        return FAMILIES[self.family].label if self.family else ""

    @property
    def row(self) -> Family:
        """Its family's defaults, with those of its distilled kind."""
        return for_distilled(FAMILIES[self.family], self.distilled, self.name)


def offers(path: Path = CATALOG) -> tuple[Offer, ...]:
    """The catalogue in its order. Raises ValueError for a row with a field or a kind that is
    unknown, KeyError or TypeError for one that lacks a field (a test reads the one that ships)."""
    rows = cast(
        "list[dict[str, Any]]", tomllib.loads(read_limited(path, MAX_BYTES).decode())["model"]
    )
    known = {field.name for field in fields(Offer)}
    for row in rows:
        if unknown := set(row) - known:
            raise ValueError(f"{row.get('name')}: unknown {', '.join(sorted(unknown))}")
        families = ("",) if row["kind"] == ModelKind.UPSCALER else NEEDS
        if row["family"] not in families or row["kind"] not in FOLDERS:
            raise ValueError(f"{row.get('name')}: unknown family or kind")
        row["kind"] = ModelKind(row["kind"])
    return tuple(Offer(**row) for row in rows)


def fit_of_offer(
    offer: Offer,
    available: int,
    modes: tuple[MemoryMode, ...],
    *,
    half: bool,
    starter_step: float | None,
) -> Fit:
    """Whether a picture of its family's size would fit into `available` bytes; `starter_step` is
    this processor's time for a twentieth of a starter's picture, in seconds, as `COSTS` counts.

    What is no model of its own (an upscaler, say) fits wherever its family does.
    """
    if not offer.family:
        return Fit(
            fits=True,
            mode="",
            peak_bytes=round(offer.gigabytes * 1e9),
            available_bytes=available,
            seconds_estimate=None,
        )
    row = offer.row
    width, height = row.sizes[0]
    predicted = fit(NEEDS[offer.family], width, height, available, modes, half=half)
    native = FAMILIES[offer.family].sizes[0]
    share = width * height / (native[0] * native[1])
    guided = 1.0 if row.guidance > 1 else 0.5  # without guidance one call a step instead of two
    seconds = None
    if starter_step:
        seconds = starter_step * COSTS[offer.family] * share * guided * row.steps
    return Fit(
        fits=predicted.fits,
        mode=predicted.mode,
        peak_bytes=predicted.peak_bytes,
        available_bytes=predicted.available_bytes,
        seconds_estimate=seconds,
    )
