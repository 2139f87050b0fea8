"""What happens in Guidance: both guesses of a step, curves over the steps, rows of other values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from core.system.errors import KnownError
from core.values.picture import Picture
from desktop.insight.guidance.captions import (
    against_words,
    difference_words,
    span_words,
    step_words,
)
from desktop.insight.guidance.figures import Figures
from desktop.insight.guidance.own_saturation import OwnSaturation
from desktop.insight.guidance.page import GuidancePage
from desktop.insight.guidance.row_control import RowControl
from desktop.insight.guidance.step_curve import StepCurve
from desktop.insight.guidance.step_pictures import StepPictures
from desktop.insight.opened.figure_saving import FigureSaving
from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.view import BuiltView
from desktop.shared.context import RoomContext
from desktop.widgets import theme
from desktop.widgets.figures import time_words
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.recorded import RecordedPicture
    from desktop.pictures.comparing.compared import ComparedPicture

TOPIC = "insight"
SCALES = (1.0, 2.0, 3.5, 5.0, 7.0, 9.0, 12.0, 16.0)  # of guidance, offered beside the picture's own
SHARES = (0.25, 0.5, 0.75, 1.5, 2.0)  # of the picture's steps, offered beside them


class Guidance(BuiltView):
    """The parts of the view, and who of them hears whom."""

    def __init__(self, context: RoomContext, opening: Opening) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self.opening = opening
        self.page = self.sheet = page = GuidancePage(services.tokens)
        self.first_focus = page.slider
        self._beside = ""  # what is said of the cell that stands beside the picture
        self._rows_of: RecordedPicture | None = None
        self.pictures = StepPictures(services.service, services.image_tasks, self)
        saving = FigureSaving(services.image_tasks, context.notice, context.window)
        self.figures = Figures(page, saving, self._picture, self)
        self.own = OwnSaturation(context, self)
        self.guidance = RowControl(
            context, page.guidance, "guidance", tr("Guidance"), _scales, parent=self
        )
        self.steps = RowControl(
            context, page.steps, "steps", tr("Steps"), _step_counts, parent=self
        )
        self._connect()
        self._follow()
        self._see()

    def _connect(self) -> None:
        page = self.sheet
        self.opening.changed.connect(self._follow)
        self.opening.seen.connect(self._see)
        page.seen.connect(self._be_seen)
        page.slider.valueChanged.connect(self._move)
        page.panes.stepped.connect(self._go_by)
        page.measure.clicked.connect(self._measure)
        for curve in self._curves():
            curve.asked.connect(page.slider.setValue)
        self.pictures.came.connect(self._came)
        self.pictures.clipped_came.connect(lambda _: self._show_clipped())
        self.pictures.failed.connect(self._failed)
        self.own.changed.connect(self._judge_guidance)
        page.guidance.more_asked.connect(self.own.make_more)
        self.guidance.judged.connect(self._judge_guidance)
        self.steps.judged.connect(self._judge_steps)
        for control in (self.guidance, self.steps):
            control.refused.connect(self._complain)
            control.opened.connect(partial(self._set_beside, control))
            control.sheet.save_asked.connect(partial(self.figures.save_row, control))

    def _curves(self) -> tuple[StepCurve, ...]:
        return self.sheet.size_curve, self.sheet.clipped_curve

    # --- the picture that is open ---

    def _picture(self) -> RecordedPicture | None:
        return self.opening.picture if self.opening.state is State.RECORDED else None

    def _follow(self) -> None:
        """Another picture, or another state of it."""
        page, state = self.sheet, self.opening.state
        self._go_back()
        picture = self._picture()
        page.show_steps(picture is not None)
        self.pictures.open(picture)
        self._open_rows()
        if picture is not None:
            self._begin(picture)
        elif state is State.NOTHING:
            page.plain.show_message(
                tr("Choose a picture in the Gallery or in History and press I.")
            )
        elif state is State.LOOKING:
            page.plain.clear()
            page.plain.show_message("")

    def _be_seen(self, seen: bool) -> None:
        self.pictures.wake(seen)
        self._open_rows()

    def _open_rows(self) -> None:
        """Those of the picture that is open, once somebody sees them: many files are read."""
        picture = self._picture()
        if picture is self._rows_of or (picture is not None and not self.sheet.isVisible()):
            return
        self._rows_of = picture
        for part in (self.guidance, self.steps, self.own):
            part.open(picture)

    def _see(self) -> None:
        if not self.opening.image.isNull():
            self.sheet.plain.show_image(self.opening.image)
            self._show_step()

    def _begin(self, picture: RecordedPicture) -> None:
        page = self.sheet
        page.size_curve.show_values([one.guidance_norm for one in picture.steps])
        self._show_clipped()
        steps = len(picture.steps)
        page.slider.blockSignals(True)
        page.slider.setRange(1, steps)
        page.slider.setValue((steps + 1) // 2)  # where the two differ in forms that can be seen
        page.slider.blockSignals(False)
        self._move(page.slider.value())
        self.pictures.wake(page.isVisible())

    # --- a step ---

    def _go_by(self, by: int) -> None:
        slider = self.sheet.slider
        slider.setValue(min(max(slider.value() + by, 1), slider.maximum()))

    def _move(self, step: int) -> None:
        page = self.sheet
        page.count.setText(tr("step {step} of {steps}", step=step, steps=page.slider.maximum()))
        for curve in self._curves():
            curve.mark(step)
        self.pictures.look_at(step)
        self._show_step()

    def _came(self, step: int) -> None:
        if step == self.sheet.slider.value():
            self._show_step()
        self._name_measure()

    def _show_step(self) -> None:
        picture = self._picture()
        if picture is None:
            return
        from core.service.insight.guiding.against import against

        page = self.sheet
        step = page.slider.value()
        request = picture.job.request
        pair = self.pictures.pair(step)
        page.panes.show_pair(pair, self.opening.image)
        page.panes.with_prompt.tell(
            tr("With the prompt"), tr("What the model would make of the prompt alone.")
        )
        norms = [one.guidance_norm for one in picture.steps]
        page.panes.against.tell(*against_words(against(request, norms, step)))
        figures = picture.steps[step - 1]
        has_two = figures.guidance_norm is not None
        words = difference_words(pair.gain) if has_two and pair is not None else ""
        page.panes.difference.tell(tr("The difference"), words)
        page.said.setText(step_words(figures, request.guidance, request.guidance_rescale > 0))
        page.quality.setText(_quality(pair is not None, pair is not None and pair.is_whole))

    def _failed(self, fault: KnownError) -> None:
        self._complain(str(fault))

    # --- curves ---

    def _show_clipped(self) -> None:
        picture = self._picture()
        if picture is not None:
            found = self.pictures.clipped
            shares = [found.get(step) for step in range(1, len(picture.steps) + 1)]
            self.sheet.clipped_curve.show_values(
                [None if share is None else 100 * share for share in shares]
            )
        self._name_measure()

    def _name_measure(self) -> None:
        """The button that measures the steps that were not looked at."""
        picture, button = self._picture(), self.sheet.measure
        left = 0 if picture is None else len(picture.steps) - len(self.pictures.clipped)
        button.setVisible(left > 0)
        if self.pictures.is_measuring:
            button.setText(tr("Stop"))
        elif self.pictures.seconds is None:
            button.setText(tr("Measure all steps"))
        else:
            words = time_words(left * self.pictures.seconds)
            button.setText(tr("Measure all steps (about {time})", time=words))
        button.setAccessibleName(button.text())

    def _measure(self) -> None:
        self.pictures.measure_all(not self.pictures.is_measuring)
        self._name_measure()

    # --- rows ---

    def _judge_guidance(self) -> None:
        from core.service.insight.guiding.own_span import leaves_at

        words = [self.guidance.verdict()]
        span = self.own.span
        measured = self.guidance.saturations()
        more = ""
        if span is not None and measured:
            places = leaves_at([value for _, value in measured], span)
            ends = ("" if place is None else measured[place][0] for place in places)
            words.append(span_words(span, *ends))
            if self.own.missing and not self.own.samples.is_running:
                more = tr("Make {count} with other seeds", count=self.own.missing)
        self.sheet.guidance.name_more(more)
        self.sheet.guidance.tell("\n".join(part for part in words if part))

    def _judge_steps(self) -> None:
        from core.sampling.samplers import SAMPLERS

        words = self.steps.verdict()
        picture = self._picture()
        sampler = None if picture is None else SAMPLERS[picture.job.request.sampler]
        is_unsettled = self.steps.is_judged and self.steps.settled is None
        if is_unsettled and sampler is not None and sampler.stochastic:
            words += "\n" + tr(
                "{sampler} draws noise in every step, and other noise in other numbers of steps: "
                "its pictures need not settle.",
                sampler=sampler.label,
            )
        self.sheet.steps.tell(words)

    def _set_beside(self, control: RowControl, place: int) -> None:
        """A cell large beside this picture, once its file was read."""
        from desktop.pictures.comparing.compared import read_named

        cell = control.run.cells[place]
        picture = self._picture()
        if cell.picture is None or picture is None:
            return
        value = tr("{what} {value}", what=control.what, value=cell.cell.name)
        names = (tr("This picture"), value)

        def seen(pictures: Sequence[ComparedPicture]) -> None:
            if picture is self._picture():
                self._compare(pictures, tr("{value} beside this picture.", value=value))

        paths = (picture.path, Path(cell.picture.path))
        work = partial(read_named, paths, names)
        self._context.services.image_tasks.submit(work, seen, self._failed)

    def _compare(self, pictures: Sequence[ComparedPicture], words: str) -> None:
        from desktop.pictures.comparing.panel import ComparingPanel

        panel = ComparingPanel(self._context.services.image_tasks)
        panel.show_pictures(pictures, about=words)
        self.sheet.compare(panel)
        panel.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)
        self._beside = words
        self.said_changed.emit()

    def _complain(self, words: str) -> None:
        self._context.notice.say(words, problem=True, topic=TOPIC)

    # --- what the room asks ---

    def _go_back(self) -> None:
        """To the guesses."""
        if not self._beside:
            return
        focus = QApplication.focusWidget()
        had_focus = focus is not None and self.sheet.stage.isAncestorOf(focus)
        self.sheet.compare(None)
        self._beside = ""
        self.said_changed.emit()
        if had_focus:
            self.sheet.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def said(self) -> str:
        return self._beside

    def action(self) -> str:
        return tr("Back to the guesses") if self._beside else ""

    def act(self) -> None:
        self._go_back()

    def shows(self, picture: Picture) -> bool:
        runs = self.guidance.run, self.steps.run, self.own.samples
        ids = {one.picture.id for run in runs for one in run.cells if one.picture is not None}
        return self._rows_of is self._picture() and picture.id in ids

    def use_tokens(self, tokens: theme.Tokens) -> None:
        for curve in self._curves():
            curve.use_tokens(tokens)

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        page = self.sheet
        yield page.measure, "Decodes the guess of every step and counts its clipped pixels."
        yield page.plain, "Shows the picture until its steps are recorded."
        for pane in page.panes.all():
            yield pane.viewer, "Shows one guess of the step: arrow keys go from step to step."
        for sheet in (page.guidance, page.steps):
            yield sheet.make, "Puts the missing pictures of this row into the queue, or stops that."
            yield sheet.more, "Makes pictures of this model by which its usual colours are told."


def _scales(picture: RecordedPicture) -> tuple[float, ...]:
    return SCALES


def _step_counts(picture: RecordedPicture) -> tuple[float, ...]:
    steps = picture.job.request.steps
    return tuple(float(max(1, round(share * steps))) for share in SHARES)


def _quality(is_there: bool, is_whole: bool) -> str:
    if is_whole:
        return tr("decoded in full")
    return tr("rough preview") if is_there else tr("not decoded yet")
