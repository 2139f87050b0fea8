"""What happens in Rewind: the steps of the picture are looked at, and others go on from them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from core.system.errors import KnownError
from core.values.picture import Picture
from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.view import BuiltView
from desktop.insight.rewind.branches import Branches
from desktop.insight.rewind.branching import BranchForm, branch_words
from desktop.insight.rewind.captions import caption
from desktop.insight.rewind.figures import FiguresPanel
from desktop.insight.rewind.looks import Look, Looks
from desktop.insight.rewind.page import RewindPage
from desktop.shared.context import RoomContext
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
        self.first_focus = page.viewer
        self._beside = ""  # what is said of the branch that stands beside the picture
        self.looks = Looks(services.service, self)
        self.figures = FiguresPanel(services.tokens)
        self.form = BranchForm()
        self.branches = Branches(
            services.stores,
            services.service,
            self.form,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        page.fill_side(self.figures, self.form, foot=self.form.foot)
        self._connect()
        self._follow()
        self._see()

    def _connect(self) -> None:
        page, timeline = self.sheet, self.sheet.timeline
        self.opening.changed.connect(self._follow)
        self.opening.seen.connect(self._see)
        self.looks.came.connect(self._came)
        self.looks.failed.connect(self._failed)
        self.figures.curve.asked.connect(timeline.slider.setValue)
        timeline.moved.connect(self._move)
        timeline.chosen.connect(lambda _: self._choose())
        self.branches.there.connect(self._set_beside)
        self.branches.refused.connect(self._complain)
        timeline.rested.connect(self._rest)
        page.viewer.stepped.connect(timeline.go_by)

    def _follow(self) -> None:
        """Another picture, or another state of it."""
        page, state = self.sheet, self.opening.state
        self._go_back()
        is_open = state is State.RECORDED
        page.show_steps(is_open)
        if is_open:
            self._begin()
        else:
            page.timeline.halt()
            self.looks.open(None)
            self.branches.open(None)
        if state is State.NOTHING:
            page.viewer.show_message(
                tr("Choose a picture in the Gallery or in History and press I.")
            )
        elif state is State.LOOKING:
            page.viewer.clear()
            page.viewer.show_message("")

    def _see(self) -> None:
        """The finished picture; the backslash shows it beside any step."""
        if not self.opening.image.isNull():
            self.sheet.viewer.show_image(self.opening.image)
            if self.opening.state is State.RECORDED:
                self._show_step()

    # --- its steps ---

    def _begin(self) -> None:
        picture = self.opening.picture
        assert picture is not None  # of this state
        self.looks.open(picture)
        self.branches.open(picture)
        self.figures.show_steps(picture.steps)
        self.sheet.timeline.open(len(picture.steps))
        self._ask_rough()

    def _look(self) -> Look:
        timeline = self.sheet.timeline
        return Look(timeline.step, timeline.shown)

    def _move(self, step: int) -> None:
        self.branches.go_to(step)
        self._show_step_alone()

    def _choose(self) -> None:
        self._ask_rough()
        self._show_step_alone()

    def _ask_rough(self) -> None:
        """Of all steps that have what is shown, the nearest first."""
        picture = self.opening.picture
        timeline = self.sheet.timeline
        if picture is None:
            return
        needs_two = timeline.shown in ("with", "without")
        steps = [
            one.step for one in picture.steps if one.guidance_norm is not None or not needs_two
        ]
        steps.sort(key=lambda step: abs(step - timeline.step))
        self.looks.ask_rough(timeline.shown, steps)

    def _rest(self) -> None:
        self.looks.ask_whole(self._look())

    def _came(self, look: Look) -> None:
        if look == self._look():
            self._show_step()

    def _show_step(self) -> None:
        picture = self.opening.picture
        if self.opening.state is not State.RECORDED or picture is None:
            return
        page, timeline = self.sheet, self.sheet.timeline
        figures = picture.steps[timeline.step - 1]
        self.figures.show_step(timeline.step)
        timeline.offer_branches(figures.guidance_norm is not None)
        look = self._look()
        words = caption(figures, look.shown, picture.job.request.negative_prompt)
        timeline.caption.setText(words)
        whole, rough = self.looks.whole(look), self.looks.rough(look)
        image = whole or rough
        if image is not None:
            page.show_image(image, self.opening.image)
        timeline.quality.setText(_quality(whole is not None, rough is not None))
        page.viewer.describe(f"{timeline.count.text()}, {words}")

    def _failed(self, fault: KnownError) -> None:
        self.sheet.timeline.halt()
        self._complain(str(fault))

    def _complain(self, words: str) -> None:
        self._context.notice.say(words, problem=True, topic=TOPIC)

    # --- branches ---

    def is_beside(self) -> bool:
        """Whether a branch stands beside the picture."""
        return self.sheet.stage.currentWidget() is not self.sheet.viewer

    def _set_beside(self, picture: Picture, image: QImage) -> None:
        from desktop.pictures.comparing.compared import from_image
        from desktop.pictures.comparing.panel import ComparingPanel

        panel = ComparingPanel(self._context.services.image_tasks)
        images = ((tr("The picture"), self.opening.image), (tr("Its branch"), image))
        words = tr(
            "Left of the line the picture, right of it its branch. {branch}",
            branch=branch_words(picture.request),
        )
        panel.show_pictures([from_image(name, one) for name, one in images], about=words)
        self.sheet.compare(panel)
        self._beside = words
        self.said_changed.emit()
        panel.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_back(self) -> None:
        """From a branch to the picture, in whose place it stood."""
        if not self.is_beside():
            return
        had_focus = self.sheet.stage.isAncestorOf(QApplication.focusWidget() or self.sheet)
        self.sheet.compare(None)
        self._beside = ""
        self.said_changed.emit()
        if had_focus:
            self.sheet.viewer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_step_alone(self) -> None:
        self._go_back()
        self._show_step()

    def said(self) -> str:
        return self._beside

    def action(self) -> str:
        return tr("Back to the steps") if self._beside else ""

    def act(self) -> None:
        self._show_step_alone()

    # --- what the room asks ---

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.figures.use_tokens(tokens)

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        page = self.sheet
        return (
            (
                page.viewer,
                "Shows one step of the picture: arrow keys go from step to step, the backslash "
                "held shows the finished picture.",
            ),
        )


def _quality(is_whole: bool, is_rough: bool) -> str:
    if is_whole:
        return tr("decoded in full")
    return tr("rough preview") if is_rough else tr("not decoded yet")
