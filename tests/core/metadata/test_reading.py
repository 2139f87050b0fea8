"""Pictures from anywhere: whatever lies in a file, there is a picture or one
sentence, and nothing waits."""

from __future__ import annotations

import io
import os
import random
import socket
import struct
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.metadata.a1111 import parse
from core.metadata.exif import check_exif
from core.metadata.limits import MAX_PIXELS, check_container
from core.metadata.reading import decode_rgb, open_image
from core.metadata.recipes import fields_of, read_file
from core.metadata.writing import encode
from core.store.thumbnails import Thumbnails, thumbnail_of
from core.system.errors import WorldError
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from tests.core.metadata.picture_bombs import directory, harmless, many_scans, refused

MUTATED = int(os.environ.get("HOSTILE_PICTURES", "400"))
posix = pytest.mark.skipif(os.name == "nt", reason="pipes are not files of this system")


@pytest.mark.parametrize("name", sorted(refused()))
def test_what_would_keep_a_decoder_busy_is_refused(tmp_path: Path, name: str) -> None:
    """How long it takes is measured in tests/soak."""
    path = tmp_path / name
    path.write_bytes(refused()[name]())
    before = psutil.Process().memory_info().rss
    with pytest.raises(WorldError) as caught:
        open_image(path)
    assert name in caught.value.message and caught.value.hint
    assert psutil.Process().memory_info().rss - before < 100e6


@pytest.mark.parametrize("name", sorted(harmless()))
def test_odd_pictures_are_read_all_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(harmless()[name]())
    assert read_file(path).format == "none"
    with open_image(path) as image:
        width, height, rgb = decode_rgb(image, name)
    assert len(rgb) == width * height * 3


