"""Recipes of other programs: what each sample must be read as, in which files they lie, and that
nothing of them can bring a reader to fall or to stand still.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.metadata.readers.common.weights import from_compel, from_novelai
from core.metadata.recipes import FORMATS, fields_of, read_file, read_texts
from core.prompt.a1111 import parse
from core.prompt.tokens.pieces import WeightedText
from core.values.request import Request
from tests.core.metadata.readers import graphs
from tests.core.metadata.readers.graph_samples import GRAPHS
from tests.core.metadata.readers.mutations import mutated
from tests.core.metadata.readers.odd_graphs import GRAPHS as ODD_GRAPHS
from tests.core.metadata.readers.odd_texts import TEXTS as ODD_TEXTS
from tests.core.metadata.readers.sample_texts import Sample
from tests.core.metadata.readers.samples import SAMPLES
from tests.core.metadata.readers.test_group_nodes import with_group

MUTATED = int(os.environ.get("HOSTILE_RECIPES", "300"))
EVERY = [
    *(sample.texts for sample in SAMPLES.values()),
    *(graphs.text(graph) for graph, _ in GRAPHS.values()),
    *(odd.texts for odd in (ODD_GRAPHS | ODD_TEXTS).values()),
    {"workflow": json.dumps(with_group())},
]
EXIF_IFD, USER_COMMENT = 0x8769, 0x9286


@pytest.mark.parametrize("name", SAMPLES)
def test_a_recipe_in_the_form_of_its_program(name: str) -> None:
    sample = SAMPLES[name]
    found = read_texts(sample.texts)
    assert found is not None and found.format == sample.format
    assert {key: found.fields.get(key) for key in sample.fields} == sample.fields
    said = "\n".join((*found.approximated, *found.ignored))
    assert [word for word in sample.notes if word not in said] == [], said
    Request(**fields_of(found)).check()  # type: ignore[arg-type]


def test_every_format_has_a_sample_or_tests_of_its_own() -> None:
    elsewhere = {"calotype", "a1111", "comfyui"}
    assert {row.id for row in FORMATS} == elsewhere | {each.format for each in SAMPLES.values()}


def test_hashes_and_weights_of_what_was_used() -> None:
    def models(name: str) -> set[tuple[str, str, str, float | None]]:
        found = read_texts(SAMPLES[name].texts)
        assert found is not None
        return {(each.kind, each.name, each.hash, each.weight) for each in found.models}

    assert models("Fooocus") >= {
        ("model", "lampXL", "0123456789", None),
        ("lora", "brass", "abcdef0123", 0.1),
    }
    assert ("model", "Lamp XL", "blake3:" + "ab" * 32, None) in models("InvokeAI")
    assert ("controlnet", "canny", "", 0.5) in models("InvokeAI")
    a1111 = read_texts(
        {
            "parameters": "a <lora:brass:0.7>\nSteps: 5, Sampler: Euler, CFG scale: 7, Seed: 1, "
            'Model hash: 0123456789, Lora hashes: "brass: 0011aabbccdd", '
            'TI hashes: "moth: 99887766aa"'
        }
    )
    assert a1111 is not None
    assert [(each.kind, each.name, each.hash) for each in a1111.models] == [
        ("model", "", "0123456789"),
        ("lora", "brass", "0011aabbccdd"),
        ("embedding", "moth", "99887766aa"),
    ]


@pytest.mark.parametrize(
    ("asked", "ours"),
    [
        ("a cat", "a cat"),
        ("a cat++", "a (cat:1.21)"),
        ("(a cat)1.3, dim-", "(a cat:1.3), (dim:0.9)"),
        ("((a)1.2 cat)+", "((a:1.2) cat:1.1)"),
        ("a (plain) cat", "a plain cat"),
        ("well-known sci-fi", "well-known sci-fi"),
        ("[a] cat", "\\[a\\] cat"),
        ("open (cat", "open \\(cat"),
        ("kept \\(so\\)", "kept \\(so\\)"),
    ],
)
def test_the_weights_of_compel(asked: str, ours: str) -> None:
    assert from_compel(asked).text == ours


def test_weights_come_through_as_they_were() -> None:
    compel = parse(from_compel("a (lit)1.3 lamp++").text)
    assert _weights(compel) == {
        "a": 1.0,
        "lit": 1.3,
        "lamp": 1.21,
    }
    novelai = parse(from_novelai("{{a}} [b] (c)").text)
    assert _weights(novelai) == {"a": 1.1025, "b": 0.9524, "(c)": 1.0}


def _weights(pieces: tuple[WeightedText, ...]) -> dict[str, float]:
    return {text: round(piece.weight, 4) for piece in pieces if (text := piece.text.strip())}


def stealthy(text: str, packed: bool, mode: str = "alpha") -> Image.Image:
    """A picture with a text behind its alpha, or behind its colours in `mode` RGB or RGBA."""
    body = gzip.compress(text.encode()) if packed else text.encode()
    place = "png" if mode == "alpha" else "rgb"
    mark = f"stealth_{place}{'comp' if packed else 'info'}".encode()
    whole = mark + (8 * len(body)).to_bytes(4, "big") + body
    bits = [byte >> place & 1 for byte in whole for place in range(7, -1, -1)]
    image = Image.new("RGB" if mode == "RGB" else "RGBA", (96, 96), (10, 20, 30, 254))
    channels = 1 if mode == "alpha" else 3
    for index in range(-(-len(bits) // channels)):
        own = bits[channels * index : channels * (index + 1)]
        colour = (10, 20, 30, 254 | own[0])
        if mode != "alpha":
            own += [0] * (3 - len(own))
            colour = (10 | own[0], 20 | own[1], 30 | own[2], 254)
        image.putpixel((index // 96, index % 96), colour[: len(image.getbands())])
    return image


@pytest.mark.parametrize("packed", [True, False])
def test_a_recipe_behind_the_alpha(tmp_path: Path, packed: bool) -> None:
    text = json.dumps(
        {"Software": "NovelAI", "Source": "NovelAI", "Comment": '{"steps": 9, "seed": 4}'}
    )
    stealthy(text, packed).save(tmp_path / "x.png")
    found = read_file(tmp_path / "x.png")
    assert (found.format, found.request["steps"], found.request["seed"]) == ("novelai", 9, 4)
    stealthy("a\nSteps: 7, Sampler: Euler, CFG scale: 2, Seed: 3", packed).save(tmp_path / "y.png")
    assert read_file(tmp_path / "y.png").request["steps"] == 7
    stealthy("", packed).save(tmp_path / "z.png")
    assert read_file(tmp_path / "z.png").format == "none"


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_recipe_behind_the_colours(tmp_path: Path, mode: str, packed: bool) -> None:
    image = stealthy("a\nSteps: 7, Sampler: Euler, CFG scale: 2, Seed: 3", packed, mode)
    image.save(tmp_path / "x.png")
    image.save(tmp_path / "x.webp", lossless=True, exact=True)
    image.convert("RGB").save(tmp_path / "x.jpg")
    assert read_file(tmp_path / "x.png").request["seed"] == 3
    assert read_file(tmp_path / "x.webp").request["seed"] == 3
    assert read_file(tmp_path / "x.jpg").format == "none", "its pixels are others"


def _saved(path: Path, sample: Sample) -> None:
    """The sample in a file as its kind carries it: chunks, or EXIF's user comment in UTF-16."""
    image = Image.new("RGB", (8, 8))
    if path.suffix == ".png":
        info = PngInfo()
        for key, text in sample.texts.items():
            info.add_text(key, text, zip=len(text) > 600)
        image.save(path, pnginfo=info)
        return
    exif = Image.Exif()
    (text,) = sample.texts.values()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + text.encode("utf-16-le")
    image.save(path, exif=exif.tobytes())


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif"])
@pytest.mark.parametrize("name", ["RuinedFooocus", "SwarmUI", "NovelAI in one object", "a space"])
def test_in_every_kind_of_file(tmp_path: Path, name: str, suffix: str) -> None:
    sample = SAMPLES[name]
    _saved(tmp_path / f"x{suffix}", sample)
    found = read_file(tmp_path / f"x{suffix}")
    assert found.format == sample.format
    assert {key: found.fields.get(key) for key in sample.fields} == sample.fields


