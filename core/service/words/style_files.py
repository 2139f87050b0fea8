"""Styles come in from files of any program and go out into one of ours, with the pictures that show
them."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.metadata.limits import check_container
from core.metadata.reading import FORMATS_READ, decoding, open_image
from core.prompt.styles import own
from core.prompt.styles.files import (
    DATA,
    OWN,
    PREVIEWS,
    FoundStyles,
    json_rows,
    preview_name,
    read_styles,
    styles_in,
)
from core.prompt.styles.own import add_styles, row_of
from core.prompt.styles.style import Style
from core.store.thumbnails import thumbnail_of
from core.system.atomic_files import replace_file
from core.system.errors import KnownError, WorldError, disk_refusals
from core.system.paths import Places, folder_problem
from core.system.regular_files import display_name, read_limited

LARGEST_PREVIEW = 2**20  # bytes of one in a file of styles
LARGEST = 2**26  # bytes of a file of styles with their previews
TABLES = (".csv", ".json")


@dataclass(frozen=True, slots=True)
class ImportedStyles:
    """The names that new styles got, of `found` that the file holds."""

    names: tuple[str, ...]
    found: int


def all_styles(where: Places) -> FoundStyles:
    """Those that come with the program, then a person's."""
    return styles_in(OWN, where.styles)


def save_style(where: Places, style: Style, instead_of: str = "") -> None:
    """As `own.save_style`; its preview goes with a new name, where the disk lets it: it can be made
    again, and the style is kept."""
    own.save_style(where.styles, style, instead_of)
    folder = where.styles / PREVIEWS
    before, now = folder / preview_name(instead_of), folder / preview_name(style.name)
    if instead_of and before != now and before.exists():
        with contextlib.suppress(OSError):
            os.replace(before, now)


def import_styles(where: Places, path: Path) -> ImportedStyles:
    """Take the styles of a file over into a person's own, with their previews. Raises WorldError
    with one sentence where the file cannot be used; then nothing of it is."""
    try:
        styles = read_styles(path, LARGEST)
        previews = dict(_previews_in(path))
    except (OSError, ValueError) as fault:
        reason = " ".join(str(getattr(fault, "strerror", None) or fault).split())[:160]
        raise WorldError(
            f"The styles of {path.name} cannot be used: {reason}.",
            "Choose a CSV of AUTOMATIC1111, or a JSON of Fooocus, InvokeAI or Calotype.",
        ) from fault
    names = add_styles(where.styles, styles)
    for name, before in names.items():
        if image := previews.get(before):
            with contextlib.suppress(KnownError):  # a bad picture costs itself
                _keep(where, name, _small(image, name))
    return ImportedStyles(tuple(names), len(styles))


def export_styles(path: Path, styles: Sequence[Style]) -> None:
    """Into a file of ours, with as many previews as one may have that is taken over, or as a table
    of AUTOMATIC1111's where it ends with .csv. Raises WorldError where the disk refuses."""
    is_table = path.suffix.lower() == ".csv"
    data = _table_of(styles) if is_table else json.dumps(_whole_rows(styles), indent=1)
    with disk_refusals(f"{path.name} cannot be written", "Choose another folder."):
        replace_file(path, data.encode("utf-8", "replace"))


def keep_preview(where: Places, name: str, picture: Path) -> None:
    """Show the style `name` by a picture file from now on. Raises WorldError where it cannot be
    read or the disk refuses."""
    with open_image(picture) as image:
        _keep(where, name, thumbnail_of(image, display_name(picture)))


def preview_of(style: Style) -> bytes:
    """JPEG of at most 256 pixels a side; b"" where there is none that can be shown."""
    if style.preview:
        with (
            contextlib.suppress(KnownError, OSError, ValueError),
            open_image(Path(style.preview)) as image,
        ):
            return thumbnail_of(image, style.name)
    return b""


def _keep(where: Places, name: str, jpeg: bytes) -> None:
    folder = where.styles / PREVIEWS
    if why := folder_problem(folder):
        raise WorldError(f"The folder {folder} cannot be used: {why}.", "Make it writable.")
    with disk_refusals("The preview cannot be written", "Free some space, then try again."):
        replace_file(folder / preview_name(name), jpeg)


def _previews_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """The pictures that a file of ours holds, by the names of their styles."""
    if path.suffix.lower() == ".csv":
        return
    for row in json_rows(path, LARGEST):
        name, text = row.get("name"), row.get("preview")
        if not isinstance(name, str) or not isinstance(text, str):
            continue
        head, _, body = text.partition(",")
        if head.startswith(DATA) and head.endswith(";base64") and len(body) < 2 * LARGEST_PREVIEW:
            with contextlib.suppress(ValueError):
                yield name.strip(), base64.b64decode(body, validate=True)


def _small(data: bytes, name: str) -> bytes:
    with decoding(name):
        check_container(io.BytesIO(data), name)
        image = Image.open(io.BytesIO(data), formats=FORMATS_READ)
    with image:
        return thumbnail_of(image, name)


def _whole_rows(styles: Sequence[Style]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    room = LARGEST // 2
    for style in styles:
        row: dict[str, object] = row_of(style)
        preview = _as_text(style)
        if preview and len(preview) <= room:
            room -= len(preview)
            row["preview"] = preview
        rows.append(row)
    return rows


def _as_text(style: Style) -> str:
    """Its preview as a data URL; "" where there is none that can be read."""
    if style.preview:
        with contextlib.suppress(OSError, ValueError):
            jpeg = read_limited(Path(style.preview), LARGEST_PREVIEW)
            return f"{DATA}jpeg;base64,{base64.b64encode(jpeg).decode()}"
    return ""


def _table_of(styles: Sequence[Style]) -> str:
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(("name", "prompt", "negative_prompt"))
    rows.writerows((style.name, style.prompt, style.negative) for style in styles)
    return out.getvalue()
