"""Names from outside become paths inside one folder, or are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.system.errors import WorldError
from core.system.paths import safe_join


@pytest.mark.parametrize("name", ["a.txt", "a/b.txt", "...", "..a/b..", "a/.b"])
def test_a_plain_name_is_a_path_below(name: str, tmp_path: Path) -> None:
    assert safe_join(tmp_path, name) == tmp_path.resolve() / name


@pytest.mark.parametrize(
    "name",
    [
        "a/../b",  # would stay inside, here: what is written so means no good
        "a\\..\\..\\b",  # one odd name on Linux, the way out on Windows
        "a\\b/..",
        "..",
        ".",
        "",
        "/etc/passwd",
        "C:x",
        "a\0b",
        "a/NUL.txt",
        " com1",
        "\udcff",
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="points outside"):
        safe_join(tmp_path, name)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "out").symlink_to(tmp_path)
    with pytest.raises(WorldError, match="points outside"):
        safe_join(tmp_path / "in", "out/x")
