"""The picture that Insight is open for, as its views call it; the class stands where rooms share
it."""

from __future__ import annotations

from desktop.steps.opening import Opening, State

__all__ = ["Opening", "State"]
