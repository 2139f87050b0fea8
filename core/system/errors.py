"""Everything that can go wrong by someone else's fault, as one sentence of cause and one of
remedy; bugs stay exceptions."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping


class KnownError(Exception):
    """A fault the user can understand: `message` names the cause, `hint` the remedy.
    `exit_code` is for the command line."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidRequest(KnownError):
    """A fault visible in the request itself, in the named `field`."""

    exit_code = 2

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.args = (field, message, hint)
        self.field = field


class WorldError(KnownError):
    """The world refuses: a file, a disk, memory, a missing model."""


@contextlib.contextmanager
def disk_refusals(what: str, hint: str) -> Generator[None]:
    """An OSError within becomes a WorldError, "WHAT: the system's reason." and the remedy."""
    try:
        yield
    except OSError as fault:
        raise WorldError(f"{what}: {fault.strerror or fault}.", hint) from fault


class ModelMissing(WorldError):
    """No such model, or its files are incomplete."""


class SourceMissing(WorldError):
    """A picture or mask that a request starts from is not kept in the data folder."""


class EngineCrashed(WorldError):
    """The engine's process ended or hung in the middle of a job.

    `facts` are figures for the incident that is kept of it; `worth_retrying`: the job itself is not
    to blame, and one more try by itself is worth it.
    """

    def __init__(
        self, message: str, hint: str = "", facts: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message, hint)
        self.facts: Mapping[str, object] = facts or {}
        self.worth_retrying = False


class EngineResting(EngineCrashed):
    """The engine's process ended so often that it is not started again for a while."""


class Cancelled(BaseException):
    """Raised by `on_event` to stop a job; a BaseException, so that no
    `except Exception` swallows it."""


class Superseded(Cancelled):
    """The picture is not wanted any more, but the engine is: it may take its time to hear that, and
    is never ended for it."""
