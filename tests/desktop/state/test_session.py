"""What the window looked like, over a restart."""

from __future__ import annotations

import json
from pathlib import Path

from desktop.state import session


def test_a_session_that_no_window_can_take_is_put_right(tmp_path: Path) -> None:
    for geometry in ("zz", "\ud800", "0" * 50_000, " 00"):
        (tmp_path / "s.json").write_text(
            json.dumps(
                {
                    "geometry": geometry,
                    "splitter": "00",
                    "room": 77,
                    "random_seed": False,
                    "picture": 10**30,
                }
            )
        )
        found = session.load(tmp_path / "s.json")
        assert (found.geometry, found.splitter, found.random_seed, found.picture) == (
            "",
            "00",
            False,
            0,
        )
