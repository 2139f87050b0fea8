"""Whether a picture fits into memory, from headers alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.files.fit import Needs, fit, needs_of, peak_bytes, predicted
from core.service import time_prediction
from core.service.fit_prediction import fit_on_device
from core.service.stores import open_stores
from core.system.errors import InvalidRequest, ModelMissing
from core.system.paths import RESOURCES, Places
from core.values.device import MemoryMode
from core.values.job import MemoryOutcome
from core.values.picture import Picture
from core.values.request import Request
from tests.core.models.files import layouts

GIB = 2**30
SD15 = Needs(859_520_964, 83_653_863, 123_060_480)
XL = Needs(2_567_463_684, 83_653_863, 817_720_320)


def test_needs_are_counted_from_headers(tmp_path: Path) -> None:
    starter = needs_of(RESOURCES / "starter")
    assert starter.denoiser > 10 * starter.text > 0 and starter.denoiser_channels < 320
    path = layouts.write(
        tmp_path / "sd15.safetensors", layouts.ldm_unet(768) | layouts.VAE | layouts.CLIP
    )
    needs = needs_of(path)
    assert (
        needs.denoiser > 0
        and needs.decoder > 0
        and needs.text > 0
        and (needs.denoiser_channels, needs.decoder_channels) == (320, 128)
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelMissing, match="no denoiser"):
        needs_of(tmp_path / "empty")


def test_each_rung_needs_less_and_larger_pictures_need_more() -> None:
    for needs in (SD15, XL):
        for half in (True, False):
            peaks = [peak_bytes(needs, 1024, 1024, mode, half=half) for mode in tuple(MemoryMode)]
            assert peaks == sorted(peaks, reverse=True) and len(set(peaks)) == 4
            assert peak_bytes(needs, 512, 512, MemoryMode.RESIDENT, half=half) < peaks[0]


def test_activations_are_near_what_was_measured_and_half_with_one_branch_after_the_other() -> None:
    """Of Stable Diffusion 1.5 at 512 px in float32, from tests/bench/memory.py: its denoiser
    takes 536 MB for both guidance branches, its decoder 1,093 MB."""

    def activations(mode: MemoryMode, decoder_channels: int) -> int:
        weightless = Needs(0, 0, 0, denoiser_channels=320, decoder_channels=decoder_channels)
        return peak_bytes(weightless, 512, 512, mode, half=False)

    both = activations(MemoryMode.RESIDENT, decoder_channels=1)
    assert both == pytest.approx(536e6, rel=0.15)
    for mode in (MemoryMode.SLICED, MemoryMode.COMPONENTS, MemoryMode.LAYERS):
        assert activations(mode, decoder_channels=1) == both // 2
    assert activations(MemoryMode.RESIDENT, decoder_channels=128) == pytest.approx(1093e6, rel=0.15)


@pytest.mark.parametrize(
    ("needs", "side", "measured"),
    [
        (SD15, 256, 5_320e6),
        (SD15, 512, 6_000e6),
        (Needs(20_631_092, 2_593_015, 1_529_280, 48, 16), 256, 548e6),
        (Needs(20_631_092, 2_593_015, 1_529_280, 48, 16), 512, 643e6),
    ],
)
def test_peaks_on_a_processor_are_predicted_within_a_tenth(
    needs: Needs, side: int, measured: float
) -> None:
    """Stable Diffusion 1.5's and the starter's, from tests/bench/memory.py."""
    found = predicted(needs, side, side, MemoryMode.RESIDENT, half=False)
    assert found == pytest.approx(measured, rel=0.1)


def test_the_mode_follows_the_memory() -> None:
    assert fit(SD15, 512, 512, 24 * GIB, tuple(MemoryMode), half=True).mode == "resident"
    assert fit(XL, 1024, 1024, 24 * GIB, tuple(MemoryMode), half=True).mode == "resident"
    assert fit(XL, 1024, 1024, 8 * GIB, tuple(MemoryMode), half=True).mode in (
        "sliced",
        "components",
    )
    assert fit(XL, 1024, 1024, 3 * GIB, tuple(MemoryMode), half=True).mode == "layers"
    none = fit(XL, 2048, 2048, GIB // 4, tuple(MemoryMode), half=True)
    assert not none.fits and none.mode == "" and none.peak_bytes > none.available_bytes


def test_seconds_come_from_older_programs_pictures_until_there_are_own_runs() -> None:
    def made(seconds: float, name: str = "Starter") -> Picture:
        return Picture(1, "x.png", 0.0, 256, 256, Request(steps=20), "", name, seconds, "")

    path = RESOURCES / "starter"
    assert time_prediction.runs_of_pictures([], "Starter", path, "starter", "cpu") == ()
    seen = time_prediction.runs_of_pictures(
        [made(2.0), made(2.4), made(90.0), made(9.0, "Other")], "Starter", path, "starter", "cpu"
    )
    found = time_prediction.estimate_seconds(seen, (), seen[0].work / 2)
    assert len(seen) == 3 and found is not None and found.likely == pytest.approx(1.0)


def test_the_starter_fits_here(tmp_path: Path) -> None:
    stores = open_stores(Places(tmp_path, tmp_path / "pictures", tmp_path / "models"))
    try:
        found, width, height = fit_on_device(stores, "starter", None, "cpu")
        assert (
            found.fits
            and found.mode == "resident"
            and found.peak_bytes < 2 * GIB
            and (width, height) == (256, 256)
            and found.seconds_estimate is None
        )
        for size, device in (("12x12", "cpu"), ("big", "cpu"), ("256x256", "quantum")):
            with pytest.raises(InvalidRequest):
                fit_on_device(stores, "starter", size, device)
    finally:
        stores.close()


def test_own_pictures_correct_the_prediction(tmp_path: Path) -> None:
    stores = open_stores(Places(tmp_path, tmp_path / "pictures", tmp_path / "models"))
    try:
        before = fit_on_device(stores, "starter", "256x256", "cpu")[0].peak_bytes
        path = stores.library.find("starter").path
        stores.memory_history.record(
            path, MemoryOutcome("cpu", "resident", 256 * 256, before * 3 // 2, 8 * GIB), 256, 256
        )
        after = fit_on_device(stores, "starter", "256x256", "cpu")[0].peak_bytes
        assert after == pytest.approx(before * 1.5, rel=0.01)
    finally:
        stores.close()
