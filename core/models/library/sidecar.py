"""What other programs keep beside a model file: its preview picture, trigger words and notes.

NAME.preview.png and NAME.png (AUTOMATIC1111, ComfyUI), NAME.json with "activation text"
(AUTOMATIC1111), NAME.civitai.info with "trainedWords" and "model" (Civitai helper extensions).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from core.system.json_files import table_in

MAX_NOTE = 2**20  # bytes
MAX_WORDS = 40
MAX_TEXT = 4000  # characters
_PICTURES = (
    ".preview.png",
    ".preview.jpg",
    ".preview.jpeg",
    ".preview.webp",
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """`preview` is a picture's path or ""."""

    preview: str = ""
    trigger_words: tuple[str, ...] = ()
    notes: str = ""
    page: str = ""


def read_sidecar(path: Path) -> Sidecar:
    """What lies beside a model file, or inside a model's folder as a picture;
    what cannot be read is passed over."""
    stem = path.with_suffix("") if os.path.isfile(path) else path / path.name
    preview = next(
        (
            str(picture)
            for picture in (stem.with_name(stem.name + ending) for ending in _PICTURES)
            if os.path.isfile(picture)
        ),
        "",
    )
    words: list[str] = []
    own = table_in(stem.with_name(stem.name + ".json"), MAX_NOTE)
    info = table_in(stem.with_name(stem.name + ".civitai.info"), MAX_NOTE)
    for text in (*_texts(info.get("trainedWords")), *_texts(own.get("activation text"))):
        words += [word.strip() for word in text.split(",") if word.strip()]
    notes = [
        *_texts(own.get("notes")),
        *_texts(own.get("description")),
        *_texts(info.get("description")),
    ]
    number = info.get("modelId")
    page = f"https://civitai.com/models/{number}" if isinstance(number, int) else ""
    return Sidecar(
        preview=preview,
        trigger_words=tuple(dict.fromkeys(word[:200] for word in words))[:MAX_WORDS],
        notes=notes[0][:MAX_TEXT] if notes else "",
        page=page,
    )


def _texts(value: Any) -> list[str]:
    many = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [text for text in many if isinstance(text, str) and text.strip()]
