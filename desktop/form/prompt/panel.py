"""The prompt editors: weights highlighted, tokens counted, keys that change the weight under the
cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from core.models.library.model_entry import ModelEntry
from core.prompt.reading.embedding_names import EmbeddingNames
from core.prompt.reading.kinds import Rules
from core.values.declared.limits import MAX_PROMPT
from core.values.job import ModelRef
from core.values.model import ModelKind
from core.values.request import Request
from desktop.form.prompt.editor import PromptEdit
from desktop.form.prompt.examples import Examples
from desktop.form.prompt.language.keys import MOVES
from desktop.form.prompt.language.remark_line import RemarkLine
from desktop.state.draft import Draft
from desktop.state.tasks import NetworkTasks
from desktop.widgets import theme
from desktop.widgets.controls import IconButton, row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.remarks.marked_places import MarkedTexts

TYPED_MS = 120  # after the last key tokens are counted
# what the number of tokens depends on, beside the texts themselves
COUNTED = frozenset({"styles", "steps", "compatibility"})


class PromptPanel(QWidget):
    """Both prompts, bound to the draft; `models_asked` when more than the starter is wanted,
    `start_asked` when a picture to start from is, `reading_asked` with the field whose tokens are
    to be shown."""

    models_asked = Signal()
    start_asked = Signal()
    reading_asked = Signal(str)

    def __init__(self, draft: Draft, colours: theme.Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.tasks = NetworkTasks(self._uncounted, self)
        self._counting = False
        self._changed = False
        self._folder: Path | None = None
        self._embeddings = EmbeddingNames()
        self.prompt = PromptEdit(
            tr("Prompt"), tr("What the picture shows, in your own words"), 4, colours
        )
        self.negative = PromptEdit(
            tr("Negative prompt"),
            tr("What to keep out (optional)"),
            2,
            colours,
            Rules(is_negative=True),
        )
        self.counts = {name: _count_button() for name in ("prompt", "negative_prompt")}
        self._editors = {"prompt": self.prompt, "negative_prompt": self.negative}
        self._notes = {name: _note_label() for name in self._editors}
        self._headings: dict[str, QLabel] = {}
        self.examples = Examples()
        self.examples.wanted.connect(self._take_example)
        self.examples.models_asked.connect(self.models_asked)
        self.examples.rebuilt.connect(self._order)
        self.remarks = RemarkLine(draft, self.tasks)
        self.start = IconButton("picture", tr("Start from picture..."), size=16)
        self.start.setObjectName("quiet")
        self.start.clicked.connect(self.start_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_1)
        for label, field in ((tr("Prompt"), "prompt"), (tr("Negative prompt"), "negative_prompt")):
            heading = self._headings[field] = QLabel(label)
            heading.setBuddy(self._editors[field])
            self.counts[field].clicked.connect(partial(self.reading_asked.emit, field))
            tools = [self.start] if field == "prompt" else []
            column.addWidget(row(heading, None, self.counts[field], *tools))
            column.addWidget(self._editors[field])
            column.addWidget(self._notes[field])
            if field == "prompt":
                column.addWidget(self.remarks)
                column.addWidget(self.examples)
        self.remarks.found.connect(self._mark)
        self.remarks.pressed.connect(self.next_problem)
        self._timer = QTimer(self, interval=TYPED_MS, singleShot=True)
        self._timer.timeout.connect(self._count)
        for field, editor in self._editors.items():
            editor.textChanged.connect(partial(self._typed, field))
            editor.left_out.connect(partial(self._tell_left_out, field))
            editor.moved.connect(draft.history.pause)
            editor.undo_asked.connect(draft.undo)
            editor.redo_asked.connect(draft.redo)
        draft.history.stepped.connect(self._allow_steps)
        draft.about_to_change.connect(self._settle)
        draft.changed.connect(self._show)
        self._show(frozenset(self._editors))

    def offer_sweeps(self, act: Callable[[str], object]) -> None:
        """A right click on a prompt's name offers to vary it, or words of it: `act` is given the
        axis."""
        for field, heading in self._headings.items():
            menu = QMenu(heading)
            menu.addAction(tr("Sweep this"), partial(act, field))
            if field == "prompt":
                menu.addAction(tr("Sweep words of it"), partial(act, "replace"))
            heading.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            heading.customContextMenuRequested.connect(
                lambda at, of=heading, shown=menu: shown.popup(of.mapToGlobal(at))
            )

    def set_colours(self, colours: theme.Tokens) -> None:
        """Follow a change of theme."""
        for editor in self._editors.values():
            editor.highlighter.set_colours(colours)

    def use_model(self, entry: ModelEntry) -> None:
        """Count with this model's tokenizer."""
        self._folder = entry.tokenizer
        self._timer.start()

    def _order(self) -> None:
        """Tab goes as the eye does: the chips stand between the two editors."""
        parts = [self.prompt, self.examples.toggle, *self.examples.chips, self.negative]
        for part, other in pairwise(parts):
            QWidget.setTabOrder(part, other)

    def _take_example(self, text: str) -> None:
        self._draft.set_as(tr("Example"), None, prompt=text)

    def set_words(self, words: list[str]) -> None:
        """Names to offer while typing."""
        for editor in self._editors.values():
            editor.completion.set_words(words)

    def use_names(self, entries: Sequence[ModelEntry], wildcards: Path) -> None:
        """What can be named in a prompt: LoRAs, embeddings, and the wildcards of a folder."""
        from core.prompt.wildcards.files import Wildcards
        from core.service.remarks.known_names import KnownNames

        loras, embeddings = (
            [
                ModelRef(entry.id, entry.name, "", entry.path)
                for entry in entries
                if entry.kind == kind
            ]
            for kind in (ModelKind.LORA, ModelKind.EMBEDDING)
        )
        self.remarks.use_names(KnownNames(loras, embeddings, lambda: Wildcards(wildcards)))
        self._embeddings = EmbeddingNames(ref.name for ref in embeddings)
        self._use_rules()

    def _use_rules(self) -> None:
        """Whose rules the texts follow, and what they can name."""
        program = self._draft.request.program
        for editor in self._editors.values():
            rules = replace(editor.highlighter.rules, program=program, embeddings=self._embeddings)
            if rules != editor.highlighter.rules:
                editor.highlighter.use_rules(rules)

    def _mark(self, request: Request, texts: MarkedTexts) -> None:
        self.prompt.problems.show(request.prompt, texts.prompt)
        self.negative.problems.show(request.negative_prompt, texts.negative)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do with the texts."""
        return {
            **{move: partial(self._move, move) for move in MOVES},
            "next-problem": self.next_problem,
            "previous-problem": partial(self.next_problem, forwards=False),
            "take-suggestion": self.take_suggestion,
        }

    def _move(self, move: str) -> None:
        if self.isVisible():
            self._editors[self.field_in_front()].move_words(MOVES[move])

    def editors(self) -> tuple[PromptEdit, ...]:
        """Of both texts."""
        return tuple(self._editors.values())

    def field_in_front(self) -> str:
        """Of which of the texts a command speaks that names none."""
        return "negative_prompt" if self.negative.hasFocus() else "prompt"

    def next_problem(self, *, forwards: bool = True) -> None:
        """Select the next place that something is said of, behind the cursor and then in the other
        editor, or before them."""
        if not self.isVisible():  # in another room, or under a recipe
            return
        editors = [self.prompt, self.negative]
        if self.negative.hasFocus():
            editors.reverse()
        here = editors[0]
        found = here.problems.beyond(here.textCursor(), forwards=forwards)
        for editor in () if found else (*editors[1:], here):
            marked = editor.problems.marked
            if marked:
                here, found = editor, marked[0 if forwards else -1]
                break
        here.setFocus()
        if found:
            here.problems.go(found)
        else:
            here.problems.tell(tr("Nothing in the prompts is underlined."))

    def take_suggestion(self) -> None:
        """Write what could stand at the cursor in place of what has a problem there."""
        if not self.isVisible():
            return
        editor = self.negative if self.negative.hasFocus() else self.prompt
        marked = editor.problems.offered(editor.textCursor().selectionStart())
        if marked is not None:
            editor.take(marked)
        else:
            editor.problems.tell(tr("Nothing is suggested at the cursor."))

    def insert(self, text: str) -> None:
        """Text at the cursor of the prompt, parted by spaces; can be undone."""
        cursor = self.prompt.textCursor()
        cursor.setPosition(cursor.selectionStart())
        at_start = cursor.atBlockStart()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor)
        before = cursor.selectedText()
        needs_space = before and not at_start and not before.isspace()
        self.prompt.put(f" {text}" if needs_space else text, "word")
        self.prompt.setFocus()

    def after_keys(self, act: Callable[[], object]) -> None:
        """Do it now, or behind the keys that wait in the editors."""
        waiting = [editor for editor in self._editors.values() if editor.waiting]
        if waiting:
            waiting[0].after_keys(act)
        else:
            act()

    def settled(self) -> Request:
        """The draft's request with the keys that still waited."""
        self._settle()
        return self._draft.request

    def _settle(self) -> None:
        for editor in self._editors.values():
            editor.settle()

    def begin(self) -> None:
        """The window has been painted."""
        for editor in self._editors.values():
            editor.highlighter.begin()

    def end(self) -> None:
        """The window closes."""
        self.tasks.close()

    def _allow_steps(self) -> None:
        history = self._draft.history
        for editor in self._editors.values():
            editor.may_undo = history.top() is not None
            editor.may_redo = history.next() is not None

    def _typed(self, field: str) -> None:
        editor = self._editors[field]
        text = editor.toPlainText()
        self._draft.write(field, text, editor.doing)
        if len(text) < MAX_PROMPT:
            self._notes[field].hide()
        self._timer.start()

    def _tell_left_out(self, field: str, left_out: int) -> None:
        self._notes[field].setText(
            tr(
                "The text was too long: {most} characters fit, and the last {left} were left out.",
                most=f"{MAX_PROMPT:,}",
                left=f"{left_out:,}",
            )
        )
        self._notes[field].show()

    def _show(self, names: frozenset[str]) -> None:
        request = self._draft.stored()
        if "prompt" in names:
            self.prompt.replace_text(request.prompt)
        if "compatibility" in names:
            self._use_rules()
        if "negative_prompt" in names:
            self.negative.replace_text(request.negative_prompt)
        if names & COUNTED:
            self._timer.start()

    def _count(self) -> None:
        """In a thread of its own, one at a time: what changed meanwhile is counted
        afterwards, in its last form only."""
        self._changed = self._counting
        if self._folder is None or self._counting:
            return
        self._counting = True
        folder = self._folder
        request = self._draft.stored()

        def count() -> Sequence[tuple[int, int]]:
            from core.prompt.token_count import count_request

            return count_request(folder, request)

        self.tasks.submit(count, self._counted)

    def _counted(self, counts: Sequence[tuple[int, int]]) -> None:
        for label, (used, room) in zip(self.counts.values(), counts, strict=True):
            label.setText(f"{used}/{room}")
            label.setAccessibleName(tr("{used} of {room} tokens used", used=used, room=room))
        self._uncounted()

    def _uncounted(self, _: object = None) -> None:
        """A model without a readable tokenizer shows no count; using it says why."""
        self._counting = False
        if self._changed:
            self._count()


def _note_label() -> QLabel:
    label = QLabel()
    label.setObjectName("dim")
    label.setWordWrap(True)
    label.hide()
    return label


def _count_button() -> QToolButton:
    button = QToolButton()
    button.setObjectName("count")
    button.setText("0/75")
    button.setAccessibleName(tr("Tokens used"))
    button.setToolTip(
        tr(
            "Tokens, those of the styles among them: the model reads a prompt in portions of 75; "
            "longer prompts take several. Press it to see them."
        )
    )
    return button
