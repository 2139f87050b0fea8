"""What is done with presets: the form kept under a name, and taken again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.models.library.model_entry import ModelEntry
from core.system.errors import KnownError
from core.values.model import ModelKind
from core.values.request import Request
from desktop.state.draft import Draft
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.store.forms.presets import FoundPresets, Preset, PresetStore
    from core.system.lists.named_rows import RemovedRow
    from desktop.form.presets.dialog import PresetDialog

TOPIC = "presets"
# of a form, what no preset says: the model comes with its defaults, before the values
_NOT_TAKEN = frozenset(
    ("model", "seed", "start", "parent", "document", "sweep", "template", "negative_template")
)


class PresetActs(QObject):
    """Over one form; `without` are the fields that it has no line for, `settled` is its
    request once no key waits. `find_asked` carries the name of a model that is looked for."""

    find_asked = Signal(str)

    def __init__(
        self,
        services: Services,
        notice: NoticeBar,
        window: QWidget,
        *,
        settled: Callable[[], Request],
        take_model: Callable[[ModelEntry], object],
        without: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(window)
        self._services = services
        self._draft: Draft = services.draft
        self._take_model = take_model
        self._notice = notice
        self._window = window
        self._settled = settled
        self._without = {name.partition(".")[0] for name in without}
        self.dialog: PresetDialog | None = None

    @property
    def _store(self) -> PresetStore:
        from core.store.forms.presets import PresetStore

        return PresetStore(self._services.stores.places.presets)

    # --- the list ---

    def choose(self) -> None:
        """Open the list of all presets."""
        dialog = self._open()
        dialog.list.setFocus()

    def ask_name(self) -> None:
        """Open it with the field for a new one's name."""
        dialog = self._open()
        dialog.name.setFocus()

    def _open(self) -> PresetDialog:
        if self.dialog is None:
            self.dialog = self._new_dialog()
        self.dialog.say("")
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.read()
        return self.dialog

    def _new_dialog(self) -> PresetDialog:
        from desktop.form.presets.dialog import PresetDialog

        dialog = PresetDialog(self._window)
        dialog.saved.connect(self.save)
        dialog.taken.connect(self.take)
        dialog.renamed.connect(self.rename)
        dialog.deleted.connect(self.delete)
        dialog.moved.connect(lambda name, to: self._change(lambda: self._store.move(name, to)))
        dialog.file_asked.connect(self.take_file)
        dialog.export_asked.connect(self.export)
        return dialog

    def read(self, mark: str = "") -> None:
        """All of them anew; `mark` is the name of the one to be marked."""

        def came(found: FoundPresets) -> None:
            if self.dialog is None:
                return
            self.dialog.show_presets(found.presets, self._facts)
            if mark:
                self.dialog.mark(mark)
            if found.unread:
                names = ", ".join(found.unread[:3])
                self.dialog.say(tr("These presets cannot be used here: {names}.", names=names))

        self._services.database_tasks.submit(lambda: self._store.all(), came)

    def _facts(self, preset: Preset) -> str:
        entry = self._entry(preset)
        name = entry.name if entry is not None else preset.model_name or preset.request.model
        if entry is None:
            name = tr("{name} is not here", name=name[:40])
        return tr("{model}, {steps} steps", model=name[:48], steps=preset.request.steps)

    def _change(
        self, work: Callable[[], object], then: Callable[[object], object] = lambda _: None
    ) -> None:
        def done(result: object) -> None:
            self.read()
            then(result)

        def failed(error: KnownError) -> None:
            self.read()  # the list says again what there is
            self._say(str(error), problem=True)

        self._services.database_tasks.submit(work, done, failed)

    # --- what is done with one ---

    def save(self, name: str, with_prompt: bool) -> None:
        """Keep the form under a name; one that has it already is replaced, with Undo."""
        preset = self.preset_of_form(name, with_prompt=with_prompt)
        starts = bool(self._draft.stored().start.source)

        def said(words: str) -> str:
            left_out = tr("The picture that it starts from is left out.")
            return f"{words} {left_out}" if starts else words

        def keep() -> Preset | None:
            return self._store.put(preset)

        def kept(before: Preset | None) -> None:
            if self.dialog is not None:
                self.dialog.name.clear()
            self.read(mark=name)
            if before is None:
                self._say(said(tr('The form is kept as "{name}".', name=name)))
                return
            words = said(tr('"{name}" is the form as it is now.', name=name))
            self._say(words, undo=lambda: self._change(lambda: self._store.put(before)))

        self._change(keep, kept)  # type: ignore[arg-type]

    def preset_of_form(self, name: str, *, with_prompt: bool) -> Preset:
        """The form as it is now."""
        from core.prompt.loras import split_loras
        from core.store.forms.presets import Preset, without_picture

        self._settled()
        request = without_picture(self._draft.stored())
        entry = self._services.library.entry(request.model)
        if not with_prompt:
            loras = (*request.loras, *split_loras(request.prompt)[1])
            request = replace(request, prompt="", negative_prompt="", styles=(), loras=loras)
        if self._draft.random_seed:
            request = replace(request, seed=None)
        return Preset(
            name,
            request,
            with_prompt=with_prompt,
            random_seed=self._draft.random_seed,
            model_name=entry.name if entry is not None else "",
        )

    def take(self, preset: Preset) -> None:
        """Put it into the form, as one step. A model that is not here is said; the form keeps its
        own."""
        self._settled()
        entry = self._entry(preset)
        draft = self._draft
        before = draft.history.top()
        with draft.one_step(tr("Preset {name}", name=preset.name)):
            if entry is not None and entry.ready:
                self._take_model(entry)
            request, names = self._asked(preset)
            draft.take_over(request, *names)
            if preset.random_seed:
                draft.set_random_seed(True)
            elif preset.request.seed is not None:
                draft.pin_seed(preset.request.seed)
        undo = draft.undoer() if draft.history.top() is not before else None
        if entry is not None and entry.ready:
            self._say(tr('The preset "{name}" stands in the form.', name=preset.name), undo=undo)
        else:
            self._tell_missing(preset, undo)

    def _asked(self, preset: Preset) -> tuple[Request, tuple[str, ...]]:
        """The request, and which of its fields are taken."""
        from core.prompt.loras import split_loras

        request = preset.request
        left_out = _NOT_TAKEN | self._without
        if not preset.with_prompt:
            now = self._draft.stored()
            words = split_loras(now.prompt)[0]  # its own LoRAs take the place of the form's
            request = replace(
                request, prompt=words, negative_prompt=now.negative_prompt, styles=now.styles
            )
        names = tuple(name for name in self._draft.declared if name not in left_out)
        return request, names

    def _tell_missing(self, preset: Preset, undo: Callable[[], object] | None) -> None:
        name = preset.model_name or preset.request.model
        mine = self._services.library.entry(self._draft.request.model)
        words = tr(
            'The model of "{preset}", "{name}", is not here; the form keeps "{mine}".',
            preset=preset.name,
            name=name[:100],
            mine=mine.name if mine else self._draft.request.model,
        )
        self._in_dialog(words)
        self._notice.say(
            words,
            label=tr("Find it"),
            action=lambda: self.find_asked.emit(name),
            other=(tr("Undo"), undo) if undo else None,
            topic=TOPIC,
        )

    def _entry(self, preset: Preset) -> ModelEntry | None:
        """The model by its id, else the only one of its name."""
        library = self._services.library
        if (entry := library.entry(preset.request.model)) is not None:
            return entry
        named = [
            item.entry
            for item in library.items
            if item.entry.name == preset.model_name and item.entry.kind == ModelKind.CHECKPOINT
        ]
        return named[0] if len(named) == 1 else None

    def rename(self, name: str, to: str) -> None:
        """Under another name, where it stands."""
        self._change(lambda: self._store.rename(name, to), lambda _: self.read(mark=to))

    def delete(self, name: str) -> None:
        """With Undo."""

        def gone(removed: tuple[RemovedRow, ...]) -> None:
            words = tr('The preset "{name}" was deleted.', name=name)
            self._say(words, undo=partial(self._put_back, removed) if removed else None)

        self._change(lambda: self._store.delete([name]), gone)  # type: ignore[arg-type]

    def _put_back(self, removed: tuple[RemovedRow, ...]) -> None:
        self._change(lambda: self._store.put_back(removed))

    # --- files ---

    def take_file(self, path: Path | None) -> None:
        """Take the presets of a file over; asked for where there is none."""
        if path is None:
            kinds = tr("Presets") + " (*.json)"
            parent = self.dialog or self._window
            name, _ = QFileDialog.getOpenFileName(parent, tr("Import presets"), "", kinds)
            path = Path(name) if name else None
        if path is None:
            return
        file = path

        def came(names: tuple[str, ...]) -> None:
            words = tr("New presets from {name}: {n}.", name=file.name, n=len(names))
            self._say(words, undo=partial(self._forget, names) if names else None)

        self._change(lambda: self._store.take_file(file), came)  # type: ignore[arg-type]

    def _forget(self, names: tuple[str, ...]) -> None:
        self._change(lambda: self._store.delete(names))

    def export(self) -> None:
        """Write all of them into a file."""
        from core.store.forms.presets import write_presets

        kinds = tr("Presets") + " (*.json)"
        name, _ = QFileDialog.getSaveFileName(
            self.dialog or self._window, tr("Export presets"), "presets.json", kinds
        )
        if name:
            path = Path(name)
            self._change(
                lambda: write_presets(path, self._store.all().presets),
                lambda _: self._say(tr("The presets stand in {name}.", name=path.name)),
            )

    def _in_dialog(self, words: str) -> None:
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.say(words)

    def _say(
        self, words: str, *, undo: Callable[[], object] | None = None, problem: bool = False
    ) -> None:
        self._in_dialog(words)
        self._notice.say(
            words,
            problem=problem,
            label=tr("Undo") if undo else "",
            action=undo,
            topic=TOPIC,
            expires=True,
        )
