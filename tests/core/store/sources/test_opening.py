"""Any readable picture comes in upright, in sRGB, with its transparency; any other is one
sentence."""

from __future__ import annotations

import io
import os
import socket
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from core.metadata.limits import MAX_PIXELS
from core.store.sources.opened_picture import OpenedPicture
from core.store.sources.opening import mask_of, open_start_picture
from core.system.errors import WorldError
from tests.core.metadata.picture_bombs import chunk, png, saved
from tests.core.store.sources.profiles import grey_inks, linear_grey, linear_rgb

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED, BLUE = (255, 0, 0), (0, 0, 255)
LINEAR_MIDDLE = 188  # of 255 in sRGB: half the light (IEC 61966-2-1)


def opened(path: Path, data: bytes, name: str = "x.png") -> OpenedPicture:
    (path / name).write_bytes(data)
    return open_start_picture(path / name)


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def colours(picture: OpenedPicture) -> list[tuple[int, ...]]:
    size = len(picture.mode)
    return [tuple(picture.data[at : at + size]) for at in range(0, len(picture.data), size)]


def near(picture: OpenedPicture, wanted: tuple[int, ...], most: int = 2) -> bool:
    return all(
        abs(a - b) <= most for found in colours(picture) for a, b in zip(found, wanted, strict=True)
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_comes_in_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    """A flag of red above blue, and a white corner at the left of the red."""
    upright = Image.new("RGB", (32, 48), BLUE)
    upright.paste(RED, (0, 0, 32, 24))
    upright.paste("white", (0, 0, 16, 12))
    lying = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = upright if lying is None else upright.transpose(lying)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind != "PNG" else {}
    found = opened(tmp_path, file_of(image, kind, exif=exif.tobytes(), **options))
    assert (found.width, found.height, found.mode, found.notes) == (32, 48, "RGB", ())
    pixels = colours(found)
    for at, wanted in ((2 * 32 + 3, (255, 255, 255)), (2 * 32 + 28, RED), (45 * 32 + 3, BLUE)):
        assert max(abs(a - b) for a, b in zip(pixels[at], wanted, strict=True)) < 16
    if kind in ("PNG", "WEBP"):
        assert found.data == upright.tobytes()


@pytest.mark.parametrize(
    ("mode", "colour", "options", "wanted"),
    [
        ("1", 1, {}, (255, 255, 255)),
        ("L", 9, {}, (9, 9, 9)),
        ("L", 9, {"transparency": 9}, (9, 9, 9, 0)),
        ("LA", (9, 80), {}, (9, 9, 9, 80)),
        ("LA", (9, 255), {}, (9, 9, 9)),
        ("P", 3, {}, (9, 10, 11)),
        ("P", 3, {"transparency": 3}, (9, 10, 11, 0)),
        ("P", 3, {"transparency": b"\0\0\0\x50"}, (9, 10, 11, 80)),
        ("P", 3, {"transparency": 4}, (9, 10, 11)),
        ("I;16", 30_000, {}, (117, 117, 117)),
        ("I;16", 65_535, {}, (255, 255, 255)),
        ("RGB", (9, 8, 7), {}, (9, 8, 7)),
        ("RGB", (9, 8, 7), {"transparency": (9, 8, 7)}, (9, 8, 7, 0)),
        ("RGBA", (9, 8, 7, 0), {}, (9, 8, 7, 0)),
        ("RGBA", (9, 8, 7, 255), {}, (9, 8, 7)),
    ],
)
def test_kinds_of_png(
    tmp_path: Path, mode: str, colour: object, options: dict[str, object], wanted: tuple[int, ...]
) -> None:
    image = Image.new(mode, (4, 4), colour)  # type: ignore[arg-type]
    if mode == "P":
        image.putpalette(bytes(range(30)))
    found = opened(tmp_path, file_of(image, **options))
    assert found == OpenedPicture(4, 4, "RGBA" if len(wanted) == 4 else "RGB", bytes(wanted) * 16)


@pytest.mark.parametrize(
    ("kind_of_colour", "numbers", "wanted"),
    [
        (2, (0x8000, 0x40FF, 0xFFFF), (128, 64, 255)),
        (6, (0x8000, 0x40FF, 0xFFFF, 0x8000), (128, 64, 255, 128)),
        (4, (0x8000, 0x4000), (128, 128, 128, 64)),
    ],
)
def test_sixteen_bits_of_colour(
    tmp_path: Path, kind_of_colour: int, numbers: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    import zlib

    row = b"\0" + struct.pack(f">{len(numbers)}H", *numbers) * 2
    data = b"".join(
        chunk(*part)
        for part in (
            (b"IHDR", struct.pack(">IIBBBBB", 2, 2, 16, kind_of_colour, 0, 0, 0)),
            (b"IDAT", zlib.compress(row * 2)),
            (b"IEND", b""),
        )
    )
    assert colours(opened(tmp_path, b"\x89PNG\r\n\x1a\n" + data)) == [wanted] * 4


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_transparency_of_other_formats(tmp_path: Path, kind: str) -> None:
    image = Image.new("RGBA", (16, 16), (200, 100, 50, 128))
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95}
    found = opened(tmp_path, file_of(image, kind, **options))
    assert found.mode == "RGBA" and near(found, (200, 100, 50, 128), 8)


@pytest.mark.parametrize("profile", [None, grey_inks()])
@pytest.mark.parametrize("is_adobes", [True, False])
def test_inks_are_seen_as_they_print(
    tmp_path: Path, is_adobes: bool, profile: bytes | None
) -> None:
    """Pillow writes as Adobe's programs do, 255 being no ink."""
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    options = {} if profile is None else {"icc_profile": profile}
    data = file_of(cyan, "JPEG", quality=100, **options)
    at = data.index(b"Adobe")
    if not is_adobes:  # without its segment the same numbers are ink
        data = data[: at - 4] + data[at + 12 :]
    found = opened(tmp_path, data, "x.jpg")
    if profile is None:
        assert near(found, (0, 255, 255) if is_adobes else (0, 0, 0), 3)
    else:  # two thirds of the lightness (CIE L* 66.7), or none
        assert near(found, (162, 162, 162) if is_adobes else (0, 0, 0), 4)
    assert (found.mode, found.notes) == ("RGB", ())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_a_profile_is_followed(tmp_path: Path, kind: str) -> None:
    image = Image.new("RGB", (16, 16), (128, 128, 128))
    options = {} if kind == "PNG" else {"quality": 98}
    found = opened(tmp_path, file_of(image, kind, icc_profile=linear_rgb(), **options))
    assert near(found, (LINEAR_MIDDLE,) * 3, 3) and found.notes == ()


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_a_profile_of_grey_is_followed(tmp_path: Path, mode: str) -> None:
    colour = {"L": 128, "LA": (128, 77), "I;16": 128 << 8}[mode]
    image = Image.new(mode, (4, 4), colour)  # type: ignore[arg-type]
    found = opened(tmp_path, file_of(image, icc_profile=linear_grey()))
    wanted = (LINEAR_MIDDLE,) * 3 + ((77,) if mode == "LA" else ())
    assert near(found, wanted, 1) and found.notes == ()


def test_alpha_is_no_colour_of_the_profile(tmp_path: Path) -> None:
    image = Image.new("RGBA", (4, 4), (128, 0, 255, 77))
    found = opened(tmp_path, file_of(image, icc_profile=linear_rgb()))
    assert near(found, (LINEAR_MIDDLE, 0, 255, 77), 1)


def test_a_profile_that_says_srgb_changes_no_pixel(tmp_path: Path) -> None:
    image = Image.frombytes("RGB", (64, 64), os.urandom(64 * 64 * 3))
    assert opened(tmp_path, file_of(image, icc_profile=SRGB)).data == image.tobytes()


@pytest.mark.parametrize(
    ("mode", "profile"),
    [
        ("RGB", b"none"),
        ("RGB", linear_rgb()[:200]),
        ("RGB", linear_rgb()[:128] + b"\xff" * 300),
        ("RGB", grey_inks()),
        ("RGB", linear_grey()),
        ("L", grey_inks()),
    ],
)
def test_a_profile_that_fits_not_costs_itself_alone(
    tmp_path: Path, mode: str, profile: bytes
) -> None:
    image = Image.new(mode, (4, 4), "#808890" if mode == "RGB" else 9)
    found = opened(tmp_path, file_of(image, icc_profile=profile), "photo.png")
    assert found.data == image.convert("RGB").tobytes()
    assert len(found.notes) == 1 and "colour profile of photo.png" in found.notes[0]


def test_a_profile_that_cannot_be_unpacked_is_one_that_fits_not(tmp_path: Path) -> None:
    found = opened(tmp_path, png((b"iCCP", b"a\0\0" + b"no zlib")))
    assert colours(found) == [(0, 0, 0)] * 64 and "colour profile" in found.notes[0]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_of_an_animation_the_first_frame_is_used_and_that_is_said(
    tmp_path: Path, kind: str
) -> None:
    first, second = (Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE))
    options = {"lossless": True} if kind == "WEBP" else {}
    data = file_of(first, kind, save_all=True, append_images=[second], **options)
    found = opened(tmp_path, data, "film.png")
    assert near(found, RED, 12)
    assert found.notes == ("film.png is animated: its first frame is used.",)


