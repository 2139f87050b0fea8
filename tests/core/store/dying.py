"""A process that dies between two steps, for tests that open its data again."""

from __future__ import annotations

from collections.abc import Callable


class Death(BaseException):
    """The process ends here."""


class Life:
    """Ends at the `death`-th moment; each call of what was made `mortal` has two, before and after
    it."""

    def __init__(self, death: int) -> None:
        self._death = death
        self._moments = 0

    def mortal(self, call: Callable[..., object]) -> Callable[..., object]:
        """The same call, which may be the last."""

        def step(*given: object, **named: object) -> object:
            self._pass()
            result = call(*given, **named)
            self._pass()
            return result

        return step

    def _pass(self) -> None:
        self._moments += 1
        if self._moments == self._death:
            raise Death