def test_a_few_passes_over_a_large_picture_are_no_attack(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(many_scans(20, 300))
    open_image(tmp_path / "x.jpg").close()


def test_transparency_of_a_still_webp_is_pixels_and_no_text() -> None:
    body = b"WEBP" + b"ALPH" + (17 * 2**20).to_bytes(4, "little") + bytes(17 * 2**20)
    check_container(io.BytesIO(b"RIFF" + len(body).to_bytes(4, "little") + body), "x")
    with pytest.raises(WorldError, match="texts"):
        check_container(
            io.BytesIO(
                b"RIFF" + len(body).to_bytes(4, "little") + body.replace(b"ALPH", b"junk", 1)
            ),
            "x",
        )


def test_pictures_of_phones_are_not_too_large() -> None:
    assert MAX_PIXELS >= 9248 * 6936


@pytest.mark.parametrize(
    ("mode", "colour", "transparency", "seen"),
    [
        ("I;16", 30_000, None, (117,) * 3),
        ("I;16", 65_535, None, (255,) * 3),
        ("I;16", 30_000, 30_000, (255,) * 3),
        ("I;16", 30_000, 30_001, (117,) * 3),
        ("RGBA", (9, 8, 7, 0), None, (255,) * 3),
        ("RGBA", (9, 8, 7, 255), None, (9, 8, 7)),
        ("LA", (9, 0), None, (255,) * 3),
        ("LA", (9, 255), None, (9,) * 3),
        ("P", 3, 3, (255,) * 3),
        ("RGB", (9, 8, 7), (9, 8, 7), (255,) * 3),
        ("RGB", (9, 8, 7), None, (9, 8, 7)),
        ("L", 9, 9, (255,) * 3),
        ("L", 9, None, (9,) * 3),
    ],
)
def test_what_is_seen_is_read_and_nothing_hidden(
    tmp_path: Path, mode: str, colour: object, transparency: object, seen: tuple[int, int, int]
) -> None:
    from PIL import Image

    image = Image.new(mode, (8, 8), colour)  # type: ignore[arg-type]
    if mode == "P":
        image.putpalette(bytes(range(30)))
    image.save(
        tmp_path / "x.png", **({} if transparency is None else {"transparency": transparency})
    )  # type: ignore[arg-type]
    with open_image(tmp_path / "x.png") as opened:
        assert decode_rgb(opened, "x") == (8, 8, bytes(seen) * 64)
    with (
        open_image(tmp_path / "x.png") as opened,
        Image.open(io.BytesIO(thumbnail_of(opened))) as small,
    ):
        assert all(abs(a - b) < 4 for a, b in zip(small.tobytes()[:3], seen, strict=True))


def test_exif_behind_the_pixels_of_a_png_is_read(tmp_path: Path) -> None:
    from PIL import Image

    from core.metadata.reading import texts_of_image
    from tests.core.metadata.picture_bombs import png

    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0a house"
    path = tmp_path / "x.png"
    path.write_bytes(png(behind=((b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")),)))
    with open_image(path) as image:
        assert texts_of_image(image)["parameters"] == "a house"


def test_notes_that_name_the_same_bytes_again_are_counted_each_time() -> None:
    check_exif(directory(10, 1000, 20_000), "x")
    with pytest.raises(WorldError, match="memory"):
        check_exif(directory(100, 19_000, 20_000), "x")
    few = b"II*\0" + struct.pack("<IH", 8, 1500)
    check_exif(few + struct.pack("<HHII", 1, 0x7777, 1, 1) * 1500, "x")
    for entry, count in (
        (struct.pack("<HHII", 1, 3, 1, 1), 1500),
        (struct.pack("<HHII", 1, 0x7777, 1, 1), 20_000),
    ):
        with pytest.raises(WorldError, match="lists more"):
            check_exif(b"II*\0" + struct.pack("<IH", 8, count) + entry * count, "x")
    for nothing in (b"", b"II", b"Exif\0\0", b"MM\0*\xff\xff\xff\xff", b"II+\0" + b"\xff" * 30):
        check_exif(nothing, "x")


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "avif"])
def test_mutated_pictures_are_pictures_or_a_sentence(tmp_path: Path, kind: str) -> None:
    pixels = Pixels(64, 48, random.Random(0).randbytes(64 * 48 * 3))
    data, suffix = encode(
        pixels,
        Recipe(Request("a"), "j", model_name="S", pixels_sha256=pixels.sha256, created=1.0),
        kind,
    )
    chance, path, sentences = random.Random(1), tmp_path / f"x{suffix}", 0
    cache = Thumbnails(tmp_path / "t.db")
    for number in range(MUTATED // 4):
        raw = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(raw))
            how = chance.randrange(4)
            if how < 2:
                raw[at] ^= 1 << chance.randrange(8)
            elif how == 2:
                del raw[at : at + chance.randint(1, 40)]
            else:
                raw[at:at] = chance.randbytes(chance.randint(1, 20))
        path.write_bytes(raw)
        try:
            fields_of(read_file(path))
            with open_image(path) as image:
                decode_rgb(image, path.name)
        except WorldError as error:
            sentences += 1
            assert error.message.endswith(".") and error.hint and "\n" not in str(error)
        cache.get(Picture(number + 1, str(path), 0, 64, 48, Request("a"), "", "", 0, ""))
    cache.close()
    assert sentences > 0


@posix
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "s.png"))
        names = [
            "pipe.png",
            "folder.png",
            "loop.png",
            "zero.png",
            "s.png",
            "x" * 5000,
            "a\0b.png",
            "\udcff.png",
        ]
        for name in names:
            with pytest.raises(WorldError) as caught:
                read_file(tmp_path / name)
            assert "\n" not in str(caught.value) and len(str(caught.value)) < 700
            str(caught.value).encode()


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "q" + " " * 1_000_000 + "x",
        "a\n" + "x " * 500_000,
        "<lora:" * 150_000 + "\nSteps: 1, Seed: 2, Size: 8x8",
        "cat\nSteps: 20, Seed: 2, Model: x" + ",a" * 500_000,
        "cat\nSteps: 20, Seed: 2, Model: x" + ",a:{" * 250_000,
    ],
)
def test_a_text_of_a_megabyte_is_read_in_one_pass(text: str) -> None:
    """These took from minutes to hours, which the time limit of the tests would notice."""
    parse({"parameters": text})


