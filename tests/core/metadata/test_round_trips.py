"""Any request to every kind of file and back: our own recipe whole, the web UI's text as far as
that has words; in the file, beside it, and pasted. HOSTILE_RECIPES is how many are tried."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.metadata import a1111, native
from core.metadata.exif import USER_COMMENT
from core.metadata.reading import open_image, texts_of_image
from core.metadata.recipes import fields_of, read_file, read_texts
from core.metadata.writing import SUFFIXES, encode
from core.prompt.loras import named_loras
from core.values.lora import Lora
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from tests.core.metadata.requests import NAMES, requests

PIXELS = Pixels(8, 8, bytes(range(192)))
FEW = settings(
    max_examples=int(os.environ.get("HOSTILE_RECIPES", "12")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
HEX = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
# lines of a text of the web UI's cannot hold what looks like its own, or blanks at their ends
_SIGNS = st.characters(
    blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Zs"), blacklist_characters="<>:#{}[]|_\\\ufeff"
)
WORDS = st.lists(st.text(_SIGNS, min_size=1, max_size=12), min_size=1, max_size=6).map(" ".join)
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
LORAS = st.lists(
    st.builds(Lora, NAMES, st.integers(-40, 40).map(lambda n: n / 20)),
    max_size=3,
    unique_by=lambda lora: lora.id,
).map(tuple)


@st.composite
def recipes(draw: st.DrawFn, words: st.SearchStrategy[str]) -> Recipe:
    """Of any request that is allowed, with these words."""
    request = replace(
        draw(requests()),
        prompt=draw(words),
        negative_prompt=draw(st.just("") | words),
        loras=draw(LORAS),
        template=draw(st.just("") | words),
    )
    return Recipe(
        request.check(),
        job_id=draw(NAMES),
        index=draw(st.integers(0, 99)),
        model_name=draw(NAMES),
        model_hash=draw(HEX),
        family=draw(NAMES),
        seconds=draw(st.floats(0, 1e6)),
        created=draw(st.floats(0, 1e10)),
        version=draw(st.just("0.1.0")),
        pixels_sha256=draw(HEX),
        fingerprint=draw(st.lists(st.tuples(NAMES, NAMES), max_size=3).map(tuple)),
    )


@FEW
@given(recipe=recipes(st.text(max_size=200)))
def test_our_recipe_comes_back_whole_from_every_kind_of_file_and_from_beside_one(
    tmp_path: Path, recipe: Recipe
) -> None:
    for kind in SUFFIXES:
        data, suffix = encode(PIXELS, recipe, kind)
        path = tmp_path / f"x{suffix}"
        path.write_bytes(data)
        found = read_file(path)
        assert found.format == "calotype" and found.recipe == recipe, kind
    text = native.write(recipe)
    plain = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(plain)
    plain.with_suffix(".json").write_text(text)
    pasted = read_texts({"parameters": text})
    assert pasted is not None and pasted.recipe == recipe == read_file(plain).recipe


def in_png(text: str, path: Path) -> None:
    info = PngInfo()
    info.add_itxt("parameters", text)
    Image.new("RGB", (8, 8)).save(path, "PNG", pnginfo=info)


def in_exif(text: str, path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[USER_COMMENT] = b"UNICODE\0" + text.encode("utf-16-be")
    Image.new("RGB", (8, 8)).save(path, exif=exif.tobytes())


CARRIERS: dict[str, Callable[[str, Path], None]] = {
    ".png": in_png,
    ".webp": in_exif,
    ".jpg": in_exif,
    ".avif": in_exif,
}


@FEW
@given(recipe=recipes(LINES))
def test_the_web_uis_text_keeps_words_models_and_loras_in_every_kind_of_file(
    tmp_path: Path, recipe: Recipe
) -> None:
    text = a1111.write(recipe)
    found = a1111.parse({"parameters": text})
    assert found is not None and not found.ignored
    values: dict[str, Any] = fields_of(found)
    request = recipe.request
    words, loras = named_loras(values["prompt"])
    assert (words, values.get("negative_prompt", "")) == (request.prompt, request.negative_prompt)
    assert loras == request.loras
    named = found.request["model"], found.request["model_hash"]
    assert named == (recipe.model_name, recipe.model_hash[:10])
    replace(Request(), **values).check()
    for suffix, write in CARRIERS.items():
        write(text, tmp_path / f"x{suffix}")
        with open_image(tmp_path / f"x{suffix}") as image:
            assert texts_of_image(image)["parameters"] == text
        assert read_file(tmp_path / f"x{suffix}") == found
    Image.new("RGB", (8, 8)).save(tmp_path / "y.png")
    (tmp_path / "y.txt").write_text(text, encoding="utf-8")
    assert read_file(tmp_path / "y.png") == found
