"""Sweeps as tests of the window ask for them."""

from __future__ import annotations

from desktop.app.app import Application
from desktop.create.sweeps import CreateSweeps
from tests.desktop.driving import create_of, until


def opened(application: Application, axis: str = "") -> CreateSweeps:
    ways = create_of(application.window).ways
    ways.sweep(axis)
    until(lambda: ways.sweeps is not None and not ways.sweeps.asking.panel.isHidden())
    assert ways.sweeps is not None
    return ways.sweeps


def made(application: Application, *axes: tuple[str, str]) -> CreateSweeps:
    """A sweep that is whole."""
    sweeps = opened(application)
    panel = sweeps.asking.panel
    for name, values in axes:
        panel.vary(name).fill(name, values)
    until(panel.make.isEnabled)
    panel.make.click()
    desk = sweeps.desk
    until(lambda: desk.now is not None and not desk.now.missing() and not desk.now.waiting())
    return sweeps
