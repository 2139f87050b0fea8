"""What an engine hears of a picture that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable

from core.engine.contract.protocol import OnEvent
from core.system.errors import Superseded
from core.values.events import Event


def until_superseded(hear: OnEvent, is_superseded: Callable[[], bool]) -> OnEvent:
    """`hear`, and behind it one Superseded as soon as `is_superseded`: only one, since the engine
    tells more events on its way out."""
    has_said = False

    def listen(event: Event) -> None:
        nonlocal has_said
        hear(event)
        if is_superseded() and not has_said:
            has_said = True
            raise Superseded

    return listen
