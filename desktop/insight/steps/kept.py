"""Noise levels that are kept under a name, and taken again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.system.errors import KnownError
from core.values.request import Request
from desktop.insight.steps.curves import curve_name
from desktop.state.services import Services
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.store.forms.presets import FoundPresets, Preset, PresetStore
    from core.system.lists.named_rows import RemovedRow

TOPIC = "insight"
LONGEST = 120  # characters of a name
ROW = 30  # pixels of a row
MOST_ROWS = 5  # that are seen at once


class KeptList(QWidget):
    """`kept` carries the name that the levels are to have, `taken` a Preset, `deleted` a name."""

    kept = Signal(str)
    taken = Signal(object)
    deleted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        heading = QLabel(tr("Kept"))
        heading.setObjectName("heading")
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST)
        self.name.setPlaceholderText(tr("A name for these levels"))
        self.name.setAccessibleName(tr("Name of the noise levels"))
        self.keep = QPushButton(tr("Keep"))
        self.keep.setToolTip(tr("Keeps sampler, schedule, steps and levels under this name."))
        self.keep.setEnabled(False)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Kept noise levels"))
        self.list.setToolTip(tr("Return takes one, Delete removes it."))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        lines.addWidget(heading)
        lines.addWidget(row(self.name, self.keep, wide=self.name))
        lines.addWidget(self.list)
        self.name.textChanged.connect(lambda text: self.keep.setEnabled(bool(text.strip())))
        self.name.returnPressed.connect(self._keep)
        self.keep.clicked.connect(self._keep)
        self.list.itemActivated.connect(self._take)
        self.list.itemClicked.connect(self._take)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete)
        self.show_kept(())

    def show_kept(self, presets: Sequence[Preset]) -> None:
        """All of them; the list is away where there are none."""
        self.list.clear()
        for preset in presets:
            item = QListWidgetItem(preset.name)
            item.setData(Qt.ItemDataRole.UserRole, preset)
            words = f"{preset.name}: {curve_name(preset.request)}"
            item.setToolTip(words)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            self.list.addItem(item)
        self.list.setVisible(bool(presets))
        self.list.setFixedHeight(min(len(presets), MOST_ROWS) * ROW + 4)

    def _keep(self) -> None:
        if name := self.name.text().strip():
            self.kept.emit(name)

    def _take(self, item: QListWidgetItem) -> None:
        self.taken.emit(item.data(Qt.ItemDataRole.UserRole))

    def _delete(self) -> None:
        if item := self.list.currentItem():
            self.deleted.emit(item.text())


class KeptLevels(QObject):
    """What is done with the list's file."""

    def __init__(
        self, services: Services, notice: NoticeBar, shown: KeptList, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._notice = notice
        self._shown = shown
        shown.deleted.connect(self._delete)

    @property
    def _store(self) -> PresetStore:
        from core.store.forms.presets import PresetStore

        places = self._services.stores.places
        return PresetStore(places.schedules, "Your noise levels", "list of levels")

    def read(self) -> None:
        """All of them anew."""

        def came(found: FoundPresets) -> None:
            self._shown.show_kept(found.presets)

        self._services.database_tasks.submit(lambda: self._store.all(), came, self._say)

    def keep(self, name: str, request: Request) -> None:
        """Sampler, schedule, steps and levels of a request under a name; what had it is replaced,
        with Undo."""
        from core.store.forms.presets import Preset

        plain = Request(
            sampler=request.sampler,
            schedule=request.schedule,
            steps=request.steps,
            levels=request.levels,
        )
        preset = Preset(name, plain, with_prompt=False)

        def kept(before: Preset | None) -> None:
            self._shown.name.clear()
            self.read()
            if before is None:
                self._notice.say(tr('The levels are kept as "{name}".', name=name), topic=TOPIC)
                return
            self._offer_back(
                tr('"{name}" are these levels now.', name=name), lambda: self._store.put(before)
            )

        self._services.database_tasks.submit(lambda: self._store.put(preset), kept, self._say)

    def _delete(self, name: str) -> None:
        def gone(removed: tuple[RemovedRow, ...]) -> None:
            self.read()
            self._offer_back(
                tr('"{name}" was removed.', name=name), lambda: self._store.put_back(removed)
            )

        self._services.database_tasks.submit(lambda: self._store.delete([name]), gone, self._say)

    def _offer_back(self, words: str, work: Callable[[], object]) -> None:
        def undo() -> None:
            self._services.database_tasks.submit(work, lambda _: self.read(), self._say)

        self._notice.say(words, label=tr("Undo"), action=undo, topic=TOPIC)

    def _say(self, fault: KnownError) -> None:
        self._notice.say(str(fault), problem=True, topic=TOPIC)
