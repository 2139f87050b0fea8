"""What happens in What went wrong?: the picture is judged, a change is tried on it, and kept or
not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from core.system.errors import KnownError
from core.values.picture import Picture
from desktop.insight.opened.figure_saving import FigureSaving, drawn
from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.view import BuiltView
from desktop.insight.side_by_side.as_figure import figure_of
from desktop.insight.wrong import trial_words, words
from desktop.insight.wrong.judging import Judging, Looked
from desktop.insight.wrong.page import WrongPage
from desktop.insight.wrong.trial import Trial, Tried, progress_of
from desktop.pictures.comparing.compared import read_named
from desktop.shared.context import RoomContext
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.pictures.comparing.compared import ComparedPicture

TOPIC = "wrong"


class WhatWentWrong(BuiltView):
    """The parts of the view, and who of them hears whom."""

    def __init__(self, context: RoomContext, opening: Opening) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self._images = services.image_tasks
        self.opening = opening
        self.page = self.sheet = page = WrongPage(words.bother_names())
        self.first_focus = page.viewer
        self.judging = Judging(services.stores, services.image_tasks, self)
        self.trial = Trial(context, self)
        self._saving = FigureSaving(services.image_tasks, context.notice, context.window)
        self._path: Path | None = None  # of which something is shown
        self._pair = -1  # of four the one that is seen large
        self._judged_anew = ""  # what was found of what was tried
        context.notice.lie_over(page.stage)  # not over what is to be pressed below it
        self._connect()
        self._follow()
        self._see()

    def _connect(self) -> None:
        page, trial = self.sheet, self.trial
        self.opening.changed.connect(self._follow)
        self.opening.seen.connect(self._see)
        page.seen.connect(self._follow)
        self.judging.came.connect(self._came)
        page.asked.connect(self._try)
        page.save.clicked.connect(self._save_found)
        page.bothers.chosen.connect(lambda _: self._show_bothers())
        page.pairs.opened.connect(self._open_pair)
        self._context.services.library.changed.connect(self._look_again)
        trial.changed.connect(self._show_trial)
        trial.made.connect(self._show_made)
        page.trial.stop.clicked.connect(self._stop)
        page.trial.keep.clicked.connect(self._keep)
        page.trial.use.clicked.connect(trial.use)
        page.trial.discard.clicked.connect(self._discard)
        page.trial.save.clicked.connect(self._save_trial)

    # --- the picture that is open ---

    def _follow(self) -> None:
        """Another picture; nothing is read for a view that nobody sees."""
        page, path = self.sheet, self.opening.path
        page.show_side(path is not None)
        if path is None:
            page.viewer.show_message(
                tr("Choose a picture in the Gallery or in History and press W.")
            )
            return
        if path == self._path or not page.isVisible():
            return
        self._path = path
        self._leave_trial()
        if self.opening.image.isNull():
            page.viewer.clear()
            page.viewer.show_message("")
        page.show_found(tr("Looking at the picture"), "", ())
        page.save.setEnabled(False)
        self.judging.ask(path)
        self._show_bothers()
        self.said_changed.emit()

    def _see(self) -> None:
        if not self.opening.image.isNull():
            self.sheet.viewer.show_image(self.opening.image)
            self._describe()

    @property
    def judged(self) -> Looked | None:
        """What was found of the picture that is open; None before that is known."""
        return None if self._path is None else self.judging.known(self._path)

    def _look_again(self) -> None:
        """The model that was missing may have come."""
        judged = self.judged
        if judged is not None and judged.why_not is not None and self.sheet.isVisible():
            self.judging.ask(judged.path)

    def _came(self, path: Path) -> None:
        if path == self._path:
            self._show_found()
        elif self._is_tried(path):
            self._tell_anew()

    def _show_found(self) -> None:
        judged = self.judged
        if judged is None:
            return
        page = self.sheet
        heading, said = words.verdict(judged)
        page.show_found(heading, said, words.finding_cards(judged))
        page.save.setEnabled(bool(judged.findings and judged.findings.symptoms))
        self._show_bothers()
        self._describe()
        announce(page.heading, heading)
        self.said_changed.emit()

    def _describe(self) -> None:
        name = self._path.name if self._path is not None else ""
        self.sheet.viewer.describe(f"{name}. {self.sheet.heading.text()}")

    def _show_bothers(self) -> None:
        bothers, judged = self.sheet.bothers, self.judged
        chosen = bothers.chosen_id()
        if not chosen or judged is None:
            bothers.show_help(())
            return
        bothers.show_help(*words.help_for(chosen, judged))

    # --- a change is tried ---

    def _try(self, tried: Tried) -> None:
        judged = self.judged
        if judged is not None and judged.tried is not None:
            self._to_picture()
            self.trial.begin(judged.tried, tried)
            self._show_trial()
            self.sheet.trial.stop.setFocus(Qt.FocusReason.OtherFocusReason)
            self.said_changed.emit()

    def _show_trial(self) -> None:
        trial, bar = self.trial, self.sheet.trial
        if trial.tried is None:
            bar.hide()
            return
        if trial.tried.in_pairs and trial.cells:
            self.sheet.pairs.show_cells(*trial_words.pair_cells(trial, self.opening.image))
            if self._pair < 0:
                self.sheet.show_pairs()
        if trial.is_running:
            is_paused = self._context.services.service.paused
            bar.show_running(trial_words.running(trial, paused=is_paused), *progress_of(trial))
        elif failure := trial.failure():
            bar.show_failed(failure)
        elif not trial.pictures():
            self._leave_trial()  # it was stopped

    def _show_made(self) -> None:
        trial = self.trial
        assert trial.tried is not None  # what was made
        self.sheet.trial.show_made(trial_words.made(trial))
        if not trial.tried.in_pairs:
            self._open_beside()
            self.judging.ask(Path(trial.pictures()[0].path))
        self.said_changed.emit()

    def _is_tried(self, path: Path) -> bool:
        trial = self.trial
        paths = [one.path for one in trial.pictures()]
        return trial.tried is not None and not trial.tried.in_pairs and str(path) in paths

    def _tell_anew(self) -> None:
        """What was tried is judged as the picture was."""
        trial, judged = self.trial, self.judged
        if judged is None or trial.tried is None or not trial.pictures():
            return
        anew = self.judging.known(Path(trial.pictures()[0].path))
        if anew is not None:
            self._judged_anew = trial_words.judged_anew(trial.tried, judged, anew)
            self.sheet.trial.show_made(f"{trial_words.made(trial)} {self._judged_anew}")

    def _open_beside(self) -> None:
        trial = self.trial
        assert trial.picture is not None and trial.tried is not None
        names = tr("The picture"), trial.tried.short
        self._read_beside((trial.picture.path, Path(trial.pictures()[0].path)), names)

    def _open_pair(self, place: int) -> None:
        """One of the four, large."""
        trial = self.trial
        if trial.picture is None or trial.tried is None:
            return
        before, after = trial_words.pair_of(trial, place)
        if before is not None and after is not None:
            self._pair = place
            names = tr("As it was"), trial.tried.short
            self._read_beside((before, after), names)

    def _read_beside(self, paths: Sequence[Path], names: Sequence[str]) -> None:
        tried, pair = self.trial.tried, self._pair

        def seen(pictures: tuple[ComparedPicture, ...]) -> None:
            if tried is self.trial.tried and pair == self._pair:
                self._compare(pictures)

        self._images.submit(partial(read_named, paths, names), seen, self._complain)

    def _compare(self, pictures: Sequence[ComparedPicture]) -> None:
        from desktop.pictures.comparing.panel import ComparingPanel

        stage = self.sheet.stage
        focus = QApplication.focusWidget()
        had_keys = focus is not None and stage.isAncestorOf(focus)
        panel = ComparingPanel(self._images)
        about = tr("{first} beside {second}.", first=pictures[0].name, second=pictures[1].name)
        panel.show_pictures(pictures, about=about)
        self.sheet.compare(panel)
        if had_keys:
            panel.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)
        self.said_changed.emit()

    # --- what becomes of it ---

    def _stop(self) -> None:
        self.trial.stop()
        if not self.trial.pictures():
            self._leave_trial()

    def _keep(self) -> None:
        count = len(self.trial.pictures())
        self._leave_trial()
        told = tr("It is in the Gallery, as made from this picture.")
        if count > 1:
            told = tr("{n} pictures are in the Gallery, as made from this one.", n=count)
        self._context.signals.told.emit(told)

    def _discard(self) -> None:
        self.trial.discard()
        self._leave_trial()

    def _leave_trial(self) -> None:
        """To the picture alone; what is tried is made to its end, and lies in the Gallery."""
        self.trial.close()
        self._to_picture()

    def _to_picture(self) -> None:
        """The picture alone is seen."""
        page = self.sheet
        focus = QApplication.focusWidget()
        inside = (page.trial, page.stage)
        had_keys = focus is not None and any(part.isAncestorOf(focus) for part in inside)
        self._pair = -1
        self._judged_anew = ""
        page.trial.hide()
        page.show_picture()
        if had_keys:
            page.viewer.setFocus(Qt.FocusReason.OtherFocusReason)
        self.said_changed.emit()

    # --- figures ---

    def _save_found(self) -> None:
        judged = self.judged
        if judged is not None:
            self._saving.ask(words.found_table(judged), drawn(self.sheet.found))

    def _save_trial(self) -> None:
        panel = self.sheet.panel()
        if panel is None:
            self._saving.ask(trial_words.pairs_table(self.trial), drawn(self.sheet.pairs.drawing))
            return
        drawing = drawn(panel.stage())
        work = partial(figure_of, panel.pictures, panel.scale())
        self._images.submit(work, lambda table: self._saving.ask(table, drawing), self._complain)

    def _complain(self, fault: KnownError) -> None:
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)

    # --- what the room asks ---

    def said(self) -> str:
        if self._path is None or self.opening.state is State.NOTHING:
            return tr("No picture is open here.")
        tried = self.trial.tried
        if self._pair >= 0 and tried is not None:
            return tr("As it was beside the same with {tried}.", tried=tried.name)
        if self.sheet.panel() is not None and tried is not None:
            return tr(
                "{name} beside the same with {tried}.", name=self._path.name, tried=tried.name
            )
        judged = self.judged
        if judged is None:
            return tr("{name} is looked at.", name=self._path.name)
        return tr("{name}: {found}", name=self._path.name, found=words.verdict(judged)[0])

    def action(self) -> str | None:
        if self._pair >= 0:
            return tr("Back to the four pairs")
        return tr("Back to the picture") if self.trial.tried is not None else None

    def act(self) -> None:
        if self._pair >= 0:
            self._pair = -1
            self.sheet.show_pairs()
            self.sheet.pairs.after.setFocus(Qt.FocusReason.OtherFocusReason)
            self.said_changed.emit()
        else:
            self._leave_trial()

    def shows(self, picture: Picture) -> bool:
        return picture.id in {one.id for one in self.trial.pictures()}

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        page = self.sheet
        yield page.viewer, "The picture that is judged; the wheel zooms, dragging moves it."
