"""What is told of one picture: each phase as it begins, each note once, steps counted over all
passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.engine.contract.protocol import OnEvent
from core.values.events import CheckpointReady, Event, Phase, PhaseStarted, PictureNote, StepDone


class PictureProgress:
    """Called with an engine's events, and passes them on to `on_event`, whose answer it lets
    through."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._phase: Phase | None = None
        self._notes: set[str] = set()
        self._left = list[int]()  # steps of the passes after this one
        self._done = 0  # steps of the passes before this one
        self._this = 0
        self._is_first = True
        self._in_tiles = False

    def expect(self, passes: Sequence[int]) -> None:
        """So many steps are made in each pass, of which the first begins."""
        self._this, *self._left = passes

    def next_pass(self) -> None:
        """The one after it begins."""
        self._done += self._this
        self._this = self._left.pop(0)
        self._is_first = False

    def tell_tile(self, event: StepDone) -> None:
        """A tile is done of a picture that is told tile by tile: steps are not, from now on."""
        self._in_tiles = True
        self._on_event(event)

    def __call__(self, event: Event) -> None:
        """Pass an event on. Latents of a later pass are not: what goes on from them would lack the
        passes before."""
        match event:
            case PhaseStarted(phase):
                if phase is self._phase:
                    return
                self._phase = phase
            case PictureNote(text):
                if text in self._notes:
                    return
                self._notes.add(text)
            case StepDone():
                if self._in_tiles:
                    return
                event = self._counted(event)
            case CheckpointReady():
                if not self._is_first:
                    return
            case _:
                pass
        self._on_event(event)

    def _counted(self, event: StepDone) -> StepDone:
        if self._is_first and not self._left:
            return event
        steps = self._done + self._this + sum(self._left)
        return replace(event, step=self._done + event.step, steps=steps)
