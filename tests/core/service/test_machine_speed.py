"""How fast this machine is: every part once and in order, in the words and keys that are
promised."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cli import bench
from core.cli.main import run
from core.engine.contract.protocol import EngineSpec
from core.engine.fake import FakeEngine
from core.models.library.library import Library
from core.service.machine_speed import (
    LIMITS,
    PARTS,
    job_of,
    label_of,
    limit_of,
    measure_machine,
    ratio_text,
    seconds_text,
    values_of,
)
from core.system.errors import Cancelled, WorldError
from core.system.paths import Places
from core.values.events import Event
from core.values.measurement import Limit, Measurement, Part

ENTRY = Library(Path("nowhere")).find("starter")
Hear = Callable[[Measurement], None]


def measured(folder: Path, on_event: Callable[[Event], None] = lambda _: None) -> list[Measurement]:
    found: list[Measurement] = []
    with FakeEngine(EngineSpec(kind="fake")) as engine:
        measure_machine(engine, job_of(ENTRY), folder, found.append, on_event)
    return found


def test_the_job_is_a_usual_picture_of_the_model() -> None:
    request = job_of(ENTRY).request
    row = ENTRY.family_row
    assert (request.width, request.height) == row.sizes[0] and request.steps == row.steps


def test_all_parts_come_in_order_and_no_file_stays(tmp_path: Path) -> None:
    found = measured(tmp_path)
    assert [one.part for one in found] == [part for part in Part if part is not Part.START]
    assert not list(tmp_path.iterdir())
    saving = found[-1]
    assert saving.limit in (Limit.COMPRESSION, Limit.DISK) and 0.5 <= saving.share <= 1
    assert saving.ours > 0 and saving.ratio is not None


def test_it_ends_where_nobody_wants_it_and_where_the_disk_refuses(tmp_path: Path) -> None:
    def stop(event: Event) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        measured(tmp_path, stop)
    with pytest.raises(WorldError, match="No picture could be written"):
        measured(tmp_path / "gone")


def test_every_part_and_limit_has_its_words() -> None:
    assert PARTS.keys() == set(Part) and LIMITS.keys() == set(Limit)
    for limit in Limit:
        found = Measurement(
            part=Part.PICTURE,
            ours=0.5,
            plain=0.75,
            limit=limit,
            share=0.25,
            work=3e9,
            rate=4e9,
            steps=20,
        )
        template, values = limit_of(found)
        assert "25 %" in template.format(**values)
        label, of_label = label_of(found)
        assert label.format(**of_label) == "Whole picture, 20 steps"
        assert ratio_text(found) == "1.50x"
    assert [seconds_text(value) for value in (2.345, 0.0123, None)] == ["2.35 s", "12.3 ms", "-"]


def test_no_plain_way_means_no_ratio() -> None:
    found = Measurement(part=Part.START, ours=2.0, limit=Limit.IMPORTS, share=0.8)
    values = values_of(found)
    assert values["plain"] is None and values["ratio"] is None and ratio_text(found) == "-"


def test_the_command_says_a_line_a_part(
    where: Places, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "open_engine", FakeEngine)
    assert run(["bench", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["part"] for line in lines] == [str(part) for part in list(Part)[1:]]
    assert all({"part", "ours", "plain", "ratio", "limit"} <= line.keys() for line in lines)
    assert lines[1]["ratio"] == 2.0 and lines[1]["limit"] == (
        "arithmetic: 50 % (4 GFLOP at 8 GFLOP/s)"
    )
    assert run(["bench"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Starter, 256 x 256") and said[-1].startswith("Plain:")
    assert run(["bench", "--model", "gone"]) == 1
    assert "gone" in capsys.readouterr().err
