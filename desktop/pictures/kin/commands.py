"""The commands that look for pictures like another one."""

from __future__ import annotations

from desktop.state.commands import FILE, PICTURE, Command

_LIKE = "More like it"


def _of_picture(command_id: str, label: str, *, other_words: str, under: str = _LIKE) -> Command:
    return Command(
        command_id,
        label,
        PICTURE,
        needs_picture=True,
        why="Choose a picture first.",
        other_words=other_words,
        under=under,
    )


OF_KIN: tuple[Command, ...] = (
    _of_picture("looks-like", "Looks like this", other_words="similar reverse image search alike"),
    _of_picture("same-recipe", "By this recipe", other_words="same settings other seeds more"),
    _of_picture("same-prompt", "With this prompt", other_words="same words more"),
    _of_picture("same-model", "By this model", other_words="same checkpoint more"),
    _of_picture(
        "family",
        "Where it comes from...",
        other_words="lineage history parents children variations upscaled made of tree origin",
        under="",
    ),
)
DUPLICATES = Command(
    "duplicates",
    "Find duplicates...",
    FILE,
    other_words="same identical similar copies clean up",
)
