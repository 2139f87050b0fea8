"""What `calotype explain --words` prints of where words were looked at."""

from __future__ import annotations

from dataclasses import asdict

from core.service.insight.words.about import ABOUT_WORDS
from core.service.insight.words.telling import ExplainedWords

_FIELDS = (
    "top left",
    "top",
    "top right",
    "left",
    "middle",
    "right",
    "bottom left",
    "bottom",
    "bottom right",
)


def words_as_json(found: ExplainedWords) -> dict[str, object]:
    """The keys that say it."""
    return {
        "words": [asdict(one) for one in found.tokens],
        "words_depth": found.depth,
        "words_steps": list(found.steps),
        "words_about": ABOUT_WORDS,
    }


def words_as_lines(found: ExplainedWords) -> list[str]:
    """A line for each token: its share of all that was looked at, and where most of it lies."""
    if not found.tokens:
        return []
    lines = [f"  where words were looked at, cells of {found.depth}, the mean over all steps:"]
    for one in found.tokens:
        name = one.text or f"<{one.kind}>"
        part = f" {one.part + 1}" if one.part else ""
        most = max(range(len(_FIELDS)), key=one.fields.__getitem__)
        lines.append(
            f"  {one.branch + part:9} {name:20} {one.share:7.2%}  most of it {_FIELDS[most]}, "
            f"{one.fields[most]:.0%}"
        )
    return [*lines, *(f"  {words}" for words in ABOUT_WORDS.split("\n\n"))]
