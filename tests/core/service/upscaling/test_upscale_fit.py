"""What a larger picture takes is known before it is begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.service.stores import Stores
from core.service.upscaling.fit import upscale_fit
from core.system.errors import InvalidRequest, ModelMissing
from core.values.device import MemoryMode
from core.values.job import MemoryOutcome
from core.values.request_parts.upscale import Upscale
from tests.core.engine.diffusion.upscale.upscaler_files import compact, rrdb, written

GIGABYTE = 10**9


def test_lanczos_takes_the_picture_alone(stores: Stores) -> None:
    small = upscale_fit(stores, (256, 256), Upscale(), "cpu", 2 * GIGABYTE)
    large = upscale_fit(stores, (4096, 4096), Upscale(), "cpu", 2 * GIGABYTE)
    assert small.fits and (large.width, large.height) == (8192, 8192)
    assert small.memory.peak_bytes < large.memory.peak_bytes < 2 * GIGABYTE
    assert large.disk_bytes == 3 * 8192**2 and large.disk_free > 0
    refined = upscale_fit(stores, (4096, 4096), Upscale(refine=0.3), "cpu", GIGABYTE)
    assert refined.disk_bytes > 2 * large.disk_bytes, "its tiles are kept meanwhile"
    with pytest.raises(InvalidRequest):
        upscale_fit(stores, (4096, 4096), Upscale(scale=3), "cpu", GIGABYTE)


def test_an_upscaler_takes_smaller_tiles_and_is_timed(stores: Stores, tmp_path: Path) -> None:
    path = tmp_path / "4x.safetensors"
    written(rrdb(stages=3), path)
    asked = Upscale(scale=4, upscaler=str(path))
    fit = upscale_fit(stores, (256, 256), asked, "cpu", 8 * GIGABYTE)
    assert fit.memory.mode is MemoryMode.RESIDENT and fit.memory.seconds_estimate is None
    less = upscale_fit(stores, (256, 256), asked, "cpu", fit.memory.peak_bytes - 1)
    assert less.fits and less.memory.mode is MemoryMode.SLICED
    assert not upscale_fit(stores, (256, 256), asked, "cpu", 10**6).fits
    for _ in range(3):
        took = MemoryOutcome("upscale cpu", "resident", 1, seconds=2.0, processor=3.9, threads=2)
        stores.memory_history.record(str(path), took, 256, 256, 2.5e8)
    fast = upscale_fit(stores, (256, 256), asked, "cpu", 8 * GIGABYTE).memory
    slow = upscale_fit(stores, (512, 512), asked, "cpu", 8 * GIGABYTE).memory
    assert fast.seconds_estimate and slow.seconds_estimate
    assert slow.seconds_estimate == pytest.approx(4 * fast.seconds_estimate, rel=0.1)


def test_a_file_that_is_none_is_said(stores: Stores, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    written(compact(), path, prefix="foo.")
    for wrong in (str(path), "none-such"):
        with pytest.raises(ModelMissing):
            upscale_fit(stores, (8, 8), Upscale(upscaler=wrong), "cpu", GIGABYTE)
