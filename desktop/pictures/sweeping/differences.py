"""How far the pictures of a sweep are from the reference, measured in a thread while somebody wants
to know it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from core.system.errors import KnownError
from core.values.picture import Picture
from desktop.state.tasks import SerialTasks


class Differences:
    """`known` by picture: the root mean square of the difference from the reference, of 255; those
    of another size have none. `changed` is called when there is one more."""

    def __init__(self, tasks: SerialTasks, changed: Callable[[], object]) -> None:
        self._tasks = tasks
        self._changed = changed
        self._reference = 0
        self._asked: set[int] = set()
        self._waiting: deque[tuple[Picture, Picture]] = deque()
        self._is_measuring = False
        self.known: dict[int, float] = {}

    def measure(self, reference: Picture, pictures: Sequence[Picture]) -> None:
        """Those that are not measured beside this one yet."""
        if reference.id != self._reference:
            self._reference = reference.id
            self._asked, self.known = set(), {}
            self._waiting.clear()
        for picture in pictures:
            if picture.id not in self._asked and picture.id != reference.id:
                self._asked.add(picture.id)
                self._waiting.append((reference, picture))
        self._next()

    def _next(self) -> None:
        """One at a time: what is to be seen comes between, and no end of the program waits."""
        if self._is_measuring or not self._waiting:
            return
        reference, picture = self._waiting.popleft()
        self._is_measuring = True
        self._tasks.submit(
            partial(self._distance, reference, picture),
            partial(self._here, reference.id, picture.id),
            lambda _: self._here(0, 0, None),  # a file that is gone has no distance
        )

    def _distance(self, reference: Picture, picture: Picture) -> float | None:
        from core.service.sweeps.figures import pixels_of
        from core.service.sweeps.picture_measures import apart

        if reference.id != self._reference:  # meanwhile
            return None
        try:
            return apart(pixels_of(Path(picture.path)), pixels_of(Path(reference.path)))
        except OSError as fault:
            raise KnownError(str(fault)) from fault

    def _here(self, reference: int, picture: int, distance: float | None) -> None:
        self._is_measuring = False
        self._next()
        if reference == self._reference and distance is not None:
            self.known = {**self.known, picture: distance}
            self._changed()
