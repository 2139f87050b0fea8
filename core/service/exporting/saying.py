"""What a picture file says of its making, brought into a file of another kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.reading import texts_of_image
from core.metadata.recipes import read_file, read_texts
from core.metadata.stealth import stealth_texts
from core.metadata.texts import C2PA_KEY
from core.metadata.writing import Said, exif_comment, generated_mark, said_of
from core.service.exporting.choices import Along
from core.system.regular_files import display_name
from core.values.picture import SourceType

_FROM_ELSEWHERE = ("exif:", "xmp:")  # names that are ours, of texts that no chunk held
_MARK = "xmp:DigitalSourceType"
_LONGEST_KEY = 79  # bytes (PNG third edition, 11.3.3)


def said_in(path: Path, image: Image.Image, along: Along, kind: str) -> tuple[Said, str]:
    """What the exported file of this kind says, of an opened file; and a sentence where that is not
    all of its recipe. Raises WorldError as `read_file`."""
    if along is Along.NOTHING:
        return Said(), ""
    parsed = read_file(path)
    if along is Along.MARK:
        return Said(xmp=_mark_alone(parsed, texts_of_image(image))), ""
    if parsed.recipe is not None:
        return said_of(parsed.recipe), ""
    texts = texts_of_image(image)
    if parsed.format == "none" and not texts:
        return Said(), ""
    return _carried(parsed, texts or stealth_texts(image, display_name(path)), path, kind)


def _mark_alone(parsed: ParsedRecipe, texts: Mapping[str, str]) -> bytes:
    if parsed.recipe is not None:
        source_type = parsed.recipe.source_type
        return b"" if source_type is SourceType.BY_HAND else generated_mark(source_type)
    return generated_mark() if parsed.format != "none" else _mark_of(texts)


def _mark_of(texts: Mapping[str, str]) -> bytes:
    """The mark that another program gave it, or none."""
    word = texts.get(_MARK, "").rpartition("/")[2]
    return generated_mark(SourceType(word)) if word and word in set(SourceType) else b""


def _carried(
    parsed: ParsedRecipe, texts: Mapping[str, str], path: Path, kind: str
) -> tuple[Said, str]:
    """Another program's recipe: what its file says, where a file of this kind is looked for it."""
    mark = _mark_of(texts)
    if kind == "png":
        said = Said(tuple(_chunks(texts).items()), xmp=mark)
        again = read_texts(dict(said.texts))
    else:
        comment = next((text for text in _comments(texts) if _says_the_same(parsed, text)), "")
        said = Said(exif=exif_comment(comment) if comment else b"", xmp=mark)
        again = read_texts({"parameters": comment}) if comment else None
    if not parsed.request or (again is not None and again.request == parsed.request):
        return said, ""
    return said, f"The recipe of {display_name(path)} does not go into a file of this format."


def _chunks(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts as a PNG's chunks, each by a key that one may have."""
    chunks: dict[str, str] = {}
    for key, text in texts.items():
        if key in (C2PA_KEY, _MARK):  # which only its own file can prove; written apart
            continue
        for prefix in _FROM_ELSEWHERE:
            key = key.removeprefix(prefix)
        written = key.encode("latin-1", "replace")[:_LONGEST_KEY].decode("latin-1").strip()
        if written:
            chunks[written] = text.replace("\0", " ").encode("utf-8", "replace").decode()
    return chunks


def _comments(texts: Mapping[str, str]) -> tuple[str, ...]:
    """In which ways a user comment can hold them: the one that is made for it, or all as one JSON
    object."""
    chunks = _chunks(texts)
    whole = {key: _value(text) for key, text in chunks.items()}
    alone = tuple(filter(None, (chunks.get("parameters"), chunks.get("UserComment"))))
    return (*alone, json.dumps(whole), *chunks.values())


def _value(text: str) -> object:
    try:
        return json.loads(text) if text.lstrip()[:1] in "{[" else text
    except ValueError:
        return text


def _says_the_same(parsed: ParsedRecipe, text: str) -> bool:
    again = read_texts({"parameters": text})
    return again is not None and (again.format, again.request) == (parsed.format, parsed.request)
