"""The words of a small model (`world.json`), and an answer to prompts that name none of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from core.system.json_files import table_in

_WORD = re.compile(r"[^\W\d_]+")
_TAG = re.compile(r"<[^<>]*>")  # of a LoRA: its name describes nothing
MAX_BYTES = 2**20
NAMED = 3  # unknown words that are named
LONGEST = 24  # characters of each
TRIED = 3  # examples
_SMALL = frozenset(
    (
        "a",
        "an",
        "the",
        "and",
        "or",
        "of",
        "in",
        "on",
        "at",
        "to",
        "with",
        "by",
        "for",
        "from",
        "is",
        "are",
        "was",
        "very",
        "his",
        "her",
        "its",
        "their",
        "my",
        "your",
        "this",
        "that",
        "it",
        "as",
        "into",
        "over",
        "under",
    )
)


Vocabulary = Mapping[str, list[str]]


def known_words(folder: Path) -> Vocabulary:
    """Groups of words ("subjects", "colours", ...) the model in a folder was trained on; {} for
    models without such a list. Reads the disk: a ModelEntry has them."""
    return {
        key: [str(word) for word in cast("list[object]", words)]
        for key, words in table_in(folder / "world.json", MAX_BYTES).items()
        if isinstance(words, list)
    }


def known_subjects(groups: Vocabulary) -> str:
    """All subjects the model knows, as one sentence; "" where it has no list."""
    subjects = groups.get("subjects", [])
    return f"It knows: {', '.join(subjects)}." if subjects else ""


def answer(groups: Vocabulary, name: str, prompt: str) -> str:
    """ "" where the prompt names a subject that the model of this name knows, or the model has no
    list; else one sentence with what it knows."""
    subjects = groups.get("subjects")
    if not subjects or not prompt.strip():
        return ""
    prompt = _TAG.sub(" ", prompt)
    asked = {word.lower() for word in _WORD.findall(prompt)}
    known = {form for word in subjects for form in (word, word + "s", word + "es")} | set(
        groups.get("forms", [])
    )
    if asked & known:
        return ""
    unknown = _unknown(groups, prompt)
    tries = _joined([f'"{text}"' for text in groups.get("examples", [])[:TRIED]], "or")
    missing = ""
    if unknown:
        are = "is" if len(unknown) == 1 else "are"
        missing = f", and {_joined(unknown, 'and')} {are} not among them"
    return (
        f"The {name.lower()} model knows only {len(subjects)} subjects{missing}: the picture "
        "will not follow this prompt."
    ) + (f" Try {tries}." if tries else "")


def _unknown(groups: Vocabulary, prompt: str) -> list[str]:
    """The prompt's first words that stand in none of the model's lists."""
    listed = {
        word.lower() for texts in groups.values() for text in texts for word in _WORD.findall(text)
    } | _SMALL
    words = dict.fromkeys(word for word in _WORD.findall(prompt) if word.lower() not in listed)
    return [
        f'"{word if len(word) <= LONGEST else word[:LONGEST] + "..."}"'
        for word in list(words)[:NAMED]
    ]


def _joined(parts: list[str], last: str) -> str:
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)
