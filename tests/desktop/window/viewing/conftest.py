"""A gallery of four pictures, and what tests of the windows for pictures share."""

from __future__ import annotations

import pytest

from core.service.stores import open_stores
from core.system.paths import Places
from core.values.picture import Picture
from tests.desktop.parts import put_picture


@pytest.fixture
def shelf(where: Places) -> list[Picture]:
    """Four pictures that lie there before the start, the newest first."""
    stores = open_stores(where)
    made = [put_picture(stores, f"picture {n}", seed=n) for n in range(4)]
    stores.close()
    return made[::-1]
