"""The recipe sheet: what was understood, approximated and left out, and a tick for each group."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.form.recipe.groups import GROUPS, IDS, cut_down, only_known, summaries
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, column, row
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.metadata.parsing.parsed_recipe import ParsedRecipe
    from core.service.usable_recipe import UsableRecipe

MOST_NOTES = 40  # of one section
MOST_FINDS = 6  # buttons that look for a file
_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OWN_KEYS = (*_RETURN, Qt.Key.Key_Escape)


class RecipeSheet(QFrame):
    """Hidden until it is shown a recipe; not modal. `taken` carries the recipe with what is ticked,
    `left` says that it closed while the focus was in it, `find_asked` a model's or LoRA's name,
    `ticks_changed` that a group was ticked or is no more."""

    taken = Signal(object)  # UsableRecipe
    left = Signal()
    find_asked = Signal(str)
    ticks_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recipeSheet")
        self.setAccessibleName(tr("Recipe sheet"))
        self._recipe: UsableRecipe | None = None
        self._unticked: frozenset[str] = frozenset()
        self.ticks: dict[str, QCheckBox] = {}
        self.says: dict[str, QLabel] = {}
        self.finds: list[QPushButton] = []
        self._build()
        self.hide()

    def _build(self) -> None:
        self.name = ElidedLabel()
        self.name.setObjectName("heading")
        self.origin = ElidedLabel()
        self.origin.setObjectName("dim")
        self.cross = IconButton("close", tr("Leave the recipe"), size=14)
        self.cross.clicked.connect(self.leave)
        words = column(self.name, self.origin, spacing=0)
        self._content = QWidget()
        self._lines = QVBoxLayout(self._content)
        self._lines.setContentsMargins(0, 0, theme.SPACE_2, 0)
        self._lines.setSpacing(theme.SPACE_2)
        self._lines.addWidget(_heading(tr("Understood")))
        for group in GROUPS:
            self._lines.addWidget(self._tick(group.id, tr_data(group.label)))
        self._notes = QVBoxLayout()
        self._notes.setSpacing(theme.SPACE_2)
        self._lines.addLayout(self._notes)
        self._lines.addStretch(1)
        area = self.area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("What the recipe says"))
        area.setWidget(self._content)
        self.take = QPushButton(tr("Take"))
        self.take.setObjectName("primary")
        self.take.setAccessibleName(tr("Take what is ticked"))
        self.take.clicked.connect(self._take)
        self.leaving = QPushButton(tr("Leave it"))
        self.leaving.clicked.connect(self.leave)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_3)
        lines.setSpacing(theme.SPACE_3)
        lines.addWidget(row(words, self.cross, wide=words))
        lines.addWidget(area, 1)
        lines.addWidget(row(self.take, self.leaving, wide=self.take))

    def _tick(self, group: str, label: str) -> QWidget:
        tick = QCheckBox(label)
        tick.setAccessibleName(tr("Take: {what}", what=label))
        tick.setChecked(True)
        tick.clicked.connect(partial(self._ticked, group))
        says = _note("")
        says.setContentsMargins(24, 0, 0, 0)
        self.ticks[group] = tick
        self.says[group] = says
        return column(tick, says, spacing=0)

    # --- what it shows ---

    def show_recipe(self, name: str, parsed: ParsedRecipe, recipe: UsableRecipe) -> None:
        """A recipe, in place of the one before; the focus goes to the button that takes it."""
        self._recipe = recipe
        self.name.set_full(name)
        origin = _origin(parsed)
        self.origin.set_full(origin)
        self.origin.setVisible(bool(origin))
        said = summaries(recipe)
        for group in IDS:
            box = self.ticks[group].parentWidget()
            assert box is not None
            box.setVisible(group in said)
            self.ticks[group].setChecked(group not in self._unticked)
            self.says[group].setText(said.get(group, ""))
            self.ticks[group].setAccessibleDescription(said.get(group, ""))
        self._show_notes(recipe)
        self._allow()
        self.show()
        self.take.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_notes(self, recipe: UsableRecipe) -> None:
        while (item := self._notes.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.finds = []
        missing = [(recipe.missing, tr("Find this model"))] if recipe.missing else []
        missing += [(name, tr("Find this LoRA")) for name in recipe.absent]
        for name, words in missing[:MOST_FINDS]:
            button = QPushButton(f"{words}: {name[:40]}")
            button.setObjectName("link")
            button.setAccessibleName(f"{words}: {name[:100]}")
            button.setToolTip(tr("Looks for it by its name in Get models."))
            button.clicked.connect(partial(self.find_asked.emit, name))
            self.finds.append(button)
            self._notes.addWidget(button)
        close = [note for note in recipe.notes if note not in recipe.left_out]
        for heading, notes in (
            (tr("Approximated"), close),
            (tr("Left out"), list(recipe.left_out)),
        ):
            if notes:
                self._notes.addWidget(_heading(heading))
            for note in notes[:MOST_NOTES]:
                self._notes.addWidget(_note(note))
            if len(notes) > MOST_NOTES:
                self._notes.addWidget(_note(tr("and {n} more", n=len(notes) - MOST_NOTES)))

    # --- its ticks ---

    def unticked(self) -> str:
        """The groups that a person does not want, for the session: "size,seed"."""
        return ",".join(group for group in IDS if group in self._unticked)

    def restore(self, unticked: str) -> None:
        """As they were at the last exit."""
        self._unticked = only_known(unticked)

    def _ticked(self, group: str) -> None:
        self._unticked ^= {group}
        self._allow()
        self.ticks_changed.emit()

    def _wanted(self) -> list[str]:
        return [group for group in IDS if self.ticks[group].isChecked() and self.says[group].text()]

    def _allow(self) -> None:
        self.take.setEnabled(bool(self._wanted()))

    # --- its end ---

    def _take(self) -> None:
        recipe = self._recipe
        if recipe is not None and self.take.isEnabled():
            wanted = self._wanted()
            self.leave()
            self.taken.emit(cut_down(recipe, wanted))

    def leave(self) -> None:
        """Close it, where it is open; nothing is taken."""
        if self._recipe is None:
            return
        self._recipe = None
        focus = QApplication.focusWidget()
        inside = focus is not None and self.isAncestorOf(focus)
        self.hide()
        if inside:
            self.left.emit()

    def event(self, event: QEvent) -> bool:
        # its keys are its own while the focus is in it, before any command's
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _OWN_KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in _RETURN:
            focus = QApplication.focusWidget()
            if isinstance(focus, QPushButton) and focus is not self.take:
                focus.click()
            else:
                self._take()
        else:
            super().keyPressEvent(event)

    def help_texts(self) -> tuple[tuple[QWidget, str], ...]:
        """A sentence for each control."""
        helps = {
            "prompt": "Takes the words of the recipe, and what it keeps away from.",
            "model": "Uses the model that the recipe names, where it is here.",
            "loras": "Takes the LoRAs of the recipe with their weights.",
            "size": "Takes the width and the height of the recipe's picture.",
            "seed": "Takes the seed and the way its noise is drawn.",
            "program": "Draws noise and weighs words as the program did that made the picture.",
            "rest": "Takes steps, sampler and all else that the recipe says.",
        }
        return (
            *((self.ticks[group], helps[group]) for group in IDS),
            (self.area, "What the recipe says; arrow keys scroll it while it has the focus."),
            (self.take, "Puts what is ticked into the form; Undo takes it back in one step."),
            (self.leaving, "Closes the sheet; the form stays as it is."),
            (self.cross, "Closes the sheet; the form stays as it is."),
        )


def _origin(parsed: ParsedRecipe) -> str:
    by = parsed.version
    if parsed.format == "elsewhere":
        return tr("Made elsewhere, by {by}.", by=by or tr("another service"))
    return tr("from {program}", program=by) if by else ""


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("section")
    return label


def _note(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("dim")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMinimumWidth(40)
    return label
