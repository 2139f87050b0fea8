"""Where and how the field writes a recipe: every carrier times every character set, and pictures
that other programs saved anew."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.metadata.exif import texts_in
from core.metadata.recipes import read_file
from core.metadata.texts import MAX_TEXT, comment, plain
from core.metadata.writing import encode
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from tests.core.metadata.picture_bombs import (
    chunk,
    harmless,
    jpeg,
    png,
    refused,
    saved,
    segment,
    webp,
)

PAIRS = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512, Model: m1"
PROMPTS = {
    "ascii": "a red house",
    "latin": "une maison, été, ß",
    "chinese": "一座红房子，雪",
    "japanese": "赤い家、窓",
    "emoji": "a 🏠 house",
    "cyrillic": "красный дом",
    "long": "一座红房子，雪" * 500,
}


def text_of(prompt: str) -> str:
    return f"{prompt}\nNegative prompt: fog\n{PAIRS}"


def tiff(
    body: bytes,
    *,
    little: bool = False,
    tag: int = 0x9286,
    kind: int = 7,
    count: int | None = None,
    before: bytes = b"",
    place: int | None = None,
) -> bytes:
    """EXIF with one note: of the EXIF directory where `tag` is the user comment or a maker's
    note, else of the first."""
    order = "<" if little else ">"
    inner = tag in (0x9286, 0x927C)
    start = 8 + len(before)
    data_at = start + (18 + 18 if inner else 18)
    entry = struct.pack(
        order + "HHHIII",
        1,
        tag,
        kind,
        len(body) if count is None else count,
        data_at if place is None else place,
        0,
    )
    head = (b"II*\0" if little else b"MM\0*") + struct.pack(order + "I", start) + before
    pointer = struct.pack(order + "HHHIII", 1, 0x8769, 4, 1, start + 18, 0) if inner else b""
    return head + pointer + entry + body + b"\0" * (len(body) % 2)


COMMENTS: dict[str, Callable[[str], bytes]] = {
    "UNICODE big": lambda text: b"UNICODE\0" + text.encode("utf-16-be"),
    "UNICODE little": lambda text: b"UNICODE\0" + text.encode("utf-16-le"),
    "UNICODE marked": lambda text: b"UNICODE\0" + text.encode("utf-16"),
    "UNICODE marked big": lambda text: b"UNICODE\0\xfe\xff" + text.encode("utf-16-be"),
    "UNICODE is UTF-8": lambda text: b"UNICODE\0" + text.encode(),
    "Unicode": lambda text: b"Unicode\0" + text.encode("utf-16-le"),
    "ASCII": lambda text: b"ASCII\0\0\0" + text.encode(),
    "ASCII marked": lambda text: b"ASCII\0\0\0\xef\xbb\xbf" + text.encode(),
    "undefined": lambda text: bytes(8) + text.encode(),
    "undefined big": lambda text: bytes(8) + text.encode("utf-16-be"),
    "undefined little": lambda text: bytes(8) + text.encode("utf-16-le"),
    "blanks": lambda text: b" " * 8 + text.encode(),
    "none": lambda text: text.encode(),
    "none big": lambda text: text.encode("utf-16-be"),
    "JIS is UTF-8": lambda text: b"JIS\0\0\0\0\0" + text.encode(),
    "UNICODE is UTF-8, padded": lambda text: b"UNICODE\0" + text.encode() + bytes(99),
    "ended": lambda text: b"UNICODE\0" + text.encode("utf-16-le") + b"\0\0",
    "padded": lambda text: b"ASCII\0\0\0" + text.encode() + bytes(400),
    "lines": lambda text: b"UNICODE\0" + text.replace("\n", "\r\n").encode("utf-16-be"),
}


def _hexadecimal(data: bytes) -> bytes:
    lines = data.hex()
    return (
        f"\nexif\n{len(data):8}\n".encode()
        + "\n".join(lines[at : at + 72] for at in range(0, len(lines), 72)).encode()
        + b"\n"
    )


def _packet(text: str, name: str = "exif:UserComment") -> bytes:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="r"><rdf:Description xmlns:exif="e" xmlns:dc="d">'
        f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{escaped}</rdf:li></rdf:Alt></{name}></'
        'rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _avif(exif: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "AVIF", exif=exif)
    return out.getvalue()


EXIF_IN: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": lambda data: jpeg(segment(0xE1, b"Exif\0\0" + data)),
    "webp": lambda data: webp((b"EXIF", data)),
    "webp prefixed": lambda data: webp((b"EXIF", b"Exif\0\0" + data)),
    "png": lambda data: png((b"eXIf", data)),
    "png behind": lambda data: png(behind=((b"eXIf", data),)),
    "png prefixed": lambda data: png((b"eXIf", b"Exif\0\0" + data)),
    "png hexadecimal": lambda data: png(
        (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(_hexadecimal(b"Exif\0\0" + data)))
    ),
    "png hexadecimal APP1": lambda data: png(
        (b"tEXt", b"Raw profile type APP1\0" + _hexadecimal(b"Exif\0\0" + data))
    ),
    "avif": _avif,
}


def read(tmp_path: Path, data: bytes) -> dict[str, object]:
    (tmp_path / "x").write_bytes(data)
    return dict(read_file(tmp_path / "x").request)


def whole(tmp_path: Path, data: bytes, prompt: str) -> bool:
    found = read(tmp_path, data)
    return (
        found.get("prompt"),
        found.get("negative_prompt"),
        found.get("seed"),
        found.get("model"),
    ) == (prompt, "fog", 5, "m1")


@pytest.mark.parametrize("how", COMMENTS)
@pytest.mark.parametrize("where", EXIF_IN)
def test_user_comments(tmp_path: Path, where: str, how: str) -> None:
    for prompt in PROMPTS.values():
        for little in (False, True):
            assert whole(
                tmp_path,
                EXIF_IN[where](tiff(COMMENTS[how](text_of(prompt)), little=little)),
                prompt,
            ), (prompt, little)


def test_japanese_comments_and_cut_ones(tmp_path: Path) -> None:
    for charset in ("iso2022_jp", "shift_jis", "euc_jp"):
        assert whole(
            tmp_path,
            EXIF_IN["jpeg"](tiff(b"JIS\0\0\0\0\0" + text_of("赤い家").encode(charset))),
            "赤い家",
        ), charset
    assert (
        plain("red 家".encode()[:-1]) == "red "
        and comment(b"UNICODE\0\0") == ""
        and plain(b"\xe9t\xe9") == "été"
    )


CHUNKS: dict[str, Callable[[str], tuple[bytes, bytes]]] = {
    "UTF-8 in tEXt": lambda text: (b"tEXt", b"parameters\0" + text.encode()),
    "UTF-8 in zTXt": lambda text: (b"zTXt", b"parameters\0\0" + zlib.compress(text.encode())),
    "iTXt": lambda text: (b"iTXt", b"parameters\0\0\0\0\0" + text.encode()),
    "iTXt packed": lambda text: (
        b"iTXt",
        b"parameters\0\1\0en\0\xc3\xa9\0" + zlib.compress(text.encode()),
    ),
    "capital": lambda text: (b"tEXt", b"Parameters\0" + text.encode()),
    "comment": lambda text: (b"iTXt", b"Comment\0\0\0\0\0" + text.encode()),
    "description": lambda text: (b"tEXt", b"Description\0" + text.encode()),
    "user comment": lambda text: (b"tEXt", b"UserComment\0" + text.encode()),
    "numbers": lambda text: (
        b"tEXt",
        b"exif:UserComment\0"
        + ", ".join(str(one) for one in COMMENTS["UNICODE big"](text)).encode(),
    ),
    "XMP": lambda text: (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _packet(text)),
    "marked": lambda text: (b"tEXt", b"parameters\0\xef\xbb\xbf" + text.encode()),
    "padded": lambda text: (b"tEXt", b"parameters\0" + text.encode() + b" \r\n\0\0\0"),
    "lines": lambda text: (b"tEXt", b"parameters\0" + text.replace("\n", "\r\n").encode()),
}


@pytest.mark.parametrize("how", CHUNKS)
def test_chunks_of_a_png_before_and_behind_its_pixels_and_its_end(tmp_path: Path, how: str) -> None:
    for prompt in PROMPTS.values():
        one = CHUNKS[how](text_of(prompt))
        for data in (png(one), png(behind=(one,)), png() + chunk(*one)):
            assert whole(tmp_path, data, prompt), prompt


def test_latin_1_is_still_read_where_it_stands(tmp_path: Path) -> None:
    assert whole(
        tmp_path,
        png((b"tEXt", b"parameters\0" + text_of("une maison, été, ß").encode("latin-1"))),
        "une maison, été, ß",
    )


@pytest.mark.parametrize("tag", [0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F, 0x010E])
@pytest.mark.parametrize("little", [False, True])
def test_other_notes_of_exif(tmp_path: Path, tag: int, little: bool) -> None:
    for prompt in PROMPTS.values():
        body = (
            text_of(prompt).encode()
            if tag == 0x010E
            else text_of(prompt).encode("utf-16-le") + b"\0\0"
        )
        assert whole(tmp_path, EXIF_IN["jpeg"](tiff(body, little=little, tag=tag, kind=1)), prompt)


def test_comments_and_xmp_of_every_container(tmp_path: Path) -> None:
    for prompt in PROMPTS.values():
        text = text_of(prompt)
        for name in ("exif:UserComment", "dc:description", "sd:parameters".replace("sd:", "dc:")):
            assert whole(
                tmp_path,
                jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _packet(text, name))),
                prompt,
            )
            assert whole(tmp_path, webp((b"XMP ", _packet(text, name)), flags=4), prompt)
            out = io.BytesIO()
            Image.new("RGB", (64, 64)).save(out, "AVIF", xmp=_packet(text, name))
            assert whole(tmp_path, out.getvalue(), prompt)
        assert whole(tmp_path, jpeg(segment(0xFE, text.encode())), prompt)
        attribute = f'<a xmlns:p="p" p:parameters="{text.replace(chr(10), "&#10;")}"/>'.encode()
        assert whole(tmp_path, webp((b"XMP ", attribute), flags=4), prompt)


def test_of_several_texts_the_recipe_is_taken(tmp_path: Path) -> None:
    other = [
        (b"tEXt", b"parameters\0a photo of mine"),
        (b"tEXt", b"Title\0Steps: to the house"),
        (b"iTXt", b'prompt\0\0\0\0\0{"3": {"inputs": {"seed": 1}}}'),
    ]
    assert whole(tmp_path, png(*other, CHUNKS["iTXt"](text_of("a red house"))), "a red house")
    assert whole(
        tmp_path,
        png(*other, (b"eXIf", tiff(COMMENTS["ASCII"](text_of("a red house"))))),
        "a red house",
    )
    assert whole(
        tmp_path,
        png(CHUNKS["comment"](text_of("not this")), CHUNKS["iTXt"](text_of("a red house"))),
        "a red house",
    )
    assert read(tmp_path, png(*other)) == {}


BROKEN = {
    "count too large": lambda body: tiff(body, count=10**6),
    "count too small": lambda body: tiff(body, count=20),
    "place behind the end": lambda body: tiff(body, place=10**6),
    "place zero": lambda body: tiff(body, place=0),
    "kind unknown": lambda body: tiff(body, kind=77),
    "first directory lost": lambda body: b"MM\0*\xff\xff\xff\xff" + tiff(body)[8:],
    "a directory that is its own": lambda body: (
        b"MM\0*"
        + struct.pack(">I", 8)
        + struct.pack(">HHHII", 1, 0x8769, 4, 1, 8)
        + bytes(4)
        + body
    ),
    "maker's notes before": lambda body: tiff(body, before=b"\xff" * 301),
    "cut": lambda body: tiff(body)[:-3],
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("charset", ["UNICODE big", "UNICODE little", "ASCII"])
def test_exif_broken_elsewhere(tmp_path: Path, how: str, charset: str) -> None:
    found = read(tmp_path, EXIF_IN["jpeg"](BROKEN[how](COMMENTS[charset](text_of("一 house")))))
    assert (found.get("prompt"), found.get("negative_prompt"), found.get("seed")) == (
        "一 house",
        "fog",
        5,
    )


def test_the_text_file_beside_a_picture_counts_where_it_carries_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(text_of("beside"), "utf-8")
    (tmp_path / "x.png").write_bytes(png())
    assert read_file(tmp_path / "x.png").request["prompt"] == "beside"
    (tmp_path / "x.png").write_bytes(png(CHUNKS["iTXt"](text_of("within"))))
    assert read_file(tmp_path / "x.png").request["prompt"] == "within"
    for words in (b"a caption for training, red house", b"x" * (MAX_TEXT + 1), b""):
        (tmp_path / "x.txt").write_bytes(words)
        (tmp_path / "x.png").write_bytes(png())
        assert read_file(tmp_path / "x.png").format == "none"


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "avif"])
def test_our_own_recipe_in_every_kind_and_what_stands_in_for_it(tmp_path: Path, kind: str) -> None:
    made = Recipe(
        Request("一座房子, été", "fog", seed=7, width=64, height=48),
        "j",
        model_name="S",
        created=1.0,
        version="1",
    )
    data, _ = encode(Pixels(64, 48, bytes(64 * 48 * 3)), made, kind)
    (tmp_path / "x").write_bytes(data)
    assert read_file(tmp_path / "x").recipe == made
    broken = data.replace(b'{"request":{"', b'{"request":["')  # a PNG's checksum is then wrong too
    if kind != "png":
        (tmp_path / "x").write_bytes(broken)
        found = read_file(tmp_path / "x")
        assert (
            broken != data
            and found.format == "a1111"
            and found.request["seed"] == 7
            and found.request["prompt"] == "一座房子, été"
        )


def test_a_damaged_recipe_of_ours_in_a_png_is_filled_from_the_text_beside_it(
    tmp_path: Path,
) -> None:
    from core.metadata.a1111 import write

    text = write(Recipe(Request("a house", seed=7, steps=33), version="1"))
    parts = (
        (
            b"iTXt",
            b"calotype\0\0\0\0\0" + b'{"request": {"prompt": "a house", "seed": 7, "steps": "x"}}',
        ),
        (b"iTXt", b"parameters\0\0\0\0\0" + text.encode()),
    )
    found = read(tmp_path, png(*parts))
    assert (found["prompt"], found["seed"], found["steps"], found["guidance"]) == (
        "a house",
        7,
        33,
        4.0,
    )
    cut = (b"iTXt", b"calotype\0\0\0\0\0" + b'{"request": {"prompt": "a hou'), parts[1]
    assert read(tmp_path, png(*cut))["steps"] == 33


def test_xmp_with_definitions_of_its_own_or_too_deep_is_left_out(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 100 + b'">]><a>' + b"&b;" * 1000 + b"</a>"
    deep = b"<a>" * 100_000
    for packet in (bomb, deep, b"\xff\xfe<", b"<a", text_of("x").encode()):
        assert read(tmp_path, webp((b"XMP ", packet), flags=4)) == {}


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300)
    | st.builds(
        lambda head, rest: head + rest,
        st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]),
        st.binary(max_size=300),
    )
)
def test_any_bytes_are_no_fault(data: bytes) -> None:
    texts_in(data)
    comment(data)
    comment(b"JIS\0\0\0\0\0" + data)
    comment(b"UNICODE\0" + data, little=True)


def test_bombs_and_odd_pictures_carry_no_recipe(tmp_path: Path) -> None:
    assert refused() and all(read(tmp_path, build()) == {} for build in harmless().values())
    assert read(tmp_path, saved("PNG")) == {}
