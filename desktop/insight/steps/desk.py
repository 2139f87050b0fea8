"""What happens in Steps: a curve of noise levels is shaped, kept and used, and the open picture's
steps are measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.system.errors import KnownError
from core.values.request import Request
from desktop.insight.opened.figure_saving import FigureSaving, drawn
from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.view import BuiltView
from desktop.insight.steps.became import BecamePanel, Becoming
from desktop.insight.steps.changes import ChangesPanel, PromptChanges
from desktop.insight.steps.curves import Curves
from desktop.insight.steps.kept import KeptLevels
from desktop.insight.steps.page import StepsPage
from desktop.insight.steps.words import figure_of, level_words, levels_table, scale_words
from desktop.shared.context import RoomContext
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.steps.level_curves import Scale
    from core.store.forms.presets import Preset

TOPIC = "insight"


class Steps(BuiltView):
    """The parts of the view, and who of them hears whom."""

    def __init__(self, context: RoomContext, opening: Opening) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self.opening = opening
        self.page = self.sheet = page = StepsPage(services.tokens)
        self.first_focus = page.plot
        self.curves = Curves(services, self)
        self.became = BecamePanel(services.tokens)
        self.changing = ChangesPanel()
        page.build(self.became, self.changing)
        self.becoming = Becoming(opening, services.image_tasks, self.became, self)
        self.changes = PromptChanges(services, opening, self.changing, self)
        self.kept = KeptLevels(services, context.notice, page.kept, self)
        self.saving = FigureSaving(services.image_tasks, context.notice, context.window)
        self._connect()
        self.kept.read()
        self.becoming.follow()
        self.changes.follow()
        self._follow()
        self._take_form()

    def _connect(self) -> None:
        page, curves = self.sheet, self.curves
        curves.changed.connect(self._show)
        page.seen.connect(curves.show)
        page.scale.activated.connect(lambda _: self._show())
        page.across.activated.connect(lambda _: self._show())
        page.plot.picked.connect(self._tell)
        page.plot.moved.connect(lambda point, value: curves.move(point, value, self._scale()))
        page.plot.released.connect(lambda: self._tell(page.plot.point))
        page.form.changed.connect(self._ask)
        page.pin.clicked.connect(curves.pin)
        page.unpin.clicked.connect(curves.unpin)
        page.of_form.clicked.connect(self._take_form)
        page.kept.kept.connect(lambda name: self.kept.keep(name, curves.request))
        page.kept.taken.connect(self._take_kept)
        page.use.clicked.connect(self._use)
        page.save.clicked.connect(self._save_levels)
        self.became.save.clicked.connect(self._save_became)
        self.changing.save.clicked.connect(self._save_changes)
        self.changes.opened.connect(self._context.signals.open_picture)
        self.changes.failed.connect(self._complain)
        self.opening.changed.connect(self._follow)
        self._context.services.draft.changed.connect(self._hear_form)

    def _scale(self) -> Scale:
        from core.service.insight.steps.level_curves import Scale

        return Scale(self.sheet.scale.currentData())

    # --- the curve ---

    def _ask(self, request: Request) -> None:
        """Another shape; the form's fields that make no curve come from Create."""
        self.curves.ask(request, seen=self.sheet.isVisible())

    def _take_form(self) -> None:
        """As the form in Create has it."""
        self._ask(self._context.services.draft.stored())

    def _hear_form(self, names: frozenset[str]) -> None:
        """The model that the curve is for, and what of a picture costs time, is Create's."""
        if names & {"model", "width", "height", "guidance", "compatibility"}:
            self._ask(_with_shape(self._context.services.draft.stored(), self.curves.wished))

    def _take_kept(self, preset: Preset) -> None:
        self._ask(_with_shape(self._context.services.draft.stored(), preset.request))

    def _follow(self) -> None:
        """The open picture's curve lies below the shaped one."""
        picture = self.opening.picture if self.opening.state is State.RECORDED else None
        self.curves.show_picture(picture)

    def _show(self) -> None:
        page, curves = self.sheet, self.curves
        curve = curves.curve
        page.pin.setEnabled(curves.can_pin)
        page.unpin.setEnabled(curves.has_pinned)
        page.use.setEnabled(curve is not None)
        page.about.setText(scale_words(self._scale()))
        page.save.setEnabled(curve is not None)
        page.refused.setText("" if curves.fault is None else str(curves.fault))
        page.refused.setVisible(curves.fault is not None)
        if curve is None or curves.entry is None or curves.table is None:
            return
        if curves.fault is None:  # else it stays as it was typed
            page.form.show_request(curves.request, curves.entry.family_row, curves.table)
        page.plot.show_figure(figure_of(curves, self._scale(), page.across.currentData()))
        page.told.setText(level_words(curve, page.plot.point))

    def _tell(self, point: int) -> None:
        """All numbers of one level."""
        curve = self.curves.curve
        if curve is not None:
            words = level_words(curve, min(point, curve.steps))
            self.sheet.told.setText(words)
            self.sheet.plot.speak(words)

    def _complain(self, fault: KnownError) -> None:
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)

    # --- what is done with it ---

    def _use(self) -> None:
        """Into the form in Create, as one step."""
        draft, request = self._context.services.draft, self.curves.request
        draft.set_as(
            tr("Noise levels"),
            None,
            sampler=request.sampler,
            schedule=request.schedule,
            steps=request.steps,
            levels=request.levels,
        )
        self._context.signals.go.emit("create")
        self._context.notice.say(
            tr("Sampler, schedule, steps and noise levels stand in the form."),
            label=tr("Undo"),
            action=draft.undoer(),
            topic=TOPIC,
        )

    def _save_levels(self) -> None:
        page = self.sheet
        table = levels_table(self.curves, self._scale(), page.across.currentData())
        if table is not None:
            self.saving.ask(table, drawn(page.plot))

    def _save_became(self) -> None:
        table = self.becoming.table()
        if table is not None:
            self.saving.ask(table, drawn(self.became.plot))

    def _save_changes(self) -> None:
        table = self.changes.table()
        if table is not None:
            self.saving.ask(table, drawn(self.changing.strip))

    # --- what the room asks ---

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.sheet.plot.use_tokens(tokens)
        self.became.plot.use_tokens(tokens)

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        page = self.sheet
        return (
            (page.kept.name, "The name under which sampler, schedule, steps and levels are kept."),
        )


def _with_shape(request: Request, shape: Request) -> Request:
    """The request with the levels of another one."""
    return replace(
        request,
        sampler=shape.sampler,
        schedule=shape.schedule,
        steps=shape.steps,
        levels=shape.levels,
    )
