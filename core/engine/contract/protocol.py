"""What an engine is, wherever it runs: its verbs between a `with`, and what opens one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from core.system.errors import InvalidRequest
from core.values.job import Job, ModelRef, RecordedLook

if TYPE_CHECKING:
    from core.values.device import Device
    from core.values.events import Event
    from core.values.insight.questions import Answer, Question
    from core.values.picture import Pixels, Result

WEIGHTS = ("full", "8bit", "bf16")
OnEvent = Callable[["Event"], None]


def known_weights(wanted: str) -> str:
    """`wanted` itself. Raises InvalidRequest where it is none of WEIGHTS."""
    if wanted not in WEIGHTS:
        raise InvalidRequest(
            "weights", f'There are no "{wanted}" weights.', f"Use one of {', '.join(WEIGHTS)}."
        )
    return wanted


class Engine(Protocol):
    """Makes pictures, one after another, between `with` and its end.

    Each verb raises KnownError for faults the user can understand, and EngineCrashed where the
    engine's process died; after either, the next `run` works again.
    """

    def run(self, job: Job, on_event: OnEvent) -> Result:
        """One picture. Calls `on_event` often; to cancel, `on_event` raises Cancelled, which is let
        through."""
        ...

    def prepare(self, model: ModelRef | None = None) -> None:
        """Before the first job: load what it will need."""
        ...

    def devices(self, on_event: OnEvent) -> list[Device]:
        """What can compute here, as `device.describe` says. Waits for what was ordered before, as
        `run` does, and can be cancelled."""
        ...

    def measure(self, job: Job, on_event: OnEvent) -> None:
        """How fast the parts of `job` are, and what bounds each: told to `on_event` one by one as
        PartMeasured. Waits and can be cancelled as `run`; keeps nothing of the pictures."""
        ...

    def look(self, job: Job, look: RecordedLook, on_event: OnEvent) -> Pixels:
        """The picture of a step that was recorded, by the model and decoder of `job`. Waits and can
        be cancelled as `run`."""
        ...

    def ask(self, job: Job, question: Question, on_event: OnEvent) -> Answer:
        """What the model of `job` makes of something on the way to its picture. Waits and can be
        cancelled as `run`."""
        ...

    def unload(self, path: str = "", on_event: OnEvent = ...) -> None:
        """Let go of a model's memory and files ("": of all), so that its files can be replaced or
        removed. Waits as `devices` does."""
        ...

    def restart(self) -> None:
        """Start over between two jobs, as after the machine slept, when a device's context may be
        lost."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class FakeScript:
    """What the fake engine does: seconds a step, and where it fails ("crash", "segfault", "hang",
    "device", "error" at a phase)."""

    step_seconds: float = 0.0
    fail_phase: str = ""
    fail_how: str = ""
    fail_times: int = 0


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """Everything needed to open an engine anywhere: picklable and frozen.

    `runs_in` is "here" or "process"; `kind` is "diffusion" or "fake". `cancel_timeout` is how many
    seconds a child may take to answer a cancel before it is killed; `heartbeat_timeout` how long it
    may miss its heartbeat before it is said not to respond, and `kill_after` how much longer before
    it is killed. Native faults are written below the folder `logs`. `weights` is one of WEIGHTS:
    how the denoiser's are kept in memory, and for bf16 in which format it reckons.
    After each `checkpoint_interval` of sampling, latents are handed out from which the picture
    can go on (CheckpointReady).
    """

    kind: str = "diffusion"
    runs_in: str = "here"
    device: str = "auto"
    weights: str = "full"
    previews: bool = True
    cancel_timeout: float = 10.0
    heartbeat_timeout: float = 30.0
    kill_after: float = 0.0
    logs: str = ""
    checkpoint_interval: float = 10.0
    warm_model: ModelRef | None = None
    fake: FakeScript = FakeScript()
