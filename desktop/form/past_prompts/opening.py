"""Where the history of prompts gets what it shows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from core.store.prompts.pinned_prompts import PinnedPrompts
from core.store.prompts.prompt_history import PromptHistory
from desktop.form.past_prompts.dialog import PromptHistoryDialog
from desktop.state.services import Services


def show(
    services: Services, take: Callable[[str, str], object], parent: QWidget
) -> PromptHistoryDialog:
    """Open it over the window; `take` is called with both texts that are chosen."""
    dialog = PromptHistoryDialog(
        PromptHistory(services.stores.gallery.index),
        PinnedPrompts(services.stores.places.pinned_prompts),
        looking=services.gallery_tasks,
        writing=services.database_tasks,
        take=lambda pair: take(pair.prompt, pair.negative_prompt),
        parent=parent,
    )
    dialog.open()
    return dialog
