"""LoRAs and embeddings at hand, found by typing a few letters and written into the prompt."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from core.models.library.library import Library
from core.prompt.loras import lora_tag
from core.values.request import Lora
from desktop.form.prompt.panel import PromptPanel
from desktop.state.tasks import SerialTasks
from desktop.widgets.filter_dialog import CommandPalette
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

Word = tuple[str, str]


def insertable_words(library: Library) -> list[Word]:
    """(label, what goes into the prompt) for every LoRA and embedding; looks at the disk."""
    words: list[Word] = []
    for ref in library.loras():
        words.append((tr("{name} (LoRA)", name=ref.name), lora_tag(Lora(ref.id))))
    for ref in library.embeddings():
        words.append((tr("{name} (embedding)", name=ref.name), ref.name))
    return words


def offer(
    library: Library, prompt: PromptPanel, tasks: SerialTasks, notice: NoticeBar, parent: QWidget
) -> None:
    """Ask which one, once the disk has answered."""

    def answered(words: list[Word]) -> None:
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

    tasks.submit(lambda: insertable_words(library), answered)
