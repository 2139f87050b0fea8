"""From chosen files to a request: what is kept, which size is rendered, which mask counts, whose
child the picture is."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.metadata.writing import encode
from core.models.files.families import FAMILIES
from core.service.starting.files import StartFilePaths, start_from_file, started_from_files
from core.service.stores import Stores
from core.system.errors import InvalidRequest, KnownError, WorldError
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

STARTER, FLUX = FAMILIES["starter"], FAMILIES["flux"]
PLAIN = Request("a house")


def picture(path: Path, size: tuple[int, int] = (100, 70), colour: object = "red") -> Path:
    mode = "RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "RGB"
    Image.new(mode, size, colour).save(path)  # type: ignore[arg-type]
    return path


def grey_of(stores: Stores, address: str) -> Image.Image:
    with Image.open(stores.sources.path_of(address)) as image:
        return image.copy()


@pytest.mark.parametrize(
    ("start", "has_size", "row", "size"),
    [
        (StartPicture(), False, STARTER, (256, 256)),
        (StartPicture(fit="source"), False, STARTER, (104, 72)),
        (StartPicture(fit="source"), True, STARTER, (104, 72)),
        (StartPicture(fit="source"), False, FLUX, (112, 80)),
        (StartPicture(extend=(0, 10, 50, 0)), False, STARTER, (152, 80)),
        (StartPicture(extend=(0, 10, 50, 0)), True, STARTER, (256, 256)),
        (StartPicture(extend=(0, 10, 50, 0), fit="source"), True, STARTER, (152, 80)),
        (StartPicture(area="masked", fit="source"), False, STARTER, (256, 256)),
        (StartPicture(area="frame", frame=(0, 0, 100, 70)), False, STARTER, (256, 256)),
    ],
)
def test_the_size_that_is_rendered(
    stores: Stores,
    tmp_path: Path,
    start: StartPicture,
    has_size: bool,
    row: object,
    size: tuple[int, int],
) -> None:
    request = replace(PLAIN, start=start)
    files = StartFilePaths(picture(tmp_path / "x.png"))
    started = started_from_files(stores, request, files, row, has_size=has_size)  # type: ignore[arg-type]
    made = started.request
    assert (made.width, made.height) == size and started.notes == ()
    is_own = start.area == "whole" and size != (256, 256)
    assert made.start.fit == ("source" if is_own else start.fit)
    assert stores.sources.size_of(made.start.source) == (100, 70) and made.start.mask == ""
    assert replace(made, start=start, width=256, height=256) == request


@pytest.mark.parametrize(
    ("size", "start", "words"),
    [
        ((5000, 100), StartPicture(fit="source"), "5000 x 100 pixels"),
        ((100, 40), StartPicture(fit="source"), "to a size such as"),
        ((4000, 64), StartPicture(extend=(100, 0, 0, 0)), "With what is added to it"),
        ((100, 70), StartPicture(area="frame", frame=(60, 0, 48, 64)), "108 x 64"),
        ((100, 70), StartPicture(background="mask"), "no transparent places"),
        ((100, 70), StartPicture(strength=math.nan), "must be a number"),
        ((100, 70), StartPicture(area="frame"), "none given"),
    ],
)
def test_what_cannot_be_rendered_is_one_sentence_with_a_remedy(
    stores: Stores, tmp_path: Path, size: tuple[int, int], start: StartPicture, words: str
) -> None:
    files = StartFilePaths(picture(tmp_path / "x.png", size))
    with pytest.raises(InvalidRequest, match=words) as caught:
        started_from_files(stores, replace(PLAIN, start=start), files, STARTER, has_size=False)
    assert caught.value.hint and "\n" not in str(caught.value)
    assert stores.sources.bytes_used() == 0


def test_a_pipeline_takes_no_picture_and_says_so_before_a_file_is_read(stores: Stores) -> None:
    files = StartFilePaths(Path("/nowhere/x.png"))
    with pytest.raises(InvalidRequest, match=r"FLUX\.2 .* takes no picture"):
        started_from_files(stores, PLAIN, files, FAMILIES["flux2"], has_size=False)


@pytest.mark.parametrize(
    ("size", "is_said"),
    [((100, 70), False), ((50, 35), True), ((300, 210), True), ((33, 23), True)],
)
def test_a_mask_comes_to_the_size_of_the_picture(
    stores: Stores, tmp_path: Path, size: tuple[int, int], is_said: bool
) -> None:
    mask = Image.new("L", size)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    mask.save(tmp_path / "m.png")
    files = StartFilePaths(picture(tmp_path / "x.png"), tmp_path / "m.png")
    started = started_from_files(stores, PLAIN, files, STARTER, has_size=False)
    kept = grey_of(stores, started.request.start.mask)
    assert (kept.mode, kept.size) == ("L", (100, 70))
    assert (kept.getpixel((10, 35)), kept.getpixel((90, 35))) == (255, 0)
    said = f"The mask m.png has {size[0]} x {size[1]} pixels: it is scaled to those of x.png."
    assert started.notes == ((said,) if is_said else ())


@pytest.mark.parametrize("size", [(70, 100), (100, 80), (1, 1), (2, 2), (512, 512)])
def test_a_mask_of_another_shape_is_refused(
    stores: Stores, tmp_path: Path, size: tuple[int, int]
) -> None:
    files = StartFilePaths(picture(tmp_path / "x.png"), picture(tmp_path / "m.png", size))
    with pytest.raises(InvalidRequest, match="another shape than the 100 x 70"):
        started_from_files(stores, PLAIN, files, STARTER, has_size=False)


def test_transparent_places_are_the_mask_where_that_is_asked_for(
    stores: Stores, tmp_path: Path
) -> None:
    image = Image.new("RGBA", (64, 64), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 32, 64))
    image.paste((0, 0, 0, 100), (32, 0, 40, 64))
    image.save(tmp_path / "x.png")
    mask = Image.new("L", (64, 64))
    mask.paste(255, (48, 0, 64, 64))
    mask.save(tmp_path / "m.png")
    request = replace(PLAIN, start=StartPicture(background="mask"))
    columns = (10, 35, 44, 60)
    for path, wanted in ((None, (255, 155, 0, 0)), (tmp_path / "m.png", (255, 155, 0, 255))):
        files = StartFilePaths(tmp_path / "x.png", path)
        started = started_from_files(stores, request, files, STARTER, has_size=False)
        kept = grey_of(stores, started.request.start.mask)
        assert tuple(kept.getpixel((column, 9)) for column in columns) == wanted
        with Image.open(stores.sources.path_of(started.request.start.source)) as source:
            assert source.mode == "RGBA"
    plain = started_from_files(stores, PLAIN, files, STARTER, has_size=False).request
    assert grey_of(stores, plain.start.mask).tobytes() == mask.tobytes()


def test_what_was_not_used_of_a_file_is_said(stores: Stores, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "x.webp", save_all=True, append_images=frames[1:], lossless=True)
    files = StartFilePaths(tmp_path / "x.webp", tmp_path / "x.webp")
    started = started_from_files(stores, PLAIN, files, STARTER, has_size=False)
    assert started.notes == ("x.webp is animated: its first frame is used.",) * 2
    assert start_from_file(stores, tmp_path / "x.webp").notes == started.notes[:1]


def test_a_picture_of_ours_is_the_parent(stores: Stores, tmp_path: Path) -> None:
    pixels = Pixels(64, 64, bytes(range(192)) * 64)
    recipe = Recipe(Request("a house", seed=1), pixels_sha256=pixels.sha256)
    named, bare = tmp_path / "named.png", tmp_path / "bare.png"
    named.write_bytes(encode(pixels, recipe, "png")[0])
    bare.write_bytes(encode(pixels, None, "png")[0])
    assert start_from_file(stores, named).parent == pixels.sha256
    assert start_from_file(stores, bare).parent == ""
    stores.gallery.record(named, recipe, 64, 64)
    assert start_from_file(stores, bare).parent == pixels.sha256
    started = started_from_files(stores, PLAIN, StartFilePaths(bare), STARTER, has_size=False)
    assert started.request.parent == pixels.sha256
    assert hashlib.sha256(pixels.rgb).hexdigest() == pixels.sha256


def test_the_picture_outlives_its_file(stores: Stores, tmp_path: Path) -> None:
    path = picture(tmp_path / "x.png")
    first, again = start_from_file(stores, path), start_from_file(stores, path)
    path.unlink()
    assert first == again and (first.width, first.height) == (100, 70)
    with Image.open(stores.sources.path_of(first.address)) as kept:
        assert kept.convert("RGB").tobytes() == Image.new("RGB", (100, 70), "red").tobytes()
    with pytest.raises(WorldError, match="There is no file"):
        start_from_file(stores, path)


def test_a_full_disk_is_one_sentence(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from core.store.sources import source_store

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(source_store, "replace_file", full)
    with pytest.raises(KnownError, match="No space left") as caught:
        start_from_file(stores, picture(tmp_path / "x.png"))
    assert caught.value.hint
