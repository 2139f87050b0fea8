"""Windows for tests that need the whole of one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.system.paths import Places
from tests.desktop.driving import Open, in_front, opening

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, FAKE, in_front)
