"""What can be done with pictures, without a window: read, copy, save, trash."""

from __future__ import annotations

from pathlib import Path


def test_the_viewer_is_given_what_is_seen(tmp_path: Path) -> None:
    from PIL import Image

    from desktop.pictures.actions import read_image

    for mode, colour, seen in (
        ("I;16", 30_000, (117, 117, 117, 255)),
        ("RGBA", (9, 8, 7, 0), (9, 8, 7, 0)),
        ("RGB", (9, 8, 7), (9, 8, 7, 255)),
    ):
        Image.new(mode, (5, 3), colour).save(tmp_path / "x.png")  # type: ignore[arg-type]
        image = read_image(str(tmp_path / "x.png"))
        assert (image.width(), image.height(), image.pixelColor(4, 2).getRgb()) == (5, 3, seen)
