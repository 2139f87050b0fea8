"""What is said of maps of attention: that a word was looked at, and never that it made anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from desktop.insight.words.bars import Part, percent
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.values.insight.attention import AttentionMaps, TokenRow, WordsRow, WordsTable
    from desktop.insight.words.maps import SeenText, SeenWord

MOST_NAME = 60  # characters of a phrase that are written out


def text_name(table: WordsTable, row: WordsRow) -> str:
    """What a text is called."""
    from core.values.insight.attention import WITH

    if row.branch != WITH:
        return tr("Negative prompt")
    parts = sum(one.branch == WITH for one in table.rows)
    if parts < 2:
        return tr("Prompt")
    return tr("Prompt, text {n} of {all}", n=row.part + 1, all=parts)


def phrase_name(words: Sequence[SeenWord]) -> str:
    """Several words as one, in quotes."""
    name = " ".join(word.name for word in words)
    if len(name) > MOST_NAME:
        name = name[: MOST_NAME - 3] + "..."
    return tr('"{words}"', words=name)


def field_words(fields: Sequence[float]) -> str:
    """How a map lies over the nine fields of the picture."""
    names = (
        tr("top left"),
        tr("top"),
        tr("top right"),
        tr("left"),
        tr("middle"),
        tr("right"),
        tr("bottom left"),
        tr("bottom"),
        tr("bottom right"),
    )
    return ", ".join(
        tr("{name} {share}", name=name, share=tr("{n} %", n=f"{100 * share:.0f}"))
        for name, share in zip(names, fields, strict=True)
    )


def word_about(word: SeenWord) -> str:
    """A word, how much it was looked at, and where, in one line."""
    words = tr(
        "{word}: looked at {share}; of that {fields}",
        word=word.name,
        share=percent(word.share),
        fields=field_words(word.fields),
    )
    if len(word.group) > 1:
        words += "; " + tr("{n} tokens", n=len(word.group))
    if word.weight != 1.0:
        words += "; " + tr("weight {n}", n=f"{word.weight:g}")
    return words


def together(words: Sequence[SeenWord]) -> tuple[float, ...]:
    """How several words together lie over the nine fields, 1 together."""
    whole = sum(word.share for word in words) or 1.0
    return tuple(
        sum(word.share * word.fields[field] for word in words) / whole for field in range(9)
    )


def map_words(words: Sequence[SeenWord], maps: AttentionMaps) -> str:
    """What the map of a word or a phrase shows."""
    return tr(
        "{words} was looked at here: {share} of all looks at this text, {which}.",
        words=phrase_name(words),
        share=percent(sum(word.share for word in words)),
        which=which_words(maps),
    )


def which_words(maps: AttentionMaps) -> str:
    """Of which steps and layers the maps are the mean."""
    cells = tr("{w} x {h} cells", w=maps.width, h=maps.height)
    if len(maps.steps) == 1:
        return tr("step {n}, mean of layers at {cells}", n=maps.steps[0], cells=cells)
    return tr("mean of {n} steps and of layers at {cells}", n=len(maps.steps), cells=cells)


def shared_out(text: SeenText) -> tuple[Part, ...]:
    """All looks at a text: start, words, end, padding."""
    return tuple(
        Part(name, sum(_shares_of(text.maps, kind))) for kind, name in _kind_names().items()
    )


def _shares_of(maps: AttentionMaps, kind: str) -> Iterable[float]:
    pairs = zip(maps.tokens, maps.shares, strict=True)
    return (share for token, share in pairs if token.kind == kind)


def _kind_names() -> dict[str, str]:
    from core.values.insight.attention import TokenKind

    return {
        TokenKind.START: tr("start"),
        TokenKind.WORD: tr("words"),
        TokenKind.END: tr("end"),
        TokenKind.PADDING: tr("padding"),
    }


def token_name(token: TokenRow, chunks: int) -> str:
    """A token as a list names it; which of several chunks it is in, where it is no word."""
    from core.values.insight.attention import TokenKind

    if token.kind == TokenKind.WORD:
        return token.text.strip() or tr("a blank")
    name = {
        TokenKind.START: tr("start of the text"),
        TokenKind.END: tr("end of the text"),
        TokenKind.PADDING: tr("padding, {n} tokens", n=token.count),
    }[token.kind]
    return tr("{what}, chunk {n}", what=name, n=token.chunk + 1) if chunks > 1 else name


def place_words(cell: tuple[int, int], maps: AttentionMaps, text: str) -> str:
    """Which place it is, and of whose looks."""
    return tr(
        "{text}: row {row}, column {column} of {w} x {h} cells. What was looked at here:",
        text=text,
        row=cell[1] + 1,
        column=cell[0] + 1,
        w=maps.width,
        h=maps.height,
    )


def about_words() -> str:
    """What the maps say and what not, for the room."""
    from core.service.insight.words.about import ABOUT_WORDS

    return "\n\n".join(
        (
            tr_data(ABOUT_WORDS),
            tr(
                "In each of its layers and at each place the network shares out one whole look "
                "over all tokens of the text. A map shows which part of it a word got there."
            ),
            tr(
                "Most looks go to the start, the end and the padding, which carry the meaning of "
                "the whole text. Small words may get more than the subject: on the starter all "
                'words together hold about a fifth, and "a" more than "sunset".'
            ),
        )
    )
