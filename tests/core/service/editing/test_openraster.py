"""Documents in OpenRaster: ours come back whole and are what the format says; those of others open;
hostile ones cost one sentence."""

from __future__ import annotations

import io
import os
import random
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.service.editing import openraster_reading, openraster_writing
from core.service.editing.flattening import flattened_rows
from core.service.editing.opening import document_from_file
from core.service.editing.openraster_reading import is_openraster, read_openraster
from core.service.editing.openraster_writing import write_openraster
from core.service.editing.rasters import Rows, pixels_in
from core.service.stores import Stores
from core.system.errors import WorldError
from core.values.editing.document import LayerKind
from core.values.editing.document_limits import check_document
from core.values.request import Request
from tests.core.service.editing.pictures import Sheet, noise, opaque

STACK = '<image version="0.0.3" w="{w}" h="{h}"><stack>{layers}</stack></image>'
ONE = '<layer name="a" src="data/0.png"/>'


def png(rows: Rows) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rows).save(out, "PNG")
    return out.getvalue()


def theirs(path: Path, stack: str | bytes, *, more: dict[str, bytes] | None = None) -> Path:
    """A file as another program may write it."""
    files = {"stack.xml": stack, "data/0.png": png(opaque(30, 40)), **(more or {})}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "image/openraster", zipfile.ZIP_STORED)
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def full_sheet() -> Sheet:
    sheet = Sheet(opaque(300, 270))
    sheet.add(noise(40, 50, seed=1), left=-7, top=280, opacity=0.5, name='Ünder <"&> \0 it')
    sheet.add(noise(300, 270, seed=2), visible=False, locked=True)
    sheet.select(noise(300, 270, 1, seed=3)[..., 0])
    sheet.select(np.full((300, 270), 7, np.uint8))
    sheet.document = replace(
        sheet.document,
        active_mask=sheet.document.masks[0].id,
        active_layer=2,
        frame=(-8, 3, 64, 64),
        frame_locked=True,
    )
    return sheet


def test_ours_comes_back_whole(tmp_path: Path) -> None:
    sheet = full_sheet()
    path = tmp_path / "a.ora"
    write_openraster(path, sheet.document, sheet.tile)
    write_openraster(path, sheet.document, sheet.tile)
    assert [one.name for one in tmp_path.iterdir()] == ["a.ora"]
    read = read_openraster(path)
    layers = list(sheet.document.layers)
    layers[1] = replace(layers[1], name='Ünder <"&> ? it')
    assert read.document == replace(sheet.document, layers=tuple(layers)) and read.notes == ()
    assert read.tiles.keys() >= read.document.tile_names()
    for name in read.document.tile_names():
        assert read.tiles[name] == sheet.tiles[name]


def test_ours_is_what_the_format_says(tmp_path: Path) -> None:
    """Read without any of our code: openraster.org, baseline."""
    sheet = full_sheet()
    path = tmp_path / "a.ora"
    write_openraster(path, sheet.document, sheet.tile)
    assert path.read_bytes()[30:54] == b"mimetypeimage/openraster", "first, stored"
    with zipfile.ZipFile(path) as archive:
        image = ElementTree.fromstring(archive.read("stack.xml"))
        assert (image.tag, image.get("w"), image.get("h")) == ("image", "270", "300")
        layers = image.findall("./stack/layer")
        assert [layer.get("visibility") for layer in layers] == ["hidden", "visible", "visible"]
        assert [float(layer.get("opacity", "0")) for layer in layers] == [1, 0.5, 1]
        assert layers[1].get("selected") == "true" and layers[0].get("edit-locked") == "true"
        canvas = Image.new("RGBA", (270, 300))
        for layer in reversed(layers):
            if layer.get("visibility") == "visible":
                part = Image.open(archive.open(layer.get("src", "")))
                assert part.mode == "RGBA"
                table = [round(a * float(layer.get("opacity", "1"))) for a in range(256)]
                part.putalpha(part.getchannel("A").point(table))
                place = int(layer.get("x", "0")), int(layer.get("y", "0"))
                on_sheet = Image.new("RGBA", canvas.size)
                on_sheet.paste(part, place)
                canvas = Image.alpha_composite(canvas, on_sheet)
        merged = Image.open(archive.open("mergedimage.png"))
        ours = np.array(merged)
        assert merged.size == (270, 300) and merged.mode == "RGBA"
        assert np.abs(ours.astype(int) - np.array(canvas)).max() <= 2
        assert (ours == flattened_rows(sheet.document, sheet.tile)).all()
        thumbnail = Image.open(archive.open("Thumbnails/thumbnail.png"))
        assert max(thumbnail.size) <= 256