def test_a_graph_in_the_fields_for_cameras(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + json.dumps(graphs.plain())
    Image.new("RGB", (8, 8)).save(tmp_path / "x.webp", exif=exif.tobytes())
    assert read_file(tmp_path / "x.webp").request["seed"] == 81


def test_draw_things_in_xmp(tmp_path: Path) -> None:
    (text,) = SAMPLES["Draw Things"].texts.values()
    quoted = text.replace("&", "&amp;").replace('"', "&quot;")
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/"><exif:UserComment><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{quoted}</rdf:li></rdf:Alt></exif:UserComment>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet)
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png", pnginfo=info)
    found = read_file(tmp_path / "x.png")
    assert (found.format, found.request["steps"]) == ("drawthings", 18)


def test_a_file_beside_the_picture(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    (text,) = SAMPLES["Easy Diffusion"].texts.values()
    (tmp_path / "x.json").write_text(text)
    assert read_file(tmp_path / "x.png").format == "easydiffusion"
    (tmp_path / "x.txt").write_text(SAMPLES["Easy Diffusion's lines"].texts["parameters"])
    assert read_file(tmp_path / "x.png").request["seed"] == 8


@pytest.mark.parametrize("word", [b"OpenAI Media Service", b"trainedAlgorithmicMedia"])
def test_provenance_alone_says_that_it_was_made_elsewhere(tmp_path: Path, word: bytes) -> None:
    box = b"\0\0\0\x30jumb\0c2pa.claim\0claim_generator_info" + word
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    png = (tmp_path / "x.png").read_bytes()
    end = png.index(b"IDAT") - 4
    chunk = len(box).to_bytes(4, "big") + b"caBX" + box
    chunk += zlib.crc32(chunk[4:]).to_bytes(4, "big")
    (tmp_path / "x.png").write_bytes(png[:end] + chunk + png[end:])
    Image.new("RGB", (8, 8)).save(tmp_path / "x.jpg")
    jpeg = (tmp_path / "x.jpg").read_bytes()
    body = b"JP\0\1\0\0\0\1" + box
    segment = b"\xff\xeb" + (len(body) + 2).to_bytes(2, "big") + body
    (tmp_path / "x.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    Image.new("RGB", (8, 8)).save(tmp_path / "x.webp")
    webp = (tmp_path / "x.webp").read_bytes()
    webp += b"C2PA" + len(box).to_bytes(4, "little") + box + b"\0" * (len(box) % 2)
    (tmp_path / "x.webp").write_bytes(webp[:4] + (len(webp) - 8).to_bytes(4, "little") + webp[8:])
    Image.new("RGB", (8, 8)).save(tmp_path / "x.avif")
    kind = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    _put_behind(tmp_path / "x.avif", b"uuid", kind + bytes(4) + b"manifest\0" + bytes(8) + box)
    for name in ("x.png", "x.jpg", "x.webp", "x.avif"):
        found = read_file(tmp_path / name)
        assert found.format == "elsewhere" and "made elsewhere" in found.ignored[0]


def _put_behind(path: Path, kind: bytes, body: bytes) -> None:
    """One more box in an AVIF file, behind all others: no place in it moves."""
    box = (len(body) + 8).to_bytes(4, "big") + kind + body
    path.write_bytes(path.read_bytes() + box)


def test_whatever_becomes_of_a_recipe_it_is_read_or_left() -> None:
    for number in range(MUTATED):
        found = read_texts(mutated(EVERY[number % len(EVERY)], number))
        if found is not None:
            values = fields_of(found)
            Request(**values).check()  # type: ignore[arg-type]
            json.dumps([dict(found.request), found.approximated, found.ignored])
