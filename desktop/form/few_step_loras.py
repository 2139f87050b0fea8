"""LoRAs distilled to a few steps, named in the prompt, bring their steps, guidance,
sampler and schedule to the form."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from core.models.files.families import Family
from core.models.library.model_entry import ModelEntry
from core.prompt.loras import lora_tags
from desktop.state.draft import Draft
from desktop.state.library import LibraryState
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

SETTLED_MS = 400
MOST = 64  # tags of a prompt that are looked at


class FewStepLoras(QObject):
    """Follows the prompt's LoRA tags; values still at the old defaults take the new ones,
    as with a change of model."""

    def __init__(
        self,
        library: LibraryState,
        draft: Draft,
        records: SerialTasks,
        notice: NoticeBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._draft = draft
        self._records = records
        self._notice = notice
        self._entry: ModelEntry | None = None
        self._named: tuple[str, ...] = ()
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self.refresh)
        draft.changed.connect(self._follow)

    def use_model(self, entry: ModelEntry) -> None:
        """The model of the form changed, and its own defaults were taken."""
        self._entry = entry
        self._named = ()
        self._timer.start()

    def _follow(self, names: frozenset[str]) -> None:
        if "prompt" in names:
            self._timer.start()

    def refresh(self) -> None:
        """Where other LoRAs are named than before, ask the disk what they are made for."""
        entry = self._entry
        request = self._draft.stored()
        in_prompt = (lora for _, _, lora in lora_tags(request.prompt, MOST))
        named = tuple(lora.id for lora in (*request.loras, *in_prompt))
        if entry is None or entry.id != request.model or named == self._named:
            return
        self._named = named
        self._records.submit(
            lambda: self._library.disk.family_row_for(entry, named),
            lambda row: self._take(entry, row),
            lambda _: None,
        )

    def _take(self, entry: ModelEntry, row: Family) -> None:
        if row == self._draft.family or self._draft.stored().model != entry.id:
            return
        # the form of last time, which has these values already or was given others
        history = self._draft.history
        if history.top() is None and history.next() is None:
            self._draft.restore(self._draft.stored(), self._draft.random_seed, row)
            return
        self._draft.use_family(entry.id, row, follows=True)
        if row != entry.family_row:
            self._notice.say(
                tr(
                    (
                        "This LoRA is made for few steps: {steps} steps, guidance {guidance:g} "
                        "and its sampler are set."
                    ),
                    steps=row.steps,
                    guidance=row.guidance,
                ),
                label=tr("Undo"),
                action=self._draft.undoer(),
            )