def test_theirs_opens_with_its_groups_taken_apart(stores: Stores, tmp_path: Path) -> None:
    inner = (
        '<stack name="g" opacity="0.5" x="3.0" y="4"><layer name="b" src="data/1.png" x="1" y="2" '
        'opacity="0.5" composite-op="svg:multiply"/><filter type="blur"/></stack>'
        '<stack visibility="hidden"><layer src="data/0.png" visibility="visible"/></stack>'
    )
    path = theirs(
        tmp_path / "x.ora",
        STACK.format(w=40, h=30, layers=inner + ONE),
        more={"data/1.png": png(noise(5, 6)), "unknown/thing.bin": b"1"},
    )
    new = document_from_file(stores, path, Request("from Create"))
    low, hidden, group = new.document.layers
    assert (low.name, hidden.visible, group.name) == ("a", False, "b")
    assert hidden.name == "Layer 2", "one without a name is read out, too"
    assert (group.left, group.top, group.opacity, group.kind) == (4, 6, 0.25, LayerKind.PICTURE)
    assert (pixels_in(group.raster, new.tiles.__getitem__) == noise(5, 6)).all()
    assert len(new.notes) == 3 and new.record.request.prompt == "from Create"
    assert new.record.title == "x.ora" and new.record.origin.path == str(path)
    other = path.rename(tmp_path / "without-ending")
    assert is_openraster(other) and not is_openraster(tmp_path / "gone")


def test_damaged_masks_cost_no_layers(tmp_path: Path) -> None:
    own = [
        b"no json",
        b"[]",
        b'{"masks": [{"src": "nothing"}]}',
        b'{"masks": [{"src": "data/0.png"}]}',
        b'{"masks": [], "active_mask": 4}',
        b'{"masks": [], "kinds": ["odd"]}',
        b'{"masks": [], "frame": [0, 0, 99999999, 1]}',
        b'{"masks": [], "frame": [0, 0, "x", 1]}',
    ]
    stack = STACK.format(w=40, h=30, layers=ONE)
    for number, text in enumerate(own):
        path = theirs(tmp_path / f"{number}.ora", stack, more={"calotype/document.json": text})
        read = read_openraster(path)
        assert len(read.document.layers) == 1 and read.document.masks == (), text
        assert read.notes and "masks" in read.notes[0], text


# --- hostile ---


