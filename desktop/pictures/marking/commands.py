"""The commands that note something on the chosen pictures: favourite, rating, tags, albums."""

from __future__ import annotations

from desktop.state.commands import PICTURE, PICTURES, Command


def _row(
    command_id: str,
    label: str,
    key: str,
    other_words: str,
    *,
    under: str = "",
    begins: bool = False,
) -> Command:
    return Command(
        command_id,
        label,
        PICTURE,
        key=key,
        scope=PICTURES,
        needs_picture=True,
        why="Choose a picture first.",
        other_words=other_words,
        begins=begins,
        under=under,
    )


_RATINGS = ("No rating", "1 star", "2 stars", "3 stars", "4 stars", "5 stars")

OF_MARKS: tuple[Command, ...] = (
    _row("favourite", "Favourite", "F", "star heart like pick flag", begins=True),
    *(
        _row(f"rate-{n}", label, str(n), "rating stars rate", under="Rating")
        for n, label in enumerate(_RATINGS)
    ),
    _row("reject", "Reject", "X", "rating flag discard cull", under="Rating"),
    _row("tags", "Tags and note...", "T", "keywords label caption remark note"),
    _row("album-add", "Add to album...", "A", "collection folder board"),
)
