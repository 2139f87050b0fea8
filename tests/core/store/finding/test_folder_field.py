"""Pictures by the folder that they lie in."""

from __future__ import annotations

from pathlib import Path

from core.service.stores import Stores
from core.values.picture import Recipe
from core.values.request import Request


def test_a_folder_is_found_by_a_part_of_its_name_or_in_quotes_whole(
    stores: Stores, tmp_path: Path
) -> None:
    gallery = stores.gallery
    ids: dict[str, int] = {}
    for name in ("out/a.png", "out/deep/b.png", "out-other/c.png", "x/out.png"):
        recipe = Recipe(Request(prompt=name, seed=1))
        ids[name] = gallery.record(tmp_path / "100%" / name, recipe, 12, 8).id
    own = stores.places.pictures / "2026-01-02" / "d.png"
    ids["own"] = gallery.record(own, Recipe(Request(prompt="d", seed=1)), 12, 8).id

    def found(query: str) -> set[str]:
        answer = set(gallery.ids(query))
        return {name for name, picture_id in ids.items() if picture_id in answer}

    assert found(f'folder:"{tmp_path}/100%/out"') == {"out/a.png", "out/deep/b.png"}
    assert found(f'folder:"{tmp_path}/100%/out/"') == {"out/a.png", "out/deep/b.png"}
    assert found("folder:OUT") == {"out/a.png", "out/deep/b.png", "out-other/c.png"}
    assert found("folder:2026-01") == {"own"} and found("-folder:100%") == {"own"}
