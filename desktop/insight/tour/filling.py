"""The stop that is open, brought onto its sheet: its texts, and what follows from its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.values.insight.lesson import NO_ANSWER, Stop
from desktop.insight.tour.keeping import Keeping
from desktop.insight.tour.page import TourPage
from desktop.insight.tour.pictures import OWN, LessonPictures
from desktop.insight.tour.sheet.shots import height_for
from desktop.insight.tour.sights import Sights
from desktop.state.commands import Commands
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.values.insight.lesson import Lesson, Term

LONGEST = 40  # characters of a stop's title in a button


class Filling:
    """Writes onto the page, and keeps nothing."""

    def __init__(
        self, page: TourPage, pictures: LessonPictures, keeping: Keeping, commands: Commands
    ) -> None:
        self._page = page
        self._pictures = pictures
        self._keeping = keeping
        self._commands = commands
        self._sights = Sights(pictures)

    def show_texts(self, lesson: Lesson, at: int) -> None:
        """What is told at a stop, simply or exactly, in usual or large type."""
        page, sheet, stop = self._page, self._page.sheet, lesson.stops[at]
        exactly = page.exact.isChecked()
        stops = lesson.stops
        sheet.show_large(page.large.isChecked())
        self._sights.forget_others()
        number = tr("{lesson}, stop {n} of {all}", lesson=lesson.title, n=at + 1, all=len(stops))
        sheet.number.setText(number)
        sheet.title.setText(stop.title)
        sheet.intro.setText(stop.intro.told(exactly=exactly))
        sheet.setAccessibleName(f"{number}: {stop.title}")
        sheet.setAccessibleDescription(stop.intro.told(exactly=exactly))
        sheet.question.setText(stop.question)
        sheet.seen.setText(stop.seen.told(exactly=exactly))
        sheet.sources.setText("\n".join((tr("Sources"), *stop.sources)))
        sheet.sources.setVisible(bool(stop.sources))
        sheet.more.setText(tr("More on this in help"))
        sheet.more.setVisible(f"help.{stop.help}" in self._commands)
        before = stops[at - 1].title if at else ""
        sheet.back_button.setText(tr("Back: {stop}", stop=_short(before)))
        sheet.back_button.setVisible(bool(before))
        is_last = at + 1 == len(stops)
        sheet.next_button.setText(
            tr("On to Create") if is_last else tr("Next: {stop}", stop=_short(stops[at + 1].title))
        )

    def show_state(self, lesson: Lesson, at: int, asked: int | None) -> None:
        """Whatever follows from what was chosen, made and kept; `asked` is what was expected where
        the pictures were asked for but have not been seen yet."""
        sheet, stop = self._page.sheet, lesson.stops[at]
        exactly = self._page.exact.isChecked()
        guess = self._keeping.of(lesson).guesses.get(stop.id, asked)
        has_choices = bool(stop.choices)
        is_making = any((stop.id, n) in self._pictures.waiting for n in range(len(stop.shots)))
        is_whole = guess is not None and not self._pictures.missing(stop)
        sheet.question.setVisible(bool(stop.question))
        sheet.choices.setVisible(has_choices)
        can_show = guess is not None or not has_choices or sheet.choices.guess() is not None
        sheet.show_button.setEnabled(can_show)
        sheet.show_button.setText(tr("Stop") if is_making else tr("Show me"))
        sheet.before.setVisible(not can_show)
        sheet.show_button.setVisible(not is_whole)
        sheet.bar.setVisible(is_making)
        sheet.progress.setVisible(is_making)
        sheet.fault.setVisible(bool(sheet.fault.text()))
        sheet.shots.setVisible(guess is not None and bool(stop.shots))
        sights, is_large = self._sights.of(stop, exactly=exactly), self._page.large.isChecked()
        height = height_for(sights, sheet.text_width(), large=is_large)
        if guess is not None:
            sheet.shots.show_sights(sights, height)
        words = "" if guess is None else verdict_words(stop, guess)
        sheet.verdict.setText(words)
        sheet.verdict.setVisible(is_whole and bool(words))
        sheet.seen.setVisible(is_whole)
        self._show_own(stop, is_whole, height)
        sheet.terms.show_terms(_terms(lesson, stop, exactly, is_whole), exactly=exactly)
        self._show_summary(lesson, is_whole and at + 1 == len(lesson.stops))
        sheet.make_primary(sheet.next_button if is_whole else sheet.show_button, not is_making)
        self._show_list(lesson, at)
        sheet.order_tabs()

    def _show_own(self, stop: Stop, is_whole: bool, height: int) -> None:
        sheet = self._page.sheet
        has_own = is_whole and stop.own_try is not None
        sheet.own_heading.setVisible(has_own)
        sheet.own.setVisible(has_own)
        sheet.own.show_busy((stop.id, OWN) in self._pictures.waiting)
        sheet.own.show_pictures(self._sights.own(stop), height)

    def _show_summary(self, lesson: Lesson, is_end: bool) -> None:
        sentences = [stop.summary for stop in lesson.stops if stop.summary]
        lines = (f"{number}. {words}" for number, words in enumerate(sentences, 1))
        sheet = self._page.sheet
        sheet.summary.setText("\n".join(lines))
        for part in (sheet.summary_heading, sheet.summary):
            part.setVisible(is_end and bool(sentences))

    def _show_list(self, lesson: Lesson, at: int) -> None:
        stops, guesses = lesson.stops, self._keeping.of(lesson).guesses
        titles = [stop.title for stop in stops]
        self._page.show_stops(titles, [stop.id in guesses for stop in stops], at)


def _terms(lesson: Lesson, stop: Stop, exactly: bool, is_whole: bool) -> list[Term]:
    """The words of a stop that stand on its sheet as it is told now. In a language that bends
    words that may be none: then all."""
    own = stop.own_try
    texts = [stop.intro.told(exactly=exactly), stop.question, *stop.choices]
    if is_whole:
        texts += [stop.seen.told(exactly=exactly), own.words if own is not None else ""]
    told = " ".join(texts).casefold()
    terms = [term for word in stop.terms if (term := lesson.term(word)) is not None]
    return [term for term in terms if term.word.casefold() in told] or terms


def _short(title: str) -> str:
    """As it has room in a button, in which & would mark a key."""
    words = title if len(title) <= LONGEST else f"{title[:LONGEST].rstrip()}..."
    return words.replace("&", "&&")


def verdict_words(stop: Stop, guess: int) -> str:
    """What was expected at a stop beside what happened, in words that scold nobody."""
    happened = "" if stop.happens == NO_ANSWER else stop.choices[stop.happens]
    expected = stop.choices[guess] if 0 <= guess < len(stop.choices) else ""
    if not happened:
        return tr("You expected: {what}.", what=expected) if expected else ""
    if guess == stop.happens:
        return tr("You expected: {what}. That is what happened.", what=expected)
    if not expected:
        return tr("What happened: {what}.", what=happened)
    return tr("You expected: {what}. What happened: {other}.", what=expected, other=happened)
