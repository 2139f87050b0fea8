"""What is said of how a picture came to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli.explaining.explain import strip_lines
from core.cli.main import run
from core.service.insight.explaining.strip import ExplainedGuidance, GuidanceStrip
from core.service.insight.measures import change
from core.service.sweeps.picture_measures import apart, clipped, saturation
from core.values.picture import Pixels


def pixels(rows: np.ndarray) -> Pixels:
    return Pixels(rows.shape[1], rows.shape[0], rows.astype(np.uint8).tobytes())


def waves(length: float) -> np.ndarray:
    x = np.arange(32)
    return np.tile(np.sin(2 * np.pi * x / length), (1, 4, 32, 1)).astype(np.float32)


def test_coarse_and_fine_changes_are_told_apart() -> None:
    coarse, fine = waves(16), waves(4)
    finished = coarse + fine
    spread = float(np.sqrt(np.mean(finished**2)))
    found = change(coarse, coarse + 0.5 * fine, finished)
    assert found.low == pytest.approx(0, abs=1e-6)
    assert found.high == pytest.approx(0.5 * np.sqrt(0.5) / spread, rel=1e-5)
    from_nothing = change(None, coarse, finished)
    assert from_nothing.low == pytest.approx(np.sqrt(0.5) / spread, rel=1e-5)
    assert from_nothing.high == pytest.approx(0, abs=1e-6)
    assert change(None, coarse, np.ones_like(coarse)).low == 0


def test_measures_of_pictures() -> None:
    grey = pixels(np.full((4, 6, 3), 100))
    red = pixels(np.full((4, 6, 3), (200, 100, 100)))
    half = np.full((4, 6, 3), 100)
    half[:2, :, 1] = 255
    assert (saturation(grey), saturation(red)) == (0, 0.5)
    assert (clipped(grey), clipped(pixels(half))) == (0, 0.5)
    assert clipped(pixels(np.zeros((4, 6, 3)))) == 1
    assert saturation(pixels(np.zeros((4, 6, 3)))) == 0
    assert apart(grey, red) == pytest.approx(100 / np.sqrt(3))
    assert apart(grey, replace(red, width=4, height=6)) is None


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, object]]:
    def say(*arguments: str) -> dict[str, object]:
        assert run([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return say


def test_a_picture_is_explained(
    tmp_path: Path, said: Callable[..., dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    made = tmp_path / "one.png"
    small = ("--size", "64x64", "--steps", "3", "--seed", "4", "--guidance", "4")
    said("generate", "a red house", *small, "--out", str(made))
    out = tmp_path / "shown"
    found = said("explain", str(made), "--out", str(out), "--guidance", "1,4", "--words")
    assert (found["identical"], found["reasons"]) == (True, [])
    _check_words(found)
    steps = found["steps"]
    assert isinstance(steps, list) and [step["step"] for step in steps] == [1, 2, 3]
    assert [step["sigma"] for step in steps] == sorted((s["sigma"] for s in steps), reverse=True)
    became = found["became_visible"]
    assert isinstance(became, dict) and became.pop("missing") == 0.5
    assert became.keys() == {"composition", "colour", "detail"}
    assert set(became.values()) <= {1, 2, 3} and steps[-1]["detail"] == 1
    for step in steps:
        assert step["guidance_norm"] > 0 and 0 <= step["clipped"] <= 1
        assert step["log_snr"] == pytest.approx(-2 * np.log(step["sigma"]))
        with Image.open(step["picture"]) as image:
            assert image.size == (64, 64)
    with Image.open(steps[-1]["picture"]) as last, Image.open(made) as finished:
        near = np.abs(np.asarray(last, float) - np.asarray(finished.convert("RGB"), float))
        assert near.mean() < 2  # kept in half precision
    strips = found["guidance"]
    assert isinstance(strips, list) and [one["value"] for one in strips] == [1, 4]
    assert strips[0]["difference"] > 0 and strips[1]["difference"] == 0
    assert strips[0]["visible"] > 0.02 and strips[1]["visible"] == 0
    assert found["guidance_settled"] is None, "1 and 4 are told apart"
    assert found["own_saturation"]["count"] == 0 and found["own_saturation"]["low"] is None
    assert {step["against"] for step in steps} == {"empty prompt"}
    assert not list((tmp_path / "data" / "recordings").iterdir())


def _check_words(found: dict[str, object]) -> None:
    words = found["words"]
    assert isinstance(words, list) and found["words_steps"] == [1, 2, 3]
    side = 64 // 8 // 4
    assert found["words_depth"] == f"{side}x{side}" and "without it" in str(found["words_about"])
    ours = [one for one in words if one["branch"] == "with"]
    kinds = [one["kind"] for one in ours]
    assert kinds == ["start", "word", "word", "word", "end", "padding"]
    assert [one["text"] for one in ours][1:4] == ["a", "red", "house"]
    assert [(one["word"], one["start"], one["end"]) for one in ours[2:4]] == [(1, 2, 5), (2, 6, 11)]
    for branch in ("with", "without"):
        tokens = [one for one in words if one["branch"] == branch]
        assert sum(one["share"] for one in tokens) == pytest.approx(1, abs=1e-5)
        assert np.sum([one["map"] for one in tokens], 0) == pytest.approx(
            np.ones((side, side)), abs=1e-5
        )
        assert sum(one["count"] for one in tokens) == 77
    for one in words:
        assert sum(one["fields"]) == pytest.approx(1, abs=1e-5)
        assert np.mean(one["by_step"]) == pytest.approx(one["share"], abs=1e-5)


def test_guidance_is_said_to_settle_only_as_far_as_it_was_tried() -> None:
    cells = tuple(ExplainedGuidance(value, 0.5, 0.0, 0.0, 0.0, "") for value in (7.0, 1.0, 4.0))
    (line,) = strip_lines(GuidanceStrip(cells, settled=4.0))
    assert "from guidance 4 to 7, the highest tried, nothing" in line
    assert strip_lines(GuidanceStrip(cells)) == []


def test_faults_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    Image.new("RGB", (64, 64)).save(tmp_path / "plain.png")
    for arguments, word in (
        (["explain", str(tmp_path / "plain.png"), "--guidance", "1"], "carries no recipe"),
        (["explain", str(tmp_path / "none.png")], "no file"),
        (["explain", str(tmp_path / "plain.png"), "--guidance", "1,x"], "no guidance scales"),
        (["explain", str(tmp_path / "plain.png"), "--guidance", "-3"], "no guidance scales"),
        (["schedule", "--plot", str(tmp_path / "no" / "a.svg")], "could not be written"),
    ):
        assert run(arguments) in (1, 2)
        shown = capsys.readouterr()
        assert word in shown.err and len(shown.err.strip().splitlines()) == 1
