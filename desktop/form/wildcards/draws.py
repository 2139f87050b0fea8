"""What the prompt may become: its choices and wildcards drawn by ten seeds, none of them
rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.system.errors import InvalidRequest, KnownError
from core.values.request import CheckedRequest, Request
from desktop.state.draft import Draft
from desktop.state.tasks import NetworkTasks
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.values.resolved_request import ResolvedRequest

DRAWS = 10
_DRAWN = Qt.ItemDataRole.UserRole + 11
TAKEN = ("prompt", "negative_prompt", "loras")  # of a draw, into the form


class DrawsDialog(QDialog):
    """Stays open beside the form. `more` asks for the next ten, `taken` carries what was drawn,
    `wildcards_asked` for the editor of their files."""

    more = Signal()
    wildcards_asked = Signal()
    taken = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("What the prompt may become"))
        self.resize(560, 420)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(tr("What the prompt may become"))
        self.list.setWhatsThis(
            tr("One line a seed; Return puts the marked words into the form, to be undone.")
        )
        self.list.itemActivated.connect(lambda _: self._take())
        self.problems = QLabel()
        self.problems.setObjectName("bad")
        self.problems.setWordWrap(True)
        self.problems.hide()
        self.take = QPushButton(tr("Use these words"))
        self.again = QPushButton(tr("Draw again"))
        self.take.setWhatsThis(tr("Puts the marked words into the form in place of the choices."))
        self.again.setWhatsThis(tr("Draws ten other ones; the form keeps its choices."))
        self.wildcards = QPushButton(tr("Wildcards..."))
        self.wildcards.setWhatsThis(tr("Opens the files that wildcards are drawn from."))
        self.wildcards.clicked.connect(self.wildcards_asked)
        for button in (self.take, self.again, self.wildcards):
            button.setAutoDefault(False)
            button.setToolTip(button.whatsThis())
        self.take.clicked.connect(self._take)
        self.again.clicked.connect(self.more)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        whole.setSpacing(theme.SPACE_2)
        hint = QLabel(tr("Each picture draws its own words by its seed. Nothing is rendered here."))
        hint.setObjectName("dim")
        hint.setWordWrap(True)
        whole.addWidget(hint)
        whole.addWidget(self.list, 1)
        whole.addWidget(self.problems)
        whole.addWidget(row(self.again, self.wildcards, None, self.take))

    def show_draws(self, draws: Sequence[ResolvedRequest], problems: Sequence[str]) -> None:
        """In the order of their seeds."""
        at = max(self.list.currentRow(), 0)
        self.list.clear()
        for drawn in draws:
            item = QListWidgetItem(drawn.prompt or drawn.negative_prompt)
            item.setToolTip(
                tr("Without: {words}", words=drawn.negative_prompt)
                if drawn.negative_prompt
                else drawn.prompt
            )
            item.setData(_DRAWN, drawn)
            self.list.addItem(item)
        self.list.setCurrentRow(min(at, self.list.count() - 1))
        self.take.setEnabled(self.list.count() > 0)
        self.tell(" ".join(problems[:3]))

    def tell(self, words: str) -> None:
        """What cannot be drawn."""
        self.problems.setText(words)
        self.problems.setVisible(bool(words))

    def _take(self) -> None:
        if (item := self.list.currentItem()) is not None:
            self.taken.emit(item.data(_DRAWN))


class DrawActs(QObject):
    """Follows the form while its dialog is open. `settled` is the form's request once no key
    waits."""

    wildcards_asked = Signal()

    def __init__(self, draft: Draft, window: QWidget, settled: Callable[[], Request]) -> None:
        super().__init__(window)
        self._draft = draft
        self._window = window
        self._settled = settled
        self._errands = NetworkTasks(self._failed, self)
        self._first = 0
        self._is_drawing = False
        self._is_late = False  # the form has changed since
        self.dialog: DrawsDialog | None = None
        draft.changed.connect(self._follow)

    def end(self) -> None:
        """The window closes."""
        self._errands.close()

    def show(self) -> None:
        """Open the list."""
        if self.dialog is None:
            self.dialog = DrawsDialog(self._window)
            self.dialog.more.connect(self.more)
            self.dialog.taken.connect(self.take)
            self.dialog.wildcards_asked.connect(self.wildcards_asked)
        request = self._settled()
        self._first = request.seed or 0
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.list.setFocus()
        self.draw()

    def more(self) -> None:
        """Ten other ones."""
        self._first += DRAWS
        self.draw()

    def _follow(self, names: frozenset[str]) -> None:
        is_open = self.dialog is not None and self.dialog.isVisible()
        if is_open and names & {"prompt", "negative_prompt", "styles", "compatibility"}:
            self.draw()

    def draw(self) -> None:
        """What the form's texts become, from the first seed on. One at a time: what changed
        meanwhile is drawn afterwards."""
        self._is_late = self._is_drawing
        if self._is_drawing:
            return
        try:
            asked = replace(self._draft.stored(), seed=self._first, count=DRAWS).check()
        except InvalidRequest as error:
            self._failed(error)
            return
        self._is_drawing = True
        self._errands.submit(lambda: _drawn(asked), self._came)

    def _came(self, both: tuple[tuple[ResolvedRequest, ...], tuple[str, ...]]) -> None:
        if self.dialog is not None:
            self.dialog.show_draws(*both)
        self._go_on()

    def _failed(self, error: KnownError) -> None:
        if self.dialog is not None:
            self.dialog.tell(str(error))
        self._go_on()

    def _go_on(self) -> None:
        self._is_drawing = False
        if self._is_late:
            self.draw()

    def take(self, drawn: ResolvedRequest) -> None:
        """The words of one draw, in place of the form's; one step."""
        self._draft.take_over(drawn, *TAKEN, step=tr("Use drawn words"))


def _drawn(asked: CheckedRequest) -> tuple[tuple[ResolvedRequest, ...], tuple[str, ...]]:
    from core.prompt.expand import drawing_problems, expand

    return expand(asked), drawing_problems(asked)
