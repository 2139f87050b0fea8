"""Upscale: pictures made larger, asked for from anywhere. All that are asked for at once go into
the queue together; those that cannot be are named, and cost no other."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.service.stores import Stores
from core.system.errors import Cancelled, KnownError
from core.system.regular_files import display_name
from core.values.model import ModelKind
from core.values.picture import Picture
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.state.library import LibraryState
from desktop.state.session import UpscaleKept
from desktop.state.tasks import NetworkTasks, SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.making.runner import Outcome
    from core.service.upscaling.wishes import UpscaleBatch, UpscaleWish
    from desktop.pictures.comparing.compared import ComparedPicture
    from desktop.pictures.upscaling.dialog import Foretold, UpscaleDialog

TOPIC = "upscale"
_LOOKING = "upscale-looking"
MOST_NAMED = 3  # refused pictures, in a notice; all of them are in its list
Origins = Sequence[Picture | Path]


class Upscalings(QObject):
    """`kept` is how it was done last, also at an earlier start, or None. `told` carries a sentence
    for the status line, `shown` a window that compares; `kept_changed`: there is something that the
    session should keep. Room and current picture stay as they are."""

    told = Signal(str)
    kept_changed = Signal()
    shown = Signal(object)  # ComparingDialog or RefusedDialog
    _looked_at = Signal(int, int)  # how many of how many pictures

    def __init__(
        self,
        stores: Stores,
        service: JobService,
        draft: Draft,
        library: LibraryState,
        *,
        images: SerialTasks,
        notice: NoticeBar,
        parent: QWidget,
        kept: UpscaleKept | None = None,
    ) -> None:
        super().__init__(parent)
        self.kept = kept
        self._stores = stores
        self._service = service
        self._draft = draft
        self._library = library
        self._images = images
        self._notice = notice
        self._window = parent
        self._last: UpscaleWish | None = None  # as it was chosen last since the start
        self._looking: dict[str, threading.Event] = {}  # by topic, what ends each
        self._numbers = count()
        self.dialog: UpscaleDialog | None = None  # the one on top
        self._open: list[UpscaleDialog] = []
        self._errands = NetworkTasks(self._refused, self)
        self._looked_at.connect(self._tell_how_far)
        service.finished.connect(self._finished)

    def end(self) -> None:
        """The window closes."""
        for stopped in self._looking.values():
            stopped.set()
        self._errands.close()

    # --- what a person is asked ---

    def ask(self, origins: Origins) -> None:
        """How these pictures are to be made larger; what was chosen last is offered again."""
        from core.service.upscaling.wishes import path_of
        from desktop.pictures.upscaling.dialog import Subject, UpscaleDialog

        if not origins:
            return
        model = self._draft.request.model
        wish = replace(self._last or self._wish_of_before(), otherwise=model)
        words = path_of(origins[0]).name
        if len(origins) > 1:
            words = tr("{n} pictures", n=len(origins))
        subject = Subject(words, self._library.name_of(model))
        dialog = self.dialog = UpscaleDialog(subject, self._upscalers(), wish, self._window)
        self._open.append(dialog)
        dialog.asked.connect(partial(self._foretell, dialog, origins))
        dialog.wanted.connect(partial(self._wanted, origins))
        dialog.finished.connect(partial(self._closed, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask_folder(self) -> None:
        """Which folder's pictures; then as `ask`."""
        from core.store.files import pictures_of_folder

        name = QFileDialog.getExistingDirectory(self._window, tr("Upscale pictures of a folder"))
        if name:
            self._errands.submit(partial(pictures_of_folder, Path(name)), self.ask)

    def _closed(self, dialog: UpscaleDialog, result: int) -> None:
        """Another one may have come over it, as a folder's does that took long to read."""
        self._open.remove(dialog)
        self.dialog = self._open[-1] if self._open else None

    def _upscalers(self) -> list[tuple[str, str]]:
        return [
            (item.entry.id, item.entry.name)
            for item in self._library.items
            if item.entry.kind == ModelKind.UPSCALER and item.usable
        ]

    def _best(self) -> str:
        """The first upscaler that is here, else Lanczos."""
        from core.values.request_parts.upscale import LANCZOS

        return next((upscaler_id for upscaler_id, _ in self._upscalers()), LANCZOS)

    def _wish_of_before(self) -> UpscaleWish:
        """As it was chosen last before the start, or as usual."""
        from core.service.upscaling.wishes import UpscaleWish
        from core.values.request_parts.upscale import LANCZOS
        from desktop.pictures.upscaling.last_wish import wish_of

        if self.kept is None:
            return UpscaleWish(upscaler=self._best())
        here = {LANCZOS, *(upscaler_id for upscaler_id, _ in self._upscalers())}
        return wish_of(self.kept, here, self._best())

    def _foretell(self, dialog: UpscaleDialog, origins: Origins, wish: UpscaleWish) -> None:
        """What it takes, for the dialog as long as it is there."""
        from desktop.pictures.upscaling.foretelling import foretold

        kind, available = self._library.machine

        def there(answer: Foretold) -> None:
            if dialog in self._open:
                dialog.foretell(wish, answer)

        work = partial(foretold, self._stores, tuple(origins), wish, kind, available)
        self._errands.submit(work, there)

    # --- what becomes of it ---

    def _wanted(self, origins: Origins, wish: UpscaleWish) -> None:
        from desktop.pictures.upscaling.last_wish import kept_of

        self._last, self.kept = wish, kept_of(wish)
        self.kept_changed.emit()
        self.make(origins, wish)

    def make(self, origins: Origins, wish: UpscaleWish) -> None:
        """Look at the pictures, and add all that can be made larger to the queue at once."""
        from core.service.upscaling.wishes import upscale_batch

        topic = f"{_LOOKING}:{next(self._numbers)}"
        stopped = self._looking[topic] = threading.Event()
        total = len(origins)

        def looked_at(done: int) -> None:
            if stopped.is_set():
                raise Cancelled
            self._looked_at.emit(done, total)

        def work() -> UpscaleBatch | None:
            try:
                return upscale_batch(self._stores, origins, wish, looked_at)
            except Cancelled:
                return None

        self._notice.clear(TOPIC)
        if total > 1:
            self._notice.say(
                tr("{n} pictures are looked at...", n=total),
                label=tr("Stop"),
                action=stopped.set,
                topic=topic,
                expires=False,
            )
        else:
            self.told.emit(tr("Looking at the picture..."))
        self._errands.submit(work, partial(self._add, topic))

    def _tell_how_far(self, done: int, total: int) -> None:
        if total > 1:
            self.told.emit(tr("{done} of {total} pictures looked at", done=done, total=total))

    def _add(self, topic: str, batch: UpscaleBatch | None) -> None:
        self._looking.pop(topic, None)
        self._notice.clear(topic)
        if batch is None:
            self.told.emit(tr("Nothing is made larger."))
            return
        if batch.requests:
            self._service.submit_drawn(*batch.requests)
        many = len(batch.requests)
        self.told.emit(
            tr("1 picture is made larger.")
            if many == 1
            else tr("{n} pictures are made larger.", n=many)
        )
        if batch.refused:
            self._say_refused(batch)
        elif batch.notes:
            self._notice.say(" ".join(batch.notes[:MOST_NAMED]), topic=TOPIC)

    def _say_refused(self, batch: UpscaleBatch) -> None:
        many = len(batch.refused)
        first = " ".join(str(one.error) for one in batch.refused[:1])
        if many == 1:
            self._notice.say(first, problem=True, topic=TOPIC)
            return
        words = tr(
            "{n} of {total} pictures cannot be made larger. {first}",
            n=many,
            total=many + len(batch.requests),
            first=first,
        )
        self._notice.say(
            words,
            problem=True,
            label=tr("Show all"),
            action=partial(self._list_refused, batch),
            topic=TOPIC,
        )

    def _list_refused(self, batch: UpscaleBatch) -> None:
        from desktop.pictures.upscaling.refused import RefusedDialog

        dialog = RefusedDialog(batch.refused, self._window)
        dialog.open()
        self.shown.emit(dialog)

    def _refused(self, error: KnownError) -> None:
        self.told.emit("")
        self._notice.say(str(error), problem=True, topic=TOPIC)

    # --- before and after ---

    def _finished(self, outcome: Outcome) -> None:
        """A single one offers itself beside what it was made from; of many nobody wants a line
        each."""
        picture = outcome.picture
        if picture is None or not picture.request.upscale.source or outcome.job.of > 1:
            return
        self._notice.say(
            tr(
                "{name} is {width} x {height} pixels large.",
                name=Path(picture.path).name,
                width=picture.width,
                height=picture.height,
            ),
            label=tr("Compare"),
            action=partial(self.compare, picture),
            topic=TOPIC,
            expires=True,
        )

    def compare(self, picture: Picture) -> None:
        """A picture that was made larger, with a slider between it and what it was."""

        def read() -> tuple[ComparedPicture, ...]:
            from core.metadata.reading import decode_pixels, open_image
            from desktop.pictures.comparing.compared import ComparedPicture, image_of

            both: list[ComparedPicture] = []
            before = self._stores.sources.path_of(picture.request.upscale.source)
            for words, path in ((tr("Before"), before), (tr("After"), Path(picture.path))):
                with open_image(path) as image:
                    pixels = decode_pixels(image, display_name(path))
                both.append(ComparedPicture(words, pixels, image_of(pixels)))
            return tuple(both)

        self._images.submit(read, partial(self._show_both, picture), self._refused)

    def _show_both(self, picture: Picture, both: tuple[ComparedPicture, ...]) -> None:
        from desktop.pictures.comparing.dialog import Compared, ComparingDialog

        before = both[0].pixels
        words = tr(
            "{before} and {after} pixels, shown at one size.",
            before=f"{before.width} x {before.height}",
            after=f"{picture.width} x {picture.height}",
        )
        title = tr("{name}, before and after", name=Path(picture.path).name)
        dialog = ComparingDialog(Compared(title, both, (words,)), self._images, self._window)
        dialog.show()
        self.shown.emit(dialog)