def test_damaged_notes_cost_no_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 4), RED)
    for exif in (
        b"Exif\0\0II*\0" + b"\xff" * 40,
        b"MM",
        b"II*\0\x08\0\0\0\1\0\x12\1\2\0\1\0\0\0xxxx",
    ):
        assert colours(opened(tmp_path, file_of(image, exif=exif))) == [RED] * 16


def test_the_largest_picture_that_is_taken(tmp_path: Path) -> None:
    """64 million pixels in a file of 8 kB: a phone's picture is no bomb."""
    side = int(MAX_PIXELS**0.5)
    found = opened(tmp_path, file_of(Image.new("1", (side, side), 1)))
    assert (found.width, found.height, len(found.data)) == (side, side, 3 * MAX_PIXELS)


def _faulty() -> dict[str, bytes]:
    good = saved("PNG")
    jpeg, webp, avif = saved("JPEG"), saved("WEBP"), saved("AVIF")
    return {
        "empty.png": b"",
        "byte.png": b"\x89",
        "signature.png": good[:8],
        "head.png": good[:33],
        "half.png": good[: len(good) // 2],
        "half.jpg": jpeg[: len(jpeg) // 2],
        "half.webp": webp[: len(webp) // 2],
        "half.avif": avif[: len(avif) // 2],
        "text.png": b"I am a text.\n" * 100,
        "zeros.png": bytes(4096),
        "gif.png": file_of(Image.new("RGB", (4, 4)), "GIF"),
        "bmp.png": file_of(Image.new("RGB", (4, 4)), "BMP"),
        "tiff.jpg": file_of(Image.new("RGB", (4, 4)), "TIFF"),
        "drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "model.png": b"\x10\0\0\0\0\0\0\0{}              ",
        "flat.png": png(width=0),
        "bomb.png": png(width=60_000, height=2).replace(
            struct.pack(">II", 60_000, 2), struct.pack(">II", 60_000, 60_000)
        ),
        "checksum.png": good[:40] + b"\xff\xff" + good[42:],
    }


@pytest.mark.parametrize("name", sorted(_faulty()))
def test_what_is_no_whole_picture_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorldError) as caught:
        opened(tmp_path, _faulty()[name], name)
    assert caught.value.message.count(".") == 1 + name.count(".") and name in caught.value.message
    assert caught.value.hint.endswith(".") and "\n" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="pipes and sockets are no files of this system")
def test_what_is_no_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.png"))
        names = ("folder.png", "pipe.png", "loop.png", "zero.png", "socket.png", "gone.png")
        for name in (*names, "a\0b.png", "x" * 300 + ".png"):
            with pytest.raises(WorldError) as caught:
                open_start_picture(tmp_path / name)
            assert caught.value.message.endswith(".") and caught.value.hint.endswith(".")


@pytest.mark.parametrize(
    ("mode", "pixels", "wanted"),
    [
        ("RGB", [(0, 0, 0), (255, 255, 255), (128, 128, 128)], [0, 255, 128]),
        ("RGB", [(255, 0, 0), (0, 255, 0), (0, 0, 255)], [76, 150, 29]),
        # painted in one colour: white, black, red
        ("RGBA", [(255, 255, 255, 255), (9, 9, 9, 0), (255, 255, 255, 99)], [255, 0, 99]),
        ("RGBA", [(0, 0, 0, 255), (255, 9, 9, 0), (0, 0, 0, 99)], [255, 0, 99]),
        ("RGBA", [(255, 0, 0, 0), (255, 0, 0, 255), (255, 0, 0, 1)], [0, 255, 1]),
        ("RGBA", [(5, 6, 7, 0), (8, 9, 9, 0), (1, 2, 3, 0)], [0, 0, 0]),
        # in several
        ("RGBA", [(255, 255, 255, 255), (0, 0, 0, 255), (90, 90, 90, 0)], [255, 0, 0]),
    ],
)
def test_how_a_picture_is_read_as_a_mask(
    mode: str, pixels: list[tuple[int, ...]], wanted: list[int]
) -> None:
    data = bytes(number for pixel in pixels for number in pixel)
    mask = mask_of(OpenedPicture(3, 1, mode, data, ("said",)))
    assert mask == OpenedPicture(3, 1, "L", bytes(wanted), ("said",))
    assert mask_of(mask) is mask
