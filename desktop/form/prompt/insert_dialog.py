"""LoRAs and embeddings at hand, found by typing a few letters and written into the prompt."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from core.prompt.loras import lora_tag
from core.service.library_overview import LibraryItem
from core.values.lora import Lora
from core.values.model import ModelKind
from desktop.form.prompt.panel import PromptPanel
from desktop.state.library import LibraryState
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

Word = tuple[str, str]


def insertable_words(items: Iterable[LibraryItem]) -> list[Word]:
    """(label, what goes into the prompt) for every LoRA and embedding."""
    words: list[Word] = []
    for item in items:
        entry = item.entry
        if entry.kind == ModelKind.LORA:
            words.append((tr("{name} (LoRA)", name=entry.name), lora_tag(Lora(entry.id))))
        elif entry.kind == ModelKind.EMBEDDING:
            words.append((tr("{name} (embedding)", name=entry.name), entry.name))
    return words


def offer(library: LibraryState, prompt: PromptPanel, notice: NoticeBar, parent: QWidget) -> None:
    """Ask which one, once the library was read anew."""

    def ask() -> None:
        from desktop.widgets.filter_dialog import CommandPalette

        words = insertable_words(library.items)
        if not words:
            notice.say(
                tr(
                    "There are no LoRAs or embeddings yet: put the files into the models folder, "
                    "under loras or embeddings."
                )
            )
            return
        actions = []
        for label, text in words:
            action = QAction(label, parent)
            action.triggered.connect(lambda _=False, text=text: prompt.insert(text))
            actions.append(action)
        palette = CommandPalette(actions, parent, tr("Insert LoRA or embedding"), tr("Type a name"))
        palette.exec()
        for action in actions:
            action.deleteLater()

    library.reload(ask)
