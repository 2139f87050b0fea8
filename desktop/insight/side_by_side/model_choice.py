"""Which models a recipe is made on, and in what size and steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.controls import Combo
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.sweeps.over_models import ModelWay

_WAY = Qt.ItemDataRole.UserRole


class ModelChoice(QWidget):
    """`changed` when other models are chosen, or another size; `models_asked` for where they come
    from. `foot` is for the page to place, always in sight."""

    changed = Signal()
    models_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._most = 0
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Models to compare"))
        self.list.setWhatsThis(tr("Chooses the models that make the recipe: Space ticks one."))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.itemChanged.connect(self._ticked)
        self.how = Combo(
            tr("Size and steps"),
            tr("Whether each model gets the size, steps, guidance and sampler that suit it."),
        )
        self.how.addItem(tr("What suits each model"), True)
        self.how.addItem(tr("What the recipe says"), False)
        self.how.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.hint = QLabel()
        self.hint.setObjectName("dim")
        self.hint.setWordWrap(True)
        self.more = QPushButton(tr("Get models..."))
        self.more.setObjectName("link")
        self.more.setAccessibleName(tr("Get models"))
        self.more.setToolTip(tr("Goes to Models, where others can be downloaded or added."))
        self.more.clicked.connect(self.models_asked)
        self._build()

    def _build(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        for words, part in ((tr("Models"), self.list), (tr("Size and steps"), self.how)):
            label = QLabel(words)
            label.setObjectName("heading")
            label.setBuddy(part)
            lines.addWidget(label)
            lines.addWidget(part, 1 if part is self.list else 0)
        lines.addWidget(self.hint)
        lines.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)

    def own(self) -> bool:
        """Whether each model gets what suits it."""
        return bool(self.how.currentData())

    def ways(self) -> tuple[ModelWay, ...]:
        """The chosen ones."""
        return tuple(item.data(_WAY) for item in self._items() if _is_ticked(item))

    def show_ways(self, ways: Sequence[ModelWay], chosen: Sequence[ModelWay], most: int) -> None:
        """All there are, with those that are chosen; at most so many can be."""
        self._most = most
        row = self.list.currentRow()
        self.list.blockSignals(True)
        self.list.clear()
        for way in ways:
            item = QListWidgetItem(way.name)
            item.setData(_WAY, way)
            item.setToolTip(way.entry.path)
            ticked = Qt.CheckState.Checked if way in chosen else Qt.CheckState.Unchecked
            item.setCheckState(ticked)
            self.list.addItem(item)
        self.list.setCurrentRow(min(max(row, 0), len(ways) - 1))
        self.list.blockSignals(False)
        self._allow()

    def say(self, words: str) -> None:
        """What there is to know of the models that are here; "" for nothing."""
        self.hint.setText(words)
        self.hint.setVisible(bool(words))

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(row) for row in range(self.list.count())]

    def _ticked(self, item: QListWidgetItem) -> None:
        self._allow()
        self.changed.emit()

    def _allow(self) -> None:
        """Where as many are ticked as can be, no others."""
        full = len(self.ways()) >= self._most
        self.list.blockSignals(True)
        for item in self._items():
            usable = _is_ticked(item) or not full
            flags = item.flags() | Qt.ItemFlag.ItemIsEnabled
            item.setFlags(flags if usable else flags & ~Qt.ItemFlag.ItemIsEnabled)
        self.list.blockSignals(False)


def _is_ticked(item: QListWidgetItem) -> bool:
    return item.checkState() == Qt.CheckState.Checked