def test_numbers_no_float_can_hold_are_no_recipe(tmp_path: Path) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("calotype", '{"request": {"guidance": 1' + "0" * 400 + "}}")
    Image.new("RGB", (4, 4)).save(tmp_path / "x.png", pnginfo=info)
    assert read_file(tmp_path / "x.png").format == "none"


# --- thumbnails ---


def picture_in(folder: Path) -> Picture:
    pixels = Pixels(8, 8, bytes(192))
    path = folder / "p.png"
    path.write_bytes(encode(pixels, None)[0])
    return Picture(1, str(path), 0, 8, 8, Request("a"), "", "", 0, "")


def _damage(path: Path, how: str) -> None:
    if how == "garbage":
        path.write_bytes(random.Random(3).randbytes(9000))
    elif how == "zeroed":
        path.write_bytes(bytes(path.stat().st_size))
    elif how == "half":
        os.truncate(path, path.stat().st_size // 2)
    elif how == "other tables":
        import sqlite3

        path.unlink()
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE small (a, b, c)")
        db.commit()
        db.close()
    else:
        path.unlink()
        {
            "folder": path.mkdir,
            "pipe": lambda: os.mkfifo(path),
            "loop": lambda: path.symlink_to(path.name),
        }[how]()


@posix
@pytest.mark.parametrize(
    "how", ["garbage", "zeroed", "half", "other tables", "folder", "pipe", "loop"]
)
def test_a_damaged_cache_is_made_anew(tmp_path: Path, how: str) -> None:
    picture, file = picture_in(tmp_path), tmp_path / "thumbnails.db"
    cache = Thumbnails(file)
    whole = cache.get(picture)
    cache.close()
    _damage(file, how)
    again = Thumbnails(file)
    assert again.get(picture) == whole
    Path(picture.path).unlink()
    assert again.get(picture) == whole, "it was kept"
    again.close()
    assert file.is_file()


def test_a_gallery_begun_anew_shows_no_thumbnail_of_another_picture(tmp_path: Path) -> None:
    old, file = picture_in(tmp_path), tmp_path / "thumbnails.db"
    cache = Thumbnails(file)
    whole = cache.get(old)
    new = replace(old, path=str(tmp_path / "gone.png"), sha256="another")
    assert (
        whole
        and cache.get(new) == b""
        and cache.get(replace(new, id=2)) == b""
        and cache.get(old) == whole
    )
    cache.close()


def test_a_page_torn_while_it_is_open_costs_no_picture(tmp_path: Path) -> None:
    picture, file = picture_in(tmp_path), tmp_path / "thumbnails.db"
    cache = Thumbnails(file)
    whole = cache.get(picture)
    cache._connection.execute("DROP TABLE small")  # type: ignore[union-attr]
    assert cache.get(picture) == whole and cache.get(picture) == whole
    cache._connection.execute("DROP TABLE small")  # type: ignore[union-attr]
    assert cache.get(picture) == whole, "the second time it goes on in memory"
    Path(picture.path).unlink()
    assert cache.get(picture) == whole
    cache.close()


def test_without_a_place_for_the_cache_it_lies_in_memory(tmp_path: Path) -> None:
    picture = picture_in(tmp_path)
    cache = Thumbnails(tmp_path / "gone" / "thumbnails.db")
    whole = cache.get(picture)
    assert whole.startswith(b"\xff\xd8")
    Path(picture.path).unlink()
    assert cache.get(picture) == whole
    cache.close()


def test_a_cache_that_another_process_writes_loses_nothing(tmp_path: Path) -> None:
    picture, file = picture_in(tmp_path), tmp_path / "thumbnails.db"
    cache, other = Thumbnails(file), Thumbnails(file)
    whole = cache.get(picture)
    writing = other._connection
    assert writing is not None and cache._connection is not None
    cache._connection.execute("PRAGMA busy_timeout = 0")
    writing.execute("BEGIN IMMEDIATE")
    cache.put(2, "ab", 1.0, whole)
    writing.execute("COMMIT")
    assert file.is_file() and other.get(picture) == whole
    cache.put(2, "ab", 1.0, whole)
    Path(picture.path).unlink()
    assert other.get(replace(picture, id=2, sha256="ab", created=1.0)) == whole
    cache.close()
    other.close()
