"""The trials of the picture that is open: made one after another between two pictures of the queue,
measured beside the window, and kept small as long as the picture stays open."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from core.service.stores import Stores
from core.system.errors import KnownError
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.service.insight.without.judging import JudgedWord, Results
    from core.service.insight.without.making import MadeTrial, PictureTrials
    from core.service.insight.without.trials import Trial
    from core.service.insight.without.words import TriedWord
    from core.service.lessons.unkept import UnkeptEnd, UnkeptStep
    from core.values.picture import Pixels

LARGEST = 512  # pixels a side of pictures that are kept to be shown, where those are few
MOST_KEPT = 2**27  # bytes of all of them together
PIXEL = 4  # bytes


class WordTrials(QObject):
    """`opened` once it is known which words there are, `came` with each picture and at the end of a
    run, `progressed` on the way to one; `failed` carries a KnownError."""

    opened = Signal()
    came = Signal()
    progressed = Signal()
    failed = Signal(KnownError)

    def __init__(
        self, stores: Stores, service: JobService, tasks: SerialTasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._service = service
        self._tasks = tasks
        self._turn = 0  # counts what was opened or stopped: answers for what was before are dropped
        self._path: Path | None = None
        self._images: dict[Trial, QImage] = {}
        self._results: Results | None = None
        self._left: list[Trial] = []
        self._done = 0  # of the run
        self._share = 0.0  # of the picture being made
        self._tried: dict[TriedWord, None] = {}  # in the order they were asked for
        self._is_asked = False  # whether the picture's file is read, or was
        self._is_asked_again = False  # meanwhile: what was in its way may have come
        self.picture: PictureTrials | None = None
        self.words: tuple[TriedWord, ...] = ()
        self.refusal = ""  # why there is nothing to be tried

    # --- the picture ---

    def open(self, path: Path | None) -> None:
        """Another picture's file. Nothing is read before `read` is called."""
        if path == self._path:
            return
        self._halt()
        self._path = path
        self._images.clear()
        self._tried.clear()
        self._results = self.picture = None
        self.words = ()
        self._is_asked = False
        self.refusal = ""
        self.opened.emit()

    def read(self) -> None:
        """Which words the picture has, unless that is known."""
        if self._path is None or self._is_asked:
            self._is_asked_again = True
            return
        self._is_asked, self._is_asked_again = True, False
        self._turn += 1
        turn = self._turn
        self._tasks.submit(
            partial(_read, self._stores, self._path),
            partial(self._take, turn),
            partial(self._refuse, turn),
        )

    def _refuse(self, turn: int, fault: KnownError) -> None:
        if turn == self._turn:
            self.refusal = str(fault)
            self._is_asked = False  # a model that is missing may come
            self.opened.emit()
            if self._is_asked_again:
                self.read()

    def _take(self, turn: int, picture: PictureTrials) -> None:
        if turn != self._turn:
            return
        from core.service.insight.without.judging import Results
        from core.service.insight.without.words import all_words

        self.picture = picture
        self.refusal = ""
        self.words = all_words(picture.prompts)
        self._results = Results(picture.seeds)
        self.opened.emit()

    def _fail(self, turn: int, fault: KnownError) -> None:
        if turn == self._turn:
            self.stop()
            self.failed.emit(fault)

    # --- a run ---

    @property
    def is_running(self) -> bool:
        """Whether pictures are still to be made."""
        return bool(self._left)

    @property
    def progress(self) -> tuple[float, int]:
        """How many pictures of the run are made, with a share of the one being made, of how
        many."""
        return self._done + self._share, self._done + len(self._left)

    def missing(self, words: Iterable[TriedWord]) -> int:
        """How many pictures would have to be made for these."""
        return len(self._missing(words))

    def _missing(self, words: Iterable[TriedWord]) -> list[Trial]:
        from core.service.insight.without.trials import trials_of

        picture = self.picture
        if picture is None:
            return []
        wanted = trials_of(picture.job, tuple(words), picture.seeds)
        return [one for one in wanted if one not in self._images]

    def try_words(self, words: Iterable[TriedWord]) -> None:
        """Make what is missing to judge these."""
        asked = tuple(words)
        if self.is_running or self.picture is None:
            return
        self._tried |= dict.fromkeys(asked)
        self._left = self._missing(asked)
        self._done = 0
        self._turn += 1
        self.came.emit()
        self._next()

    def stop(self) -> None:
        """What is not made yet is not wanted any more."""
        was_running = self.is_running
        self._halt()
        if was_running:
            self.came.emit()

    def _halt(self) -> None:
        self._turn += 1
        if self.is_running:
            self._service.looks.unkept.forget(self)
        self._left = []
        self._share = 0.0

    def _next(self) -> None:
        if not self._left or self.picture is None:
            return
        from core.service.lessons.unkept import UnkeptOrder

        trial = self._left[0]
        try:
            job = self.picture.job_of(trial)
        except KnownError as fault:
            self._fail(self._turn, fault)
            return
        order = UnkeptOrder(job, self)
        self._service.looks.unkept.put(order, partial(self._hear, self._turn, trial))

    def _hear(self, turn: int, trial: Trial, told: UnkeptStep | UnkeptEnd) -> None:
        from core.service.lessons.unkept import UnkeptStep

        picture = self.picture
        if turn != self._turn or picture is None:
            return
        if isinstance(told, UnkeptStep):
            self._share = told.step / max(told.steps, 1)
            self.progressed.emit()
        elif told.fault is not None:
            self._fail(turn, told.fault)
        elif told.pixels is not None:
            self._tasks.submit(
                partial(_measured, picture, trial, told.pixels, self._side()),
                partial(self._add, turn),
                partial(self._fail, turn),
            )

    def _side(self) -> int:
        """Pixels a side that are kept of a picture, were all words tried."""
        return side_of(len(self._images) + self.missing(self.words))

    def _add(self, turn: int, found: tuple[MadeTrial, QImage]) -> None:
        made, image = found
        if turn != self._turn or self._results is None:
            return
        self._images[made.trial] = image
        if made.apart is not None:
            self._results.note(made.trial, made.apart)
        del self._left[0]
        self._done += 1
        self._share = 0.0
        self.came.emit()
        self._next()

    # --- what came of it ---

    def image(self, trial: Trial) -> QImage | None:
        """The picture of a trial, None where it is not made."""
        return self._images.get(trial)

    def judged(self, word: TriedWord) -> JudgedWord | None:
        """What is said of words; None until all that it takes is made."""
        from core.service.insight.without.trials import ways_of

        if self._results is None or self.picture is None:
            return None
        return self._results.judged(word, ways_of(self.picture.job))

    def ranking(self) -> tuple[JudgedWord, ...]:
        """Of all that were tried, the strongest first."""
        from core.service.insight.without.judging import ranked

        found = (self.judged(word) for word in self._tried)
        return ranked(one for one in found if one is not None)


def side_of(count: int) -> int:
    """Pixels a side that so many pictures may have, all of which are kept in memory."""
    return min(LARGEST, isqrt(MOST_KEPT // (PIXEL * max(count, 1))))


def _read(stores: Stores, path: Path) -> PictureTrials:
    from core.service.again.recreate import again
    from core.service.insight.without.making import PictureTrials

    return PictureTrials(stores, again(stores, path))


def _measured(
    picture: PictureTrials, trial: Trial, pixels: Pixels, side: int
) -> tuple[MadeTrial, QImage]:
    from desktop.pictures.comparing.compared import image_of

    image = image_of(pixels)
    if max(image.width(), image.height()) > side:
        image = image.scaled(
            side,
            side,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    return picture.made(trial, pixels), image
