"""A picture made again for whoever only wants the verdict, or its recording; the picture itself is
kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.service.stores import Stores
from core.system.errors import Cancelled, KnownError

if TYPE_CHECKING:
    from core.engine.contract.protocol import OnEvent
    from core.service.again.recreate import Verdict
    from core.service.making.runner import Runner
    from core.values.picture import Pixels
    from core.values.resolved_request import ResolvedRequest


@dataclass(frozen=True, slots=True)
class AgainEnd:
    """How it ended for the picture at `path`: with a verdict, the new pixels and the request that
    made them; with a fault; or with neither, where it was stopped. `recording`: it was to be
    recorded, as core.service.insight.recorded does."""

    path: Path
    verdict: Verdict | None = None
    pixels: Pixels | None = None
    request: ResolvedRequest | None = None
    fault: KnownError | None = None
    recording: bool = False


def make_again(stores: Stores, runner: Runner, path: Path, on_event: OnEvent) -> AgainEnd:
    """Render the recipe of a picture file and compare. Reads whole files: not for the GUI thread.
    What goes wrong is said in the answer."""
    from core.service.again.recreate import again, verdict

    try:
        asked = again(stores, path)
        made = runner.rendered(asked.request, on_event, asked.mode)
        found = verdict(asked, made)
    except Cancelled:
        return AgainEnd(path)
    except KnownError as error:
        return AgainEnd(path, fault=error)
    return AgainEnd(path, found, made.result.pixels, asked.request)
