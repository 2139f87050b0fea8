"""What happens in "Without this word": words are chosen, tried, judged, shown, saved and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox

from core.system.errors import KnownError
from core.values.request_parts.sweep_place import SweepPlace
from desktop.insight.opened.figure_saving import FigureSaving
from desktop.insight.opened.opening import Opening
from desktop.insight.without.captions import (
    about_words,
    called,
    count_words,
    verdict_words,
    way_name,
)
from desktop.insight.without.figures import meaningless_texts, trials_sheet, trials_table
from desktop.insight.without.panel import WithoutPanel
from desktop.insight.without.run import WordTrials
from desktop.shared.context import RoomContext
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.without.trials import Trial
    from core.service.insight.without.words import TriedWord
    from desktop.insight.words.desk import Words
    from desktop.pictures.comparing.compared import ComparedPicture

TOPIC = "insight"


class Without(QObject):
    """The panel in the column of Words, and what it does. `panel` goes into that column."""

    def __init__(self, context: RoomContext, opening: Opening, words: Words) -> None:
        super().__init__(words)
        services = context.services
        self._context = context
        self._opening = opening
        self._words = words
        self._tasks = services.image_tasks
        self._saving = FigureSaving(self._tasks, context.notice, context.window)
        self.trials = WordTrials(services.stores, services.service, self._tasks, self)
        self.panel = WithoutPanel(self.trials)
        self._connect()
        self._open()

    def _connect(self) -> None:
        panel, trials = self.panel, self.trials
        self._opening.changed.connect(self._open)
        self._words.chosen_changed.connect(self._offer_chosen)
        panel.seen.connect(self._open)
        self._context.services.library.changed.connect(self._open)
        panel.word.currentIndexChanged.connect(lambda _: self._show())
        panel.try_it.clicked.connect(self._try)
        panel.all_words.clicked.connect(self._try_all)
        panel.stop.clicked.connect(trials.stop)
        panel.grid.asked.connect(self._compare)
        panel.keep.clicked.connect(self._keep)
        panel.effects.currentRowChanged.connect(self._choose_row)
        panel.save.clicked.connect(self._save)
        trials.opened.connect(self._offer)
        trials.came.connect(self._came)
        trials.progressed.connect(self._show_progress)
        trials.failed.connect(self._fail)

    # --- which word ---

    def _open(self) -> None:
        """Another picture. Its file is read once somebody sees the panel."""
        self.trials.open(self._opening.path)
        if self.panel.isVisible():
            self.trials.read()

    def _offer(self) -> None:
        """The words of the picture, those that are kept before them."""
        box = self.panel.word
        box.blockSignals(True)
        box.clear()
        for word in self.trials.words:
            box.addItem(called(word), word)
        box.blockSignals(False)
        self._offer_chosen()
        self._show()

    def _offer_chosen(self) -> None:
        """What was chosen among the words beside the picture is what is tried."""
        word = self._chosen()
        if word is None:
            return
        box = self.panel.word
        place = _place_of(box, word)
        if place < 0:
            box.addItem(called(word), word)
            place = box.count() - 1
        box.setCurrentIndex(place)

    def _chosen(self) -> TriedWord | None:
        """The words that are kept at the maps: one of the picture's, or several as one."""
        from core.service.insight.without.words import TriedWord
        from core.values.insight.attention import WITHOUT

        chosen, picture = self._words.chosen, self.trials.picture
        if chosen is None or picture is None:
            return None
        is_negative = chosen.row.branch == WITHOUT
        if chosen.row.written != picture.prompts.texts[is_negative]:
            return None
        spans = [(one.start, one.end) for one in chosen.words if one.start >= 0]
        found = [
            word
            for word in self.trials.words
            if word.is_negative == is_negative and _touches(word, spans)
        ]
        if len(found) < 2:
            return found[0] if found else None
        places = tuple(place for word in found for place in word.places)
        return TriedWord(picture.prompts.name(places), places)

    def _word(self) -> TriedWord | None:
        return self.panel.word.currentData()

    def _choose_row(self, row: int) -> None:
        word = self.panel.effects.word(row)
        place = -1 if word is None else _place_of(self.panel.word, word)
        if place >= 0:
            self.panel.word.setCurrentIndex(place)

    # --- trying ---

    def _try(self) -> None:
        word = self._word()
        if word is not None:
            self._run((word,))

    def _try_all(self) -> None:
        self._run(self.trials.words)

    def _run(self, words: Sequence[TriedWord]) -> None:
        self.trials.try_words(words)
        if self.trials.is_running:
            self.panel.stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def _came(self) -> None:
        """A picture more, or the end of a run, after which the keys are where one goes on."""
        panel = self.panel
        had_keys = panel.stop.hasFocus()
        self._show()
        if had_keys and not self.trials.is_running:
            following = (panel.try_it, panel.all_words, panel.word)
            ready = next(one for one in following if one.isEnabled() or one is panel.word)
            ready.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        """Everything, of the word that is chosen."""
        panel, trials, word = self.panel, self.trials, self._word()
        before = panel.verdict.text()
        judged = None if word is None else trials.judged(word)
        ranking = trials.ranking()
        if word is not None:
            panel.grid.show_word(word, judged)
        panel.grid.setVisible(word is not None and panel.grid.has_pictures)
        panel.verdict.setText(trials.refusal if judged is None else verdict_words(judged))
        panel.verdict.setVisible(bool(panel.verdict.text()))
        panel.keep.setVisible(judged is not None)
        panel.effects.show_words(ranking, word)
        for part in (panel.effects_head, panel.effects, panel.scale):
            part.setVisible(bool(ranking))
        panel.about.setText(about_words(meaningless_texts(trials)))
        self._name_buttons(word)
        self._show_progress()
        if panel.verdict.text() not in ("", before):
            announce(panel.verdict, panel.verdict.text())

    def _name_buttons(self, word: TriedWord | None) -> None:
        panel, trials = self.panel, self.trials
        running = trials.is_running
        one, every = self._missing(word)
        for button, count in ((panel.try_it, one), (panel.all_words, every)):
            button.setVisible(not running)
            button.setEnabled(count > 0)
        panel.stop.setVisible(running)
        panel.word.setEnabled(bool(trials.words))

    def _missing(self, word: TriedWord | None) -> tuple[int, int]:
        """How many pictures are to be made for a word, and for all words."""
        one = 0 if word is None else self.trials.missing((word,))
        return one, self.trials.missing(self.trials.words)

    def _show_progress(self) -> None:
        panel, trials = self.panel, self.trials
        panel.bar.setVisible(trials.is_running)
        if not trials.is_running:
            panel.count.setText(count_words(*self._missing(self._word()), self._seconds()))
            return
        done, of = trials.progress
        panel.bar.setRange(0, 100 * of)
        panel.bar.setValue(round(100 * done))
        panel.count.setText(tr("picture {n} of {of}", n=min(int(done) + 1, of), of=of))

    def _seconds(self) -> float:
        """That a picture takes, as far as its recording tells; 0 where it does not."""
        picture = self._opening.picture
        return 0.0 if picture is None else sum(step.seconds for step in picture.steps)

    def _fail(self, fault: KnownError) -> None:
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)

    # --- one picture ---

    def _compare(self, trial: Trial) -> None:
        """A picture large beside the one as it is at the same seed."""
        from core.service.insight.without.trials import Trial

        before, now = self.trials.image(Trial(trial.seed)), self.trials.image(trial)
        if before is None or now is None:
            return
        name = way_name(trial.change)
        if trial.word is not None:
            name = tr("{way}: {word}", way=name, word=called(trial.word))
        title = tr("Seed {seed}", seed=trial.seed)
        images = ((way_name(Trial(0).change), before), (name, now))
        self._tasks.submit(partial(_compared, images), partial(self._open_compared, title))

    def _open_compared(self, title: str, pictures: Sequence[ComparedPicture]) -> None:
        from desktop.pictures.comparing.dialog import Compared, ComparingDialog

        dialog = ComparingDialog(
            Compared(title, tuple(pictures)), self._tasks, self._context.window
        )
        dialog.show()

    def _keep(self) -> None:
        """The words left out at the picture's own seed, as a picture of its own."""
        from core.service.insight.without.trials import Change, Trial

        picture, word = self.trials.picture, self._word()
        if picture is None or word is None:
            return
        trial = Trial(picture.seeds[0], Change.DELETED, word.is_negative, word)
        try:
            job = picture.job_of(trial)
        except KnownError as fault:
            self._fail(fault)
            return
        self._context.services.service.submit_drawn(replace(job.request, sweep=SweepPlace()))
        self._context.notice.say(
            tr("The picture without it is made once more, and comes into the Gallery.")
        )

    def _save(self) -> None:
        from core.metadata.a1111 import write
        from core.values.picture import Recipe

        picture = self.trials.picture
        if picture is None:
            return
        recipe = write(Recipe(picture.job.request, model_name=picture.job.model.name))
        sheet = trials_sheet(self.trials, self.panel.palette(), self.panel.font())
        self._saving.ask(trials_table(self.trials, recipe), sheet)


def put_without(context: RoomContext, opening: Opening, words: Words) -> Without:
    """The panel into the column of Words."""
    desk = Without(context, opening, words)
    words.sheet.put_panel(desk.panel)
    return desk


def _place_of(box: QComboBox, word: TriedWord) -> int:
    """Where a word stands in the box; -1 where it does not."""
    return next((n for n in range(box.count()) if box.itemData(n) == word), -1)


def _touches(word: TriedWord, spans: Sequence[tuple[int, int]]) -> bool:
    return any(
        place.start < end and start < place.end for place in word.places for start, end in spans
    )


def _compared(images: Sequence[tuple[str, QImage]]) -> tuple[ComparedPicture, ...]:
    from desktop.pictures.comparing.compared import from_image

    return tuple(from_image(name, image) for name, image in images)
