"""When parts of a picture became visible, of recordings whose estimates are made of known waves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.engine.contract.recording_file import (
    NEAR,
    VERSION,
    RecordedHead,
    RecordedPass,
    RecordedStep,
    RecordingFile,
    RecordingWriter,
)
from core.service.insight.emergence import Became, emergence_at, emergence_of

Values = NDArray[np.float64]
SHAPE = (1, 2, 16, 16)
ROWS = np.arange(16)[:, None] / 16 + np.zeros((16, 16))
COARSE = np.sin(2 * np.pi * ROWS)  # one wave of 128 pixels
FINE = np.sin(2 * np.pi * ROWS * 5)  # of 26 pixels


def estimate(coarse: float, colour: float, fine: float) -> Values:
    return np.broadcast_to(coarse * COARSE + fine * FINE + colour, SHAPE)


def recording(path: Path, *passes: Sequence[Values]) -> Path:
    writer = RecordingWriter(path)
    told: list[RecordedPass] = []
    for number, estimates in enumerate(passes):
        steps: list[RecordedStep] = []
        for step, values in enumerate(estimates, 1):
            writer.put(f"{number}/{step}/x0", values, NEAR)
            steps.append(
                RecordedStep(
                    step=step, sigma=1, sigma_next=0, timestep=1, seconds=1, calls=step, draws=0
                )
            )
        told.append(
            RecordedPass(shape=SHAPE, sampler="euler", flow=False, end=1.0, steps=tuple(steps))
        )
    writer.finish(RecordedHead(version=VERSION, passes=tuple(told), fingerprint=(), pixels=""))
    return path


def test_each_part_is_seen_where_half_of_it_is_there_for_good(tmp_path: Path) -> None:
    walked = [
        estimate(0.2, 0.9, 0.0),
        estimate(0.6, 0.3, 0.1),  # the colour goes away again
        estimate(0.9, 0.8, 0.4),
        estimate(1.0, 1.0, 0.6),
        estimate(1.0, 1.0, 1.0),
    ]
    found = emergence_at(recording(tmp_path / "one", walked))
    assert found is not None
    assert found.became == Became(composition=2, colour=3, detail=4)
    shares = [(one.composition, one.colour, one.detail) for one in found.steps]
    wanted = [(0.2, 0.9, 0), (0.6, 0.3, 0.1), (0.9, 0.8, 0.4), (1, 1, 0.6), (1, 1, 1)]
    assert np.allclose(shares, wanted, atol=2e-3)


def test_of_two_passes_the_first_composes_and_the_last_refines(tmp_path: Path) -> None:
    whole = estimate(1, 1, 1)
    first = [estimate(0, 0, 0), whole]
    second = [estimate(1, 1, 0.2), estimate(1, 1, 0.3), whole]
    found = emergence_at(recording(tmp_path / "two", first, second))
    assert found is not None and found.became == Became(2, 2, 5)
    assert [one.step for one in found.steps] == [1, 2, 3, 4, 5]


def test_what_has_no_steps_or_nothing_in_it(tmp_path: Path) -> None:
    with RecordingFile(recording(tmp_path / "none", [])) as tape:
        assert emergence_of(tape) is None
    grey = emergence_at(recording(tmp_path / "grey", [estimate(0, 0, 0)] * 2))
    assert grey is not None and grey.became == Became(1, 1, 1)
