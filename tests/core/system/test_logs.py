"""The log file: tokens stay out, it never grows without bound, and a disk that refuses is no
fault."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.system import logs
from core.system.logs import KEPT, open_log


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    yield open_log(tmp_path)
    for handler in [h for h in root.handlers if h not in before[0]]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[1])


def test_a_full_log_makes_room_and_old_ones_go(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 60)
    for number in range(9):
        logging.getLogger("core.x").info("number %d of hf_abcdefghijklmno, which is long", number)
    files = sorted(path.name for path in log.parent.iterdir())
    assert files == ["calotype.log", *(f"calotype.log.{n}" for n in range(1, KEPT + 1))]
    said = [(log.parent / name).read_text() for name in files]
    assert [text.split("number ")[1][0] for text in said] == ["8", "7", "6", "5"]
    assert all("[token]" in text and "hf_" not in text for text in said)


def test_a_log_that_cannot_be_written_is_no_fault(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.mkdir()
    logging.getLogger("core.x").warning("lost")
    log.rmdir()
    logging.getLogger("core.x").warning("kept")
    assert log.read_text().endswith("core.x: kept\n") and not capsys.readouterr().err


def test_a_log_opened_again_goes_on_in_the_new_folder(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    there = open_log(other)
    logging.getLogger("desktop.x").info("moved")
    assert there.read_text().endswith("desktop.x: moved\n") and not log.exists()
