"""What became of models that a person dropped on the window or opened: it is said, with a way back,
and the form or the Models room shows them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from core.service.library_overview import LibraryItem
from core.values.model import ModelKind
from desktop.form.model.choice import ModelChoice
from desktop.state.library import LibraryState
from desktop.widgets.i18n import tr
from desktop.widgets.notice import Act
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.models.library.intake import Intake
    from desktop.widgets.filter_dialog import CommandPalette


class ModelIntake(QObject):
    """`select` chooses the model at a path in the list of all that are here, `show_models` brings
    that list to the front."""

    def __init__(
        self,
        library: LibraryState,
        models: ModelChoice,
        notice: NoticeBar,
        *,
        select: Callable[[str], None],
        show_models: Callable[[], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._library = library
        self._models = models
        self._notice = notice
        self._select = select
        self._show_models = show_models
        self._window = window
        self.question: CommandPalette | None = None
        library.opened.connect(self._opened)

    def _opened(self, intake: Intake) -> None:
        """The library was read anew, with the newcomer in it."""
        from core.models.library.intake import IntakeKind

        before = self._models.current
        if intake.kind is IntakeKind.PICKLE:
            self._models.choose(intake.path)
            return
        if intake.kind is IntakeKind.FOLDER:
            name = intake.program or Path(intake.path).name
            words = tr("The models of {folder} are used where they lie.", folder=name)
            self._say(words, intake, before)
            self._show_models()
            self._ask_which(intake)
            return
        item = self._library.item(intake.path)
        if item is None:
            return
        self._select(intake.path)
        words = tr("{name} is used where it lies.", name=item.entry.name)
        if item.entry.kind != ModelKind.CHECKPOINT:
            self._say(words, intake, before)
            self._show_models()
            return
        self._say(words, intake, before, label=tr("Show it in Models"), act=self._show_models)
        self._models.use_item(item)

    def _say(
        self, words: str, intake: Intake, before: str, *, label: str = "", act: Act | None = None
    ) -> None:
        """With a way back where something was taken in; to the model that was used `before`."""
        back: tuple[str, Act] | None = None
        if intake.new:
            back = (tr("Remove from the list"), partial(self._give_back, intake, before))
        self._notice.say(words, label=label, action=act, other=back, topic="taken-in", expires=True)

    def _ask_which(self, intake: Intake) -> None:
        """Of a folder of many: the one to draw with, perhaps none."""
        from desktop.widgets.filter_dialog import CommandPalette

        def can_draw(item: LibraryItem) -> bool:
            inside = Path(item.entry.path).is_relative_to(intake.path)
            return inside and item.entry.kind == ModelKind.CHECKPOINT and item.usable

        models = [item for item in self._library.items if can_draw(item)]
        if not models:
            return
        self._select(models[0].entry.path)
        actions = [self._choice(model) for model in models]
        question = self.question = CommandPalette(
            actions, self._window, tr("Which model is to be used?"), tr("Type a name")
        )
        question.finished.connect(partial(self._answered, question, actions))
        question.open()

    def _choice(self, item: LibraryItem) -> QAction:
        def use() -> None:
            self._select(item.entry.path)
            self._models.use_item(item)

        action = QAction(item.entry.name, self)
        action.triggered.connect(use)
        return action

    def _answered(self, question: CommandPalette, actions: list[QAction], _: int) -> None:
        self.question = None
        question.deleteLater()
        for action in actions:
            action.deleteLater()

    def _give_back(self, intake: Intake, before: str) -> None:
        if Path(self._models.current_path).is_relative_to(intake.path):
            self._models.choose(before)
        self._library.give_back(intake)
        name = Path(intake.path).name
        self._notice.say(
            tr("{name} was taken from the list; its files are as they were.", name=name)
        )
