"""What is said of a picture in a grid: for a screen reader, and in the tooltip."""

from __future__ import annotations

from core.values.picture import Picture
from desktop.widgets.i18n import tr

SPOKEN = 120  # characters of a prompt that are read out
SHOWN_PROMPT = 300  # characters of a prompt in a tooltip
REJECTED = -1  # the rating of a rejected picture


def picture_words(picture: Picture, row: int = -1, count: int = 0) -> str:
    """The prompt's beginning, seed, marks, and where the picture stands among `count`."""
    prompt = " ".join(picture.request.prompt.split())
    if len(prompt) > SPOKEN:
        prompt = prompt[:SPOKEN].rpartition(" ")[0] or prompt[:SPOKEN]
    words = [prompt or tr("Without a prompt"), tr("seed {seed}", seed=picture.request.seed)]
    words += mark_words(picture)
    if row >= 0:
        words.append(position_words(row, count))
    return ", ".join(words)


def mark_words(picture: Picture) -> list[str]:
    """What a person marked it with."""
    words = [tr("favourite")] if picture.favourite else []
    if picture.rating == REJECTED:
        words.append(tr("rejected"))
    elif picture.rating == 1:
        words.append(tr("1 star"))
    elif picture.rating > 1:
        words.append(tr("{n} stars", n=picture.rating))
    if picture.tags:
        words.append(tr("tags: {tags}", tags=", ".join(picture.tags)))
    return words


def position_words(row: int, count: int) -> str:
    """ "4 of 812"."""
    return tr("{n} of {count}", n=f"{row + 1:,}", count=f"{count:,}")


def stack_words(words: str, *, closed: int, opened: int) -> str:
    """The words of a picture, with how many lie on its stack, or lay there before it was opened."""
    if closed > 1:
        return tr("{words}, stack of {n}", words=words, n=closed)
    if opened > 1:
        return tr("{words}, open stack of {n}", words=words, n=opened)
    return words


def tip_text(picture: Picture) -> str:
    """The same for a tooltip, which breaks lines only in rich text."""
    import html  # with its table of names, which no start needs

    words = html.escape(tip_words(picture), quote=False)
    return f'<p style="white-space: pre-wrap">{words}</p>'


def tip_words(picture: Picture) -> str:
    """Prompt and seed."""
    return tr(
        "{prompt} (seed {seed})",
        prompt=picture.request.prompt[:SHOWN_PROMPT] or tr("without a prompt"),
        seed=picture.request.seed,
    )
