"""The view Rewind: the steps of the picture are looked at, and others go on from them."""

from __future__ import annotations

from pathlib import Path

from desktop.insight.opened.figure_saving import FigureSaving, drawn
from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.view import BuiltView
from desktop.insight.rewind.figures import FiguresPanel
from desktop.insight.rewind.page import RewindPage
from desktop.shared.context import RoomContext
from desktop.steps.branch_form import BranchForm
from desktop.steps.walk import Walk
from desktop.widgets import theme
from desktop.widgets.i18n import tr

TOPIC = "insight"


class Rewind(BuiltView):
    """The parts of the view, and who of them hears whom."""

    def __init__(self, context: RoomContext, opening: Opening) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self.opening = opening
        self.page = self.sheet = page = RewindPage()
        self.first_focus = page.stage.viewer
        self.figures = FiguresPanel(services.tokens)
        self.form = BranchForm()
        page.fill_side(self.figures, self.form, foot=self.form.foot)
        page.fill_below(self.form.branches)
        opening.changed.connect(self._follow)  # before the walk goes back to its own pages
        self.walk = Walk(services, opening, page.timeline, page.stage, self.form, self)
        self.walk.begun.connect(self._begin)
        self.walk.looked.connect(self.figures.show_step)
        self.walk.beside_changed.connect(self.said_changed)
        self.walk.complained.connect(self._complain)
        self.walk.told.connect(lambda words: context.notice.say(words, topic=TOPIC))
        self.form.entered.connect(lambda one: context.signals.insight_file.emit(Path(one.path)))
        self._saving = FigureSaving(services.image_tasks, context.notice, context.window)
        self.figures.save.clicked.connect(self._save_curve)
        self.figures.curve.asked.connect(page.timeline.slider.setValue)
        opening.step_asked.connect(page.timeline.slider.setValue)
        self._follow()
        self.walk.follow()
        self.walk.see()

    def _follow(self) -> None:
        """Another picture, or another state of it."""
        page, state = self.sheet, self.opening.state
        page.show_steps(state is State.RECORDED)
        if state is State.NOTHING:
            page.stage.viewer.show_message(
                tr("Choose a picture in the Gallery or in History and press I.")
            )
        elif state is State.LOOKING:
            page.stage.viewer.clear()
            page.stage.viewer.show_message("")

    def _begin(self) -> None:
        picture = self.opening.picture
        assert picture is not None  # its steps are there
        self.figures.show_steps(picture.steps)

    def _save_curve(self) -> None:
        from core.metadata.a1111 import write
        from core.service.insight.figure_table import FigureTable
        from core.values.picture import Recipe

        picture = self.opening.picture
        if picture is None:
            return
        table = FigureTable(
            "step-changes",
            tr("How far each step moved the model's guess of the finished picture."),
            tr(
                "Shares of the finished latents' own spread, in waves of 64 pixels and more "
                "(coarse, solid) and in shorter ones (fine, dashed); logarithmic from 0.1 to 100 %."
            ),
            write(Recipe(picture.job.request, model_name=picture.job.model.name)),
            ("step", "coarse (share)", "fine (share)"),
            tuple((one.step, one.change_low, one.change_high) for one in picture.steps),
        )
        self._saving.ask(table, drawn(self.figures.curve))

    def _complain(self, words: str) -> None:
        self._context.notice.say(words, problem=True, topic=TOPIC)

    def said(self) -> str:
        return self.walk.beside

    def action(self) -> str:
        return tr("Back to the steps") if self.walk.beside else ""

    def act(self) -> None:
        self.walk.show_step_alone()

    # --- what the room asks ---

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.figures.use_tokens(tokens)
