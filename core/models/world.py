"""What a small model knows: reads `world.json` beside a model and answers prompts that name nothing of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from core.durable import read_json
from core.models.library import ModelEntry

_WORD = re.compile(r"[^\W\d_]+")
MAX_BYTES = 2**20


def known_words(folder: Path) -> dict[str, list[str]]:
    """Groups of words ("subjects", "colours", ...) the model was trained on; {} for models without such a list."""
    path = folder / "world.json"
    try:
        found = read_json(path, MAX_BYTES)
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    groups = cast("dict[str, object]", found)
    return {key: [str(word) for word in cast("list[object]", words)] for key, words in groups.items() if isinstance(words, list)}


def examples(folder: Path) -> list[str]:
    """Sample prompts that the model does well."""
    return known_words(folder).get("examples", [])


def unknown_prompt(entry: ModelEntry, prompt: str) -> str:
    """"" where the prompt names a subject the model knows (or the model has no list); else one sentence with what it knows."""
    return answer(known_words(Path(entry.path)), entry.name, prompt)


def answer(groups: dict[str, list[str]], name: str, prompt: str) -> str:
    """`unknown_prompt` with the word groups already read."""
    subjects = groups.get("subjects")
    if not subjects or not prompt.strip():
        return ""
    asked = {word.lower() for word in _WORD.findall(prompt)}
    known = {form for word in subjects for form in (word, word + "s", word + "es")} | set(groups.get("forms", []))
    if asked & known:
        return ""
    others = " ".join(groups.get("colours", []))
    return (f"The {name.lower()} model knows only: {', '.join(subjects)}; in the colours {', '.join(others.split())}; "
            f"{', '.join(groups.get('places', []))}. This prompt names none of its subjects, so the picture will not follow it.")