def bomb(path: Path) -> Path:
    """A PNG of 2**28 clear pixels in some kilobytes."""
    side = 2**14

    def chunk(kind: bytes, body: bytes) -> bytes:
        sums = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + sums

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    data = zlib.compress(bytes((side // 8 + 1) * side), 9)
    picture = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return theirs(path, STACK.format(w=40, h=30, layers=ONE), more={"data/0.png": picture})


def packed_bomb(path: Path) -> Path:
    """A list of layers of 5 MB in 5 kB."""
    return theirs(path, STACK.format(w=9, h=9, layers=" " * 5 * 2**20))


def entities(path: Path) -> Path:
    """Billion laughs."""
    lines = ['<!DOCTYPE image [<!ENTITY a "ha">']
    lines += [f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True)]
    stack = STACK.format(w=9, h=9, layers='<layer name="&h;" src="data/0.png"/>')
    return theirs(path, "".join([*lines, "]>", stack]))


def outside(path: Path) -> Path:
    """A file of the machine's in the place of one in the archive."""
    stack = '<!DOCTYPE image [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return theirs(path, stack + STACK.format(w=9, h=9, layers='<layer name="&x;" src="x"/>'))


def climbing(path: Path) -> Path:
    (path.parent / "secret.png").write_bytes(png(opaque(9, 9)))
    return theirs(path, STACK.format(w=9, h=9, layers='<layer src="../secret.png"/>'))


def deep(path: Path) -> Path:
    layers = "<stack>" * 5000 + ONE + "</stack>" * 5000
    return theirs(path, STACK.format(w=9, h=9, layers=layers))


def many_layers(path: Path) -> Path:
    return theirs(path, STACK.format(w=40, h=30, layers=ONE * 101))


def many_pixels(path: Path) -> Path:
    large = png(np.zeros((2000, 2000), np.uint8))
    stack = STACK.format(w=40, h=30, layers='<layer src="large.png"/>' * 3)
    return theirs(path, stack, more={"large.png": large})


def many_files(path: Path) -> Path:
    more = {f"{number}": b"" for number in range(1001)}
    return theirs(path, STACK.format(w=40, h=30, layers=ONE), more=more)


def twice(path: Path) -> Path:
    with pytest.warns(UserWarning, match="Duplicate name"):
        theirs(path, STACK.format(w=40, h=30, layers=ONE))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("stack.xml", STACK.format(w=41, h=30, layers=ONE))
    return path


def no_sizes(path: Path) -> Path:
    return theirs(path, f"<image><stack>{ONE}</stack></image>")


def huge(path: Path) -> Path:
    return theirs(path, STACK.format(w="9" * 400, h=30, layers=ONE))


def no_numbers(path: Path) -> Path:
    return theirs(path, STACK.format(w=40, h=30, layers='<layer src="data/0.png" x="left"/>'))


def no_layers(path: Path) -> Path:
    return theirs(path, STACK.format(w=40, h=30, layers=""))


def no_xml(path: Path) -> Path:
    return theirs(path, "<image><stack>")


def no_picture(path: Path) -> Path:
    stack = STACK.format(w=40, h=30, layers=ONE)
    return theirs(path, stack, more={"data/0.png": b"\x89PNG\r\n\x1a\nnothing"})


def other_type(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    return path


def unusual(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("mimetype", "image/openraster")
    return path


def no_zip(path: Path) -> Path:
    path.write_bytes(b"PK\3\4 no zip" * 99)
    return path


def cut(path: Path) -> Path:
    whole = theirs(path, STACK.format(w=40, h=30, layers=ONE)).read_bytes()
    path.write_bytes(whole[:-9])
    return path


def flipped(path: Path) -> Path:
    data = bytearray(theirs(path, STACK.format(w=40, h=30, layers=ONE)).read_bytes())
    at = data.index(b"data/0.png") + 60
    data[at : at + 20] = bytes(20)
    path.write_bytes(data)
    return path


HOSTILE: tuple[Callable[[Path], Path], ...] = (
    bomb, packed_bomb, entities, outside, climbing, deep, many_layers, many_pixels, many_files,
    twice, no_sizes, huge, no_numbers, no_layers, no_xml, no_picture, other_type, unusual, no_zip,
    cut, flipped,
)  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_a_hostile_file_is_one_sentence(
    make: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openraster_reading, "MAX_PIXELS", 2**23)
    with pytest.raises(WorldError) as refused:
        read_openraster(make(tmp_path / "x.ora"))
    said = str(refused.value)
    assert "x.ora" in said and len(said) < 300 and refused.value.hint and "root:" not in said


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Of a small file of ours."""
    made = Sheet(opaque(8, 9))
    made.add(noise(4, 5), left=3, opacity=0.5)
    made.select(noise(8, 9, 1)[..., 0])
    path = tmp_path_factory.mktemp("small") / "x.ora"
    write_openraster(path, made.document, made.tile)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@settings(max_examples=int(os.environ.get("HOSTILE_PICTURES", "60")))
@given(chance=st.randoms(use_true_random=False))
def test_damage_anywhere_in_a_part_is_one_sentence_or_a_whole_document(
    parts: dict[str, bytes], chance: random.Random
) -> None:
    name = chance.choice(sorted(parts))
    data = bytearray(parts[name])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) or 1)
        match chance.randrange(3):
            case 0:
                data[at : at + 1] = chance.choice((b"9", b"-", b"<", b'"', b"=", b"{", b"[", b"N"))
            case 1:
                del data[at : at + chance.randint(1, 30)]
            case _:
                data[at:at] = data[: chance.randint(1, 60)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.ora"
        with zipfile.ZipFile(path, "w") as archive:
            for part, whole in {**parts, name: bytes(data)}.items():
                archive.writestr(part, whole)
        try:
            found = read_openraster(path)
        except WorldError as refused:
            assert len(str(refused)) < 400
            return
    check_document(found.document)
    assert found.document.tile_names() <= found.tiles.keys()


def test_nothing_is_written_that_could_not_be_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = Sheet(opaque(30, 40))
    (tmp_path / "x.ora").write_bytes(b"the old one")
    monkeypatch.setattr(openraster_writing, "MAX_PIXELS", 1000)
    with pytest.raises(WorldError, match="Merge some"):
        write_openraster(tmp_path / "x.ora", sheet.document, sheet.tile)
    monkeypatch.undo()
    sheet.tiles.clear()

    def lost(name: str) -> bytes:
        raise WorldError("A part is damaged.", "")

    with pytest.raises(WorldError, match="damaged"):
        write_openraster(tmp_path / "x.ora", sheet.document, lost)
    with pytest.raises(WorldError, match="cannot be written"):
        write_openraster(tmp_path / "no folder" / "x.ora", sheet.document, sheet.tile)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("x.ora", b"the old one")]
