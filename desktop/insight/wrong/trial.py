"""A change that is tried on the open picture: made at its seed, or at three others too, then kept
or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.values.picture import Picture
from desktop.pictures.strips.running import SweepRun
from desktop.shared.context import RoomContext
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.trials import TriedPicture
    from core.service.sweeps.progress import CellNow

SHORT = 24  # letters


@dataclass(frozen=True, slots=True)
class Tried:
    """What is tried: `name` says it in a few words, `changes` are fields of the request and their
    new values, `symptom` the id of what it is to mend, "" for what nobody measures; that is tried
    with other seeds too."""

    name: str
    changes: tuple[tuple[str, object], ...]
    symptom: str = ""

    @property
    def short(self) -> str:
        """The name where there is little room."""
        return self.name if len(self.name) <= SHORT else tr("with the change")

    @property
    def in_pairs(self) -> bool:
        """Whether it is made at other seeds too."""
        return not self.symptom


class Trial(QObject):
    """`changed` after every change of how far it is, `made` once, when all that can be made is."""

    changed = Signal()
    made = Signal()

    def __init__(self, context: RoomContext, parent: QObject) -> None:
        super().__init__(parent)
        services = context.services
        self._context = context
        self._service = services.service
        self.tried: Tried | None = None
        self.picture: TriedPicture | None = None
        self._there_before: frozenset[int] | None = None  # places; None until they are known
        self._is_told = False  # that all is made
        self._unwanted: set[str] = set()  # jobs of what was tried before
        self.run = SweepRun(
            services.stores,
            services.service,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        self.run.changed.connect(self._follow)
        self.run.measured.connect(lambda _: self._follow())
        services.service.paused_changed.connect(lambda _: self._follow())

    def begin(self, picture: TriedPicture, tried: Tried) -> None:
        """Try this on a picture from now on. What was tried before and is not made yet is wanted no
        more, but for what is wanted now too, as the recipe as it was."""
        from core.service.insight.trials import at_other_seeds, with_change
        from core.service.sweeps.cells import Variation

        self._unwanted = {one.job for one in self.run.cells if one.job and one.picture is None}
        self.picture, self.tried = picture, tried
        self._there_before = None
        self._is_told = False
        variations: Sequence[Variation] = at_other_seeds(picture, tried.changes)
        if not tried.in_pairs:
            variations = (Variation(tried.name, with_change(tried.changes)),)
        self.run.open(
            picture.request,
            variations,
            parent=picture.parent,
            reference=picture.path,
            begin=True,
        )

    def close(self) -> None:
        """Nothing is tried."""
        self.tried = self.picture = None
        self._is_told = False
        self.run.close()

    def stop(self) -> None:
        """What is not made yet is not wanted any more."""
        if self.run.cells:
            self.run.stop()
        else:  # which were still looked for
            self.close()

    @property
    def cells(self) -> tuple[CellNow, ...]:
        """How far each picture is."""
        return self.run.cells

    @property
    def is_running(self) -> bool:
        """Whether something of it waits or is being made, or is looked for."""
        from core.service.sweeps.progress import CellState

        if self.tried is None:
            return False
        begins = any(one.state is CellState.WANTED for one in self.run.cells)  # just now
        return not self.run.cells or begins or self.run.is_running

    def pictures(self) -> tuple[Picture, ...]:
        """All that are there, in their order."""
        return tuple(one.picture for one in self.run.cells if one.picture is not None)

    def failure(self) -> str:
        """Why there is no picture of it, as sentences; "" where there is one, or may come."""
        if self.is_running or self.pictures():
            return ""
        return "\n".join(dict.fromkeys(one.said for one in self.run.cells if one.said))

    def use(self) -> None:
        """Its settings into Create's form, from the picture made with them at the open one's
        seed."""
        found = self.pictures()
        if found:
            self._context.signals.reuse.emit(found[0], ())

    def discard(self) -> None:
        """What was made of it goes into the trash, but what lay in the gallery before; one that is
        alone goes in any case: that one is meant."""
        self.stop()
        before = self._there_before or frozenset()
        gone = [
            one.picture
            for place, one in enumerate(self.run.cells)
            if one.picture is not None and (len(self.run.cells) == 1 or place not in before)
        ]
        self.close()
        if gone:
            self._context.trash.delete(gone)

    def _follow(self) -> None:
        cells = self.run.cells
        if cells and self._there_before is None:
            there = (place for place, one in enumerate(cells) if one.picture is not None)
            self._there_before = frozenset(there)
            for job in self._unwanted - {one.job for one in cells}:
                self._service.cancel(job)
        self.changed.emit()
        # their small pictures are read and measured after they are made
        if self._is_whole() and not self._is_told:
            self._is_told = True
            self.made.emit()

    def _is_whole(self) -> bool:
        read = len(self.run.figures) + len(self.run.unread)
        ready = read == len(self.pictures()) > 0
        return self.tried is not None and ready and not self.is_running


def progress_of(trial: Trial) -> tuple[int, int]:
    """Steps that are done and all of them, over all pictures that are not made before; (0, 0)
    where nobody knows yet."""
    from core.service.sweeps.progress import CellState

    cells, (step, steps) = trial.cells, trial.run.step
    states = [one.state for one in cells]
    if not steps or CellState.MAKING not in states:
        return 0, 0
    ended = sum(state not in (CellState.WAITING, CellState.MAKING) for state in states)
    return ended * steps + step, len(states) * steps
