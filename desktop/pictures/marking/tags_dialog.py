"""The tags of one picture or many, those that only some of them have shown as such, and the note of
one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.values.gallery.album import MOST_OF_NAME
from desktop.widgets import theme
from desktop.widgets.controls import DETAIL_ROLE, ShortDetailDelegate, answers
from desktop.widgets.i18n import tr

NOTE_HEIGHT = 84  # pixels
_ON, _SOME, _OFF = Qt.CheckState.Checked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Unchecked
_BEFORE = Qt.ItemDataRole.UserRole + 23  # the state of a tag when the list was filled


class TagField(QLineEdit):
    """Return puts what was typed into the list; `put` carries the tags, which commas part."""

    put = Signal(list)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entered = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if entered and (tags := tags_in(self.text())):
            self.put.emit(tags)
            self.clear()
        else:
            super().keyPressEvent(event)


def tags_in(text: str) -> list[str]:
    """Tags as they are typed."""
    parts = (" ".join(part.split()) for part in text.split(","))
    return [part[:MOST_OF_NAME] for part in parts if part]


class TagsDialog(QDialog):
    """For `count` pictures; the note is there for one alone. `decided` carries what to add, what to
    take away, and the note, None where it stays."""

    decided = Signal(list, list, object)

    def __init__(self, count: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Tags"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(440, 480)
        self._count = count
        self._note = ""  # as it was
        self._build()
        self._lay_out()

    def _build(self) -> None:
        self.field = TagField()
        self.field.setPlaceholderText(tr("Add tags, separated by commas"))
        self.field.setAccessibleName(tr("New tags"))
        self.field.setWhatsThis(tr("Return puts what is typed here into the list below."))
        self._known = QStringListModel(self)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(completer)
        self.field.put.connect(self.put)
        self.list = QListWidget()
        self.list.setItemDelegate(ShortDetailDelegate(self.list))
        self.list.setIconSize(QSize(1, 1))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Tags of these pictures"))
        self.list.setWhatsThis(
            tr("Space gives the pictures a tag or takes it away; a line says that some have it.")
        )
        self.list.itemChanged.connect(self._say_state)
        self.note = QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(NOTE_HEIGHT)
        self.note.setPlaceholderText(tr("A note on this picture"))
        self.note.setAccessibleName(tr("Note"))
        self.note.setWhatsThis(tr("What you want to remember of this picture; Search finds it."))
        self.take = QPushButton(tr("Keep"))
        self.take.setObjectName("primary")
        self.take.setDefault(True)
        self.take.setToolTip(tr("Keeps tags and note as they stand here; Undo takes it back."))
        self.take.clicked.connect(self._decide)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.cancel.setToolTip(tr("Closes this and changes nothing."))
        self.cancel.clicked.connect(self.reject)

    def _lay_out(self) -> None:
        words = tr("Tags of this picture")
        if self._count > 1:
            words = tr("Tags of {n} pictures", n=f"{self._count:,}")
        label = QLabel(words)
        label.setObjectName("section")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_2)
        for part in (label, self.field, self.list):
            column.addWidget(part)
        if self._count == 1:
            heading = QLabel(tr("Note"))
            heading.setObjectName("section")
            column.addWidget(heading)
            column.addWidget(self.note)
        column.addWidget(answers(self.take, self.cancel))

    # --- what it shows ---

    def show_tags(self, counts: Mapping[str, int], known: Mapping[str, int], note: str) -> None:
        """How many of the pictures have each of their tags; `known` are those of the gallery. The
        `note` of the one picture stands below, where nobody has typed one yet."""
        if self.note.toPlainText() == self._note:
            self.note.setPlainText(note)
        self._note = note
        typed = self._states()  # meanwhile
        self.list.clear()
        for tag, count in counts.items():
            self._add(tag, _ON if count >= self._count else _SOME, self._detail(count))
        here = {tag.casefold() for tag in counts}
        for tag, count in known.items():
            if tag.casefold() not in here:
                self._add(tag, _OFF, tr("{n} in all", n=f"{count:,}"))
        self._known.setStringList(list(known))
        self.put([tag for tag, (_, now) in typed.items() if now is _ON])

    def _detail(self, count: int) -> str:
        if self._count == 1 or count >= self._count:
            return ""
        return tr("{n} of {all}", n=f"{count:,}", all=f"{self._count:,}")

    def _add(self, tag: str, state: Qt.CheckState, detail: str = "") -> QListWidgetItem:
        item = QListWidgetItem(tag)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(state)
        item.setData(_BEFORE, state)
        item.setData(DETAIL_ROLE, detail)
        self.list.addItem(item)
        self._say_state(item)
        return item

    def _say_state(self, item: QListWidgetItem) -> None:
        states = {_ON: tr("on"), _SOME: tr("on some"), _OFF: tr("off")}
        spoken = f"{item.text()}, {states[item.checkState()]}"
        if item.data(Qt.ItemDataRole.AccessibleTextRole) != spoken:
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)

    def put(self, tags: Sequence[str]) -> None:
        """Give the pictures these, too."""
        for tag in tags:
            same = (
                item
                for item in map(self.list.item, range(self.list.count()))
                if item.text().casefold() == tag.casefold()
            )
            item = next(same, None)
            if item is None:
                item = self._add(tag, _OFF)
            item.setCheckState(_ON)
            self.list.setCurrentItem(item)

    def _states(self) -> dict[str, tuple[Qt.CheckState, Qt.CheckState]]:
        """By tag, how it was and how it is."""
        items = [self.list.item(at) for at in range(self.list.count())]
        return {item.text(): (item.data(_BEFORE), item.checkState()) for item in items}

    def _decide(self) -> None:
        self.put(tags_in(self.field.text()))  # typed, without Return
        states = self._states().items()
        add = [tag for tag, (before, now) in states if now is _ON and before is not _ON]
        remove = [tag for tag, (before, now) in states if now is _OFF and before is not _OFF]
        note = self.note.toPlainText().strip()
        self.decided.emit(add, remove, note if note != self._note else None)
        self.accept()
