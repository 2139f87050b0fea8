"""The fake engine, as the deeds of the folder need it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.engine.contract.protocol import Engine
from core.system.errors import EngineCrashed
from core.values.events import CheckpointReady, Event, StepDone
from core.values.job import Job, LatentCheckpoint, MemoryOutcome
from core.values.picture import Result


class Measured:
    """The fake engine with what only the real one tells: kept latents, a way, and a death at step 3
    of one prompt."""

    def __init__(self, inner: Engine) -> None:
        self._inner = inner

    def run(self, job: Job, on_event: Callable[[Event], None]) -> Result:
        """As the inner one."""

        def hear(event: Event) -> None:
            on_event(event)
            if isinstance(event, StepDone):
                on_event(
                    CheckpointReady(
                        LatentCheckpoint(
                            event.step, 1, (1, 4, 8, 8), bytes(1024), (("device", "cpu"),)
                        )
                    )
                )
                if event.step == 3 and job.request.prompt.startswith("a blue"):
                    raise EngineCrashed("The engine died.", "Run it again.", {"kind": "signal"})

        result = self._inner.run(job, hear)
        pixels = job.request.width * job.request.height
        return replace(
            result,
            outcome=MemoryOutcome(
                "cpu", "resident", pixels, 2**28, 2**33, (job.model.path,), 1.5, 3.0, 0.1, 2, 0.5
            ),
        )
