"""What happens in Insight: a picture is opened, its steps are looked at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from core.system.errors import KnownError
from core.values.picture import Picture
from desktop.insight.branches import Branches
from desktop.insight.branching import BranchForm, branch_words
from desktop.insight.captions import action_of, caption, said_of
from desktop.insight.figures import FiguresPanel
from desktop.insight.looks import Look, Looks
from desktop.insight.opening import Opening, State
from desktop.insight.page import InsightPage
from desktop.shared.context import RoomContext
from desktop.widgets import theme
from desktop.widgets.i18n import tr

ROOM = "insight"
TOPIC = "insight"


class InsightDesk(QObject):
    """The parts of the room, and who of them hears whom."""

    def __init__(self, context: RoomContext, page: InsightPage) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self.page = page
        self._asked = False  # a picture is on its way here by name
        self.opening = Opening(services.stores, services.service, services.image_tasks, self)
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
        self._tell()

    def _connect(self) -> None:
        page, timeline = self.page, self.page.timeline
        self._context.signals.insight_file.connect(self.open)
        self.opening.changed.connect(self._tell)
        self.opening.seen.connect(self._see)
        self.opening.progressed.connect(self._progress)
        self.looks.came.connect(self._came)
        self.looks.failed.connect(self._failed)
        self.figures.curve.asked.connect(timeline.slider.setValue)
        timeline.moved.connect(self._move)
        timeline.chosen.connect(lambda _: self._choose())
        self.branches.there.connect(self._set_beside)
        self.branches.refused.connect(self._complain)
        timeline.rested.connect(self._rest)
        page.viewer.stepped.connect(timeline.go_by)
        page.act.clicked.connect(self._act)
        page.came.connect(self._come)

    # --- opening ---

    def open(self, path: Path) -> None:
        """See how this picture came to be; where that is not known, it is made again."""
        self._asked = not self.page.isVisible()
        self._context.signals.go.emit(ROOM)
        self.opening.open(path, record=True)

    def _come(self) -> None:
        """The room comes to the front: with the window's picture, unless it was asked for another
        one."""
        if self._asked:
            self._asked = False
        elif file := self._context.current.file():
            self.opening.open(Path(file), record=False)

    def _act(self) -> None:
        if self.is_beside():
            self._show_step_alone()
        elif self.opening.state in (State.UNRECORDED, State.REFUSED):
            self.opening.record()
        else:
            self.opening.stop()

    def _name_act(self, words: str) -> None:
        self.page.act.setText(words)
        self.page.act.setAccessibleName(words or tr("Record its steps"))
        self.page.act.setVisible(bool(words))

    def _progress(self, step: int, steps: int) -> None:
        self.page.bar.setRange(0, steps)
        self.page.bar.setValue(step)

    def _tell(self) -> None:
        """Another state: what is said above, and which parts are there."""
        page, state = self.page, self.opening.state
        page.compare(None)
        page.said.setText(said_of(self.opening))
        words = action_of(state)
        self._name_act(words)
        page.act.setObjectName("primary" if state is State.UNRECORDED else "")
        page.act.style().polish(page.act)
        page.bar.setVisible(state is State.RECORDING)
        page.bar.setRange(0, 0)  # busy, until the first step
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
        self._context.signals.possible_changed.emit()

    def _see(self) -> None:
        """The finished picture; the backslash shows it beside any step."""
        if not self.opening.image.isNull():
            self.page.viewer.show_image(self.opening.image)
            if self.opening.state is State.RECORDED:
                self._show_step()

    # --- its steps ---

    def _begin(self) -> None:
        picture = self.opening.picture
        assert picture is not None  # of this state
        self.looks.open(picture)
        self.branches.open(picture)
        self.figures.show_steps(picture.steps)
        self.page.timeline.open(len(picture.steps))
        self._ask_rough()

    def _look(self) -> Look:
        timeline = self.page.timeline
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
        timeline = self.page.timeline
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
        page, timeline = self.page, self.page.timeline
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
        self.page.timeline.halt()
        self._complain(str(fault))

    def _complain(self, words: str) -> None:
        self._context.notice.say(words, problem=True, topic=TOPIC)

    # --- branches ---

    def is_beside(self) -> bool:
        """Whether a branch stands beside the picture."""
        return self.page.stage.currentWidget() is not self.page.viewer

    def _set_beside(self, picture: Picture, image: QImage) -> None:
        from desktop.pictures.comparing.viewer import ComparingViewer

        page = self.page
        viewer = ComparingViewer(self.opening.image, image)
        words = tr(
            "Left of the line the picture, right of it its branch. {branch}",
            branch=branch_words(picture.request),
        )
        viewer.describe(words)
        viewer.setToolTip(tr("Drag the line, or move it with the arrow keys."))
        page.compare(viewer)
        page.said.setText(words)
        self._name_act(tr("Back to the steps"))
        viewer.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_step_alone(self) -> None:
        if self.is_beside():
            had_focus = self.page.stage.isAncestorOf(QApplication.focusWidget() or self.page)
            self.page.compare(None)
            self.page.said.setText(said_of(self.opening))
            self._name_act(action_of(self.opening.state))
            if had_focus:
                self.page.viewer.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_step()

    # --- what the room asks ---

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self.figures.use_tokens(tokens)

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        """Each control, and its sentence."""
        page = self.page
        return (
            (
                page.viewer,
                "Shows one step of the picture: arrow keys go from step to step, the backslash "
                "held shows the finished picture.",
            ),
            (page.act, "Makes the picture again with recording, stops that, or goes back."),
        )


def _quality(is_whole: bool, is_rough: bool) -> str:
    if is_whole:
        return tr("decoded in full")
    return tr("rough preview") if is_rough else tr("not decoded yet")
