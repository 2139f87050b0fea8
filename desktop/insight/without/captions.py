"""What is said of words that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.insight.from_text.bars import share_words
from desktop.widgets.figures import time_words
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.without.judging import JudgedWord
    from core.service.insight.without.trials import Change
    from core.service.insight.without.words import TriedWord


def called(word: TriedWord) -> str:
    """Words as they are named in the panel."""
    name = tr("{word} ({n})", word=word.name, n=word.time) if word.time else word.name
    return tr("{word}, negative", word=name) if word.is_negative else name


def way_name(change: Change) -> str:
    """A row of pictures."""
    return {
        "none": tr("As it is"),
        "blanked": tr("Blanked"),
        "deleted": tr("Left out"),
        "comma": tr("A comma"),
        "filler": tr("A made-up word"),
    }[change.value]


def count_words(one: int, every: int, seconds: float) -> str:
    """How many pictures are to be made for a word, and for all words; a picture takes so many
    seconds, 0 where that is not known."""
    if not every:
        return ""
    counts = [
        tr("{count} pictures, about {time}", count=count, time=time_words(count * seconds))
        if seconds
        else tr("{count} pictures", count=count)
        for count in (one, every)
    ]
    if not one:
        return tr("All words: {counts}.", counts=counts[1])
    return tr("This word: {one}. All words: {every}.", one=counts[0], every=counts[1])


def verdict_words(one: JudgedWord) -> str:
    """Sentences: what was seen, and what that is beside changes that mean nothing."""
    from core.service.insight.without.judging import Verdict

    low, high = one.spread
    seen = tr(
        'Without "{word}" {share} of the pixels are seen to differ ({low} to {high} over '
        "{count} seeds), all differ by {levels} of 255 levels, and the forms by {forms}.",
        word=called(one.word),
        share=share_words(one.visible),
        low=share_words(low),
        high=share_words(high),
        count=len(one.seeds),
        levels=f"{one.difference:.1f}",
        forms=f"{one.forms:.2f}",
    )
    is_none = one.verdict is Verdict.NONE
    name = tr("No effect with these seeds.") if is_none else tr("An effect with these seeds.")
    limits = tr(
        "Changes that mean nothing count up to {limit}, {levels} levels and {forms}; an effect "
        "goes beyond in the forms, or in both others.",
        limit=share_words(one.limit),
        levels=f"{one.limit_of_difference:.1f}",
        forms=f"{one.limit_of_forms:.2f}",
    )
    said = [seen, name, limits]
    if is_none and one.tells_little:
        said.append(tr("That says little here: even such a change alters nearly all that is seen."))
    return " ".join(said)


def verdict_name(one: JudgedWord) -> str:
    """The same in a word or two; above it stands that it is so with these seeds."""
    from core.service.insight.without.judging import Verdict

    return tr("no effect") if one.verdict is Verdict.NONE else tr("an effect")


def row_words(one: JudgedWord) -> str:
    """A row of the list, for those who do not see its bars."""
    return tr(
        "{word}: {share} seen to differ, forms {forms}, {verdict}",
        word=called(one.word),
        share=share_words(one.visible),
        forms=f"{one.forms:.2f}",
        verdict=verdict_name(one),
    )


def scale_words() -> str:
    """What the bars stand for."""
    return tr(
        "Upper bar: the share of pixels that are seen to differ, with its spread over the seeds. "
        "Lower bar: how far edges are where they were not, 0 to 1; by it words are ranked. Each is "
        "of the way that changes less, blanked or left out. The upright line: what a comma or a "
        "made-up word does, and a tenth of the pixels, or 0.05 of the forms, more."
    )


def about_words(changes: tuple[str, ...]) -> str:
    """What the panel does. `changes` are the texts of the changes that mean nothing."""
    said = tr(
        "The picture is made without the word at its own seed and the next two: blanked, where "
        "nothing is told in its place, and left out. What changes more than with a comma or a "
        "made-up word is its effect. These pictures are not kept."
    )
    if not changes:
        return said
    return "\n".join((said, tr("Changes that mean nothing:"), *changes))
