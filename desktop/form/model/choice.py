"""The model in use: choosing one from the library for the form, opening others, and what a person
says about them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.models.files.families import FAMILIES
from core.models.library.model_entry import STARTER_ID, ModelEntry
from core.service.library_overview import LibraryItem
from core.system.errors import WorldError
from core.system.regular_files import display_name
from core.values.model import ModelKind, Problem, Reason
from desktop.form.parameters.panel import ParametersPanel
from desktop.state.draft import Draft
from desktop.state.library import LibraryState
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

REFINING = ("sdxl", "sdxl-refiner")
CHOOSING_MS = 300  # after which it is looked again whether the box is closed
SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf")


def is_folder(path: Path) -> bool:
    """Whether there is a folder. Raises WorldError for what is no path on this system."""
    try:
        return path.is_dir()
    except (OSError, ValueError) as fault:
        raise WorldError(
            tr("{name} cannot be opened.", name=display_name(path)), tr("Check the name.")
        ) from fault


class ModelChoice(QObject):
    """`model_used` carries the entry that the form uses from now on, `words_known` what can be
    named in a prompt, `room_asked` the path of a model that is to be shown in the Models room.
    """

    model_used = Signal(ModelEntry)
    room_asked = Signal(str)
    words_known = Signal(object)
    insert_asked = Signal(str)

    def __init__(
        self,
        library: LibraryState,
        *,
        draft: Draft,
        records: SerialTasks,
        notice: NoticeBar,
        parameters: ParametersPanel,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._draft = draft
        self._records = records
        self._notice = notice
        self._parameters = parameters
        self._window = parent
        self._warm: tuple[str, ...] = ()  # paths of the models in memory
        self._offered: tuple[tuple[ModelEntry, ...], tuple[str, ...]] = (), ()
        self._slow = SerialTasks(lambda fault: notice.say(str(fault), problem=True), self)
        self._ending = threading.Event()
        self._later = QTimer(self, interval=CHOOSING_MS, singleShot=True)
        self._later.timeout.connect(self._show_box)
        parameters.model_chosen.connect(self.choose)
        draft.model_back.connect(self._came_back)
        parameters.folder_asked.connect(self.open_folder)
        parameters.file_asked.connect(self.open_file)
        library.changed.connect(self._show)

    def _show(self) -> None:
        """The boxes and the words offer what is in the library now."""
        self._show_box()
        self._show_helpers()

    def _show_box(self) -> None:
        if self._parameters.model.view().isVisible():
            self._later.start()  # a person is choosing: not under their hand
            return
        offered = self._library.models, self._warm
        if offered != self._offered:  # thousands take a while to fill in
            self._offered = offered
            self._parameters.show_models(self._library.models, self.current, self._warm)

    def use_warm(self, paths: tuple[str, ...]) -> None:
        """These models are in memory now."""
        if set(paths) != set(self._warm):
            self._warm = paths
            self._show_box()

    def use_item(self, item: LibraryItem) -> None:
        """From the Models room: draw with a model, decode with a VAE, name a LoRA in the prompt."""
        if item.entry.kind == ModelKind.CHECKPOINT:
            self._library.keep(item.entry)  # it may have gone since it was shown
            self.choose(item.entry.id)
        elif item.entry.kind == ModelKind.LORA:
            self.insert_asked.emit(f"<lora:{item.entry.id}:1>")
        else:
            self._draft.set(vae=item.entry.id)

    def restore(self) -> None:
        """Show the models and take the one the form names."""
        self._show_box()
        self.model_used.emit(self._library.entry(self.current) or self._library.models[0])

    def _came_back(self, model: str) -> None:
        """An undo or redo brought another model: all who follow the model hear of it."""
        if (entry := self._library.entry(model)) is not None:
            self.model_used.emit(entry)

    def take(self, entry: ModelEntry) -> None:
        """Use a recipe's model; the values that come with it are the recipe's."""
        self._library.keep(entry)  # it may have come a moment ago
        if entry.id != self.current:
            self.choose(entry.id, quiet=True)

    def choose(self, model: str, *, quiet: bool = False) -> None:
        """Use another model; one that cannot be used is refused with the reason,
        and the form stays as it is.

        `quiet`: values come after it.
        """
        entry = self._library.entry(model)
        if entry is None:
            return
        if not entry.ready:
            box = self._parameters.model
            box.setCurrentIndex(max(0, box.findData(self._draft.request.model)))
            self.refuse(entry)
            return
        self._notice.clear("model")
        spoilt = self._draft.use_family(entry.id, entry.family_row)
        self.model_used.emit(entry)
        if spoilt and not quiet:
            names = {
                "width": tr("the size"),
                "guidance": tr("guidance"),
                "levels": tr("the noise levels"),
            }
            replaced = ", ".join(names[field] for field in spoilt if field in names)
            self._notice.say(
                tr(
                    "{names} did not suit {model} and took its default.",
                    names=replaced.capitalize(),
                    model=entry.name,
                ),
                label=tr("Undo"),
                action=self._draft.undoer(),
                topic="model:values",
            )
        if entry.undecided:
            self._ask_prediction(entry)

    def refuse(self, entry: ModelEntry) -> None:
        """Why a model cannot be used, and what can be done."""
        if entry.pickle:
            self._notice.say(
                tr(
                    (
                        "{name} is a pickle, which could run any program hidden in it; it is "
                        "never opened directly. A copy in the safe format can be made "
                        "without running anything."
                    ),
                    name=entry.name,
                ),
                problem=True,
                label=tr("Convert"),
                action=partial(self._convert, Path(entry.path)),
                topic="model:file",
            )
        else:
            words = tr("{name} cannot be used: {why}", name=entry.name, why=entry.sentence)
            self._refuse(words, entry.path)

    def _refuse(self, words: str, path: str) -> None:
        self._notice.say(
            words,
            problem=True,
            label=tr("Choose another"),
            action=self._parameters.model.showPopup,
            other=(tr("Open Models"), lambda: self.room_asked.emit(path)),
            topic="model:file",
        )

    def when_usable(self, model: str, then: Callable[[], object]) -> None:
        """Call `then` where pictures can be made with the model as it lies on the disk now; else
        say why not, and the remedy."""
        entry = self._library.entry(model)
        if entry is not None and not entry.ready:
            self.refuse(entry)
            return

        def look() -> ModelEntry:
            wanted = entry or self._library.disk.find(model)
            if not os.path.exists(wanted.path):
                gone = tr(
                    "its file {path} is gone; put it back, or choose another model.",
                    path=wanted.path,
                )
                return replace(wanted, problems=(Problem(Reason.GONE, gone),))
            if wanted.ready:
                wanted.ref()
            return wanted

        def known(wanted: ModelEntry) -> None:
            if wanted.ready:
                then()
            else:
                self.refuse(wanted)

        where = entry.path if entry is not None else ""
        self._records.submit(look, known, lambda error: self._refuse(str(error), where))

    @property
    def current(self) -> str:
        """The id of the model in the form."""
        return self._draft.request.model

    @property
    def current_path(self) -> str:
        """Where it lies; "" where that is not known."""
        entry = self._library.entry(self.current)
        return entry.path if entry is not None else ""

    def _convert(self, path: Path) -> None:
        """In a thread of its own: it may take minutes."""
        from core.models.files.convert import convert

        if not self._slow.is_running():
            self._slow.start()
        target = path.with_suffix(".safetensors")
        self._notice.say(
            tr("{name} is being converted; it will be opened when that is done.", name=path.name)
        )
        self._slow.submit(
            lambda: convert(path, target, stopped=self._ending.is_set),
            lambda _: self._library.open(target),
        )

    def end(self) -> None:
        """The window closes: a conversion under way is given up."""
        self._ending.set()
        if self._slow.is_running():
            self._slow.finish()

    def open_folder(self) -> None:
        """Ask for a diffusers folder and use it in place."""
        chosen = QFileDialog.getExistingDirectory(self._window, tr("Open model folder"))
        if chosen:
            self._library.open(Path(chosen))

    def open_file(self) -> None:
        """Ask for a single model file and use it in place."""
        kinds = tr("Models") + " (*.safetensors *.ckpt *.pt *.bin)"
        chosen, _ = QFileDialog.getOpenFileName(self._window, tr("Open model file"), "", kinds)
        if chosen:
            self._library.open(Path(chosen))

    def _show_helpers(self) -> None:
        """VAEs and refiners for their boxes, names for the prompts."""
        from desktop.form.prompt.insert_dialog import insertable_words

        refiners = [
            (entry.id, entry.name)
            for entry in self._library.models
            if entry.family in REFINING and entry.ready
        ]
        vaes = [item.entry.id for item in self._library.items if item.entry.kind == ModelKind.VAE]
        self._parameters.show_helpers(vaes, refiners)
        self.words_known.emit([text for _, text in insertable_words(self._library.items)])

    def _ask_prediction(self, entry: ModelEntry) -> None:
        """Stable Diffusion 2 files of 512 and 768 px look the same: take the likelier, offer the
        other, remember the answer."""
        self._notice.say(
            tr(
                (
                    "The file of {name} does not say what it predicts; it is taken for a 768 px "
                    "model (v). If its pictures are only noise, it is a 512 px one (epsilon)."
                ),
                name=entry.name,
            ),
            label=tr("Take epsilon"),
            action=partial(self._choose_prediction, entry, "epsilon"),
            topic="model:prediction",
        )

    def _choose_prediction(self, entry: ModelEntry, prediction: str) -> None:
        other = "v" if prediction == "epsilon" else "epsilon"

        def chosen(decided: ModelEntry) -> None:
            self.choose(decided.id)
            words = tr(
                "{name} is taken to predict {prediction}; that is remembered.",
                name=decided.name,
                prediction=decided.prediction,
            )
            self._notice.say(
                words,
                label=tr("Take {other}", other=other),
                action=partial(self._choose_prediction, decided, other),
                topic="model:prediction",
            )

        self._library.choose_prediction(entry.id, prediction, chosen)

    def may_predict_otherwise(self) -> bool:
        """Whether the form's model may predict noise or velocity; a built-in one says which."""
        entry = self._library.entry(self.current)
        return entry is not None and not FAMILIES[entry.family].flow and entry.family != STARTER_ID

    def change_prediction(self) -> None:
        """For a model whose pictures are noise: take it to predict the other thing."""
        entry = self._library.entry(self.current)
        if entry is not None:
            self._choose_prediction(entry, "epsilon" if entry.prediction == "v" else "v")
