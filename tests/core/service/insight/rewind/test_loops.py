"""Loops are written and read again: as many frames as long as was asked for, and the right ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from core.metadata.writing import generated_mark
from core.service.insight.rewind.loops import (
    BLENDS,
    GAP,
    REST,
    LoopChoices,
    LoopKind,
    in_turn,
    reduced,
    save_loop,
    steps_of,
)
from core.system.errors import InvalidRequest, WorldError
from core.values.picture import Pixels


def grey(value: int, width: int = 96, height: int = 48) -> Pixels:
    return Pixels(width, height, bytes([value]) * (width * height * 3))


def choices(kind: LoopKind, side: int = 64) -> LoopChoices:
    return LoopChoices(kind=kind, side=side, milliseconds=50)


def seen(path: Path) -> list[tuple[int, int, int, int]]:
    """Of each frame: middle grey of the left and right quarter, and milliseconds; the number."""
    found = []
    with Image.open(path) as file:
        for at in range(file.n_frames):  # type: ignore[attr-defined]
            file.seek(at)
            file.load()
            plain = file.convert("L")
            left = plain.getpixel((plain.width // 4, plain.height // 2))
            right = plain.getpixel((3 * plain.width // 4, plain.height // 2))
            found.append((left, right, file.info["duration"], at))
        assert file.info["loop"] == 0
    return found


@pytest.mark.parametrize("kind", LoopKind)
def test_the_steps_of_two_pictures_stand_beside_each_other(kind: LoopKind, tmp_path: Path) -> None:
    wanted = choices(kind)
    first = [reduced(grey(value), wanted) for value in (10, 60, 110)]
    second = [reduced(grey(value), wanted) for value in (200, 240)]
    path = save_loop(tmp_path / f"a.{kind}", steps_of(first, second, choices=wanted), wanted)
    assert path == tmp_path / f"a.{kind}"
    frames = seen(path)
    for frame, (left, right) in zip(frames, ((10, 200), (60, 240), (110, 240)), strict=True):
        assert abs(frame[0] - left) <= 3 and abs(frame[1] - right) <= 3
    assert [frame[2] for frame in frames] == [50, 50, 50 * REST]
    with Image.open(path) as file:
        assert file.size == (2 * 64 + GAP, 32)
        assert (generated_mark() == file.info.get("xmp")) is (kind is LoopKind.WEBP)
    again = save_loop(tmp_path / f"a.{kind}", steps_of(first, choices=wanted), wanted)
    assert again.name == f"a-2.{kind}" and len(seen(again)) == 3


def test_two_pictures_turn_into_one_another_and_back(tmp_path: Path) -> None:
    wanted = choices(LoopKind.WEBP)
    frames = in_turn(reduced(grey(0), wanted), reduced(grey(90, 48, 48), wanted), wanted)
    found = seen(save_loop(tmp_path / "b", frames, wanted))
    middles = [frame[0] for frame in found]
    assert len(middles) == 2 * BLENDS + 2
    assert middles[: BLENDS + 2] == sorted(middles[: BLENDS + 2]) and middles[0] <= 3
    assert abs(max(middles) - 90) <= 3 and (tmp_path / "b.webp").is_file()


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    for side, ms in ((8, 50), (5000, 50), (64, 1), (64, 99_999)):
        with pytest.raises(InvalidRequest, match="out of range"):
            LoopChoices(kind=LoopKind.GIF, side=side, milliseconds=ms)
    wanted = choices(LoopKind.GIF)
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorldError):
        frames = steps_of([reduced(grey(9), wanted)], choices=wanted)
        save_loop(tmp_path / "file" / "a.gif", frames, wanted)
