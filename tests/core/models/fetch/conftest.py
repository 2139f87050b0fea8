"""What tests of downloads and hosts share."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from core.models.fetch import download
from tests.core.models.fetch.odd_server import Odd, odd_server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloads try again at once."""
    monkeypatch.setattr(download, "PAUSE", 0.005)


@pytest.fixture
def odd() -> Generator[Odd]:
    with odd_server() as found:
        yield found
