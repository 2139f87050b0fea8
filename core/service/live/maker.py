"""Makes live pictures with an engine that the queue uses too. Stores nothing."""

from __future__ import annotations

import logging
from collections import deque
from pathlib import Path

from core.engine.contract.protocol import Engine, EngineSpec, OnEvent
from core.models.library.model_entry import ModelEntry
from core.service.fit_prediction import predicted_seconds
from core.service.live.order import MOST_SECONDS, LiveOrder, LivePicture, TooSlow
from core.service.live.request import close_up, live_request, pixels_of
from core.service.live.way import LiveWay, live_way
from core.service.making.prepared import prepared
from core.service.stores import Stores
from core.service.time_prediction import estimate_seconds, multiplications_of
from core.store.memory_history import TimedRun
from core.system.errors import KnownError, WorldError
from core.values.device import MemoryMode
from core.values.picture import Result
from core.values.resolved_request import ResolvedRequest

_TELLING = 2  # live pictures after which their own times count, and no longer what was predicted
_RUNS = 9
_log = logging.getLogger(__name__)


class LiveMaker:
    """For one engine, opened by `spec`, in the thread that runs it; `kind` is of its device."""

    def __init__(self, stores: Stores, engine: Engine, spec: EngineSpec, kind: str = "cpu") -> None:
        self._stores = stores
        self._engine = engine
        self._eight = spec.weights == "8bit"
        self._kind = kind
        self._session = 0
        self._made: ResolvedRequest | None = None
        self._runs: deque[TimedRun] = deque(maxlen=_RUNS)

    def make(self, order: LiveOrder, on_event: OnEvent) -> LivePicture | None:
        """The picture of an order; None where it would be the one made last in this session.

        Raises TooSlow where it would take too long, another KnownError where it cannot be made, and
        what `on_event` raises.
        """
        try:
            return self._make(order, on_event)
        except KnownError:
            raise
        except Exception as bug:
            # the boundary of the runner, as for jobs: a bug ends this picture, not the queue
            _log.error("a live picture failed by a fault of the program", exc_info=bug)
            raise WorldError(
                f"Calotype met a fault of its own ({type(bug).__name__}).",
                "Switch live off and on again, and send a report where it comes back.",
            ) from bug

    def _make(self, order: LiveOrder, on_event: OnEvent) -> LivePicture | None:
        if order.session != self._session:
            self._session = order.session
            self._made = None
            self._runs.clear()
        library = self._stores.library
        entry = library.find(order.model)
        given = close_up(order.given(entry.family_row))
        way = live_way(library, entry, given.request)
        request = live_request(given, way, order.settings)
        if request == self._made:
            return None
        entry, job = prepared(self._stores, request, pixels_of(given))
        self._check_pace(entry, request, way)
        result = self._engine.run(job, on_event)
        self._made = request
        return LivePicture(
            given=given,
            request=request,
            model_name=entry.name,
            way=way,
            pixels=result.pixels,
            seconds=self._noted(entry, request, result),
            warm=None if result.outcome is None else result.outcome.warm,
        )

    def _check_pace(self, entry: ModelEntry, request: ResolvedRequest, way: LiveWay) -> None:
        """Raises TooSlow."""
        seconds = self._predicted(entry, request, way)
        if seconds is None or seconds <= MOST_SECONDS:
            return
        frame = request.start.frame
        size = frame[2:] if frame is not None else (request.width, request.height)
        remedy = "Choose a smaller frame or fewer steps."
        if not way.is_found:
            remedy = (
                f"Put a LoRA for few steps (LCM, Lightning) for {way.row.label} into the models "
                "folder, under loras, or choose a smaller frame."
            )
        raise TooSlow(
            f"Live pauses: {size[0]} x {size[1]} pixels in {request.steps} steps would take about "
            f"{seconds:.0f} s here.",
            remedy,
        )

    def _predicted(self, entry: ModelEntry, request: ResolvedRequest, way: LiveWay) -> float | None:
        """Seconds without loading; None where nothing like it was seen here."""
        own = [run for run in self._runs if run.model == entry.path]
        if len(own) < _TELLING:
            span = predicted_seconds(
                self._stores,
                entry,
                request,
                way.row,
                self._kind,
                MemoryMode.RESIDENT,
                eight=self._eight,
            )
        else:
            span = estimate_seconds(own, own, self._work(entry, request), own[-1].mode)
        return None if span is None else span.likely

    def _work(self, entry: ModelEntry, request: ResolvedRequest) -> float:
        return multiplications_of(Path(entry.path), request, entry.family, self._kind)

    def _noted(self, entry: ModelEntry, request: ResolvedRequest, result: Result) -> float:
        """How long it took without loading, which tells of the next ones."""
        memory = result.outcome
        if memory is None:
            return result.seconds
        seconds = max(result.seconds - memory.loading, 1e-3)
        if (work := self._work(entry, request)) > 0:
            run = TimedRun(
                model=entry.path,
                mode=memory.mode,
                seconds=seconds,
                work=work,
                processor=memory.processor,
                waited=memory.waited,
                threads=memory.threads,
            )
            self._runs.append(run)
        return seconds
