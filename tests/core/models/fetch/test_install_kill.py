"""An installation that is killed at any call that changes data, begun twice, or run twice: the
model once, whole, under one name."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from core.models.fetch import install
from core.models.fetch.http import Web
from core.models.fetch.hub import Hub, Plan
from core.models.fetch.install import FOLDER, Installer
from core.system import atomic_files
from core.system.errors import WorldError
from core.system.paths import RESOURCES
from tests.core.models.fetch import hub_server
from tests.core.models.files import layouts

STARTER = RESOURCES / "starter"
KILLED = 9


@pytest.fixture
def server(tmp_path: Path) -> Generator[hub_server.Hub]:
    with hub_server.serving() as found:
        found.repos["calo/starter"] = hub_server.files_in(STARTER)
        shapes = layouts.kohya(layouts.ATTENTION, 768)
        found.repos["calo/lora"] = {
            "m.safetensors": layouts.write(tmp_path / "m", shapes).read_bytes()
        }
        yield found


def plan_of(server: hub_server.Hub, repo: str) -> Plan:
    web = Web()
    try:
        return Hub(web, endpoint=server.url).plan(repo)
    finally:
        web.close()


def _forked(work: Callable[[], None]) -> int:
    """Run `work` in a child; its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _dying_at(number: int) -> Callable[[], int]:
    """From now on this process ends before the `number`th call that changes what is on the disk;
    the answer tells how many there were."""
    count = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*values: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                os._exit(KILLED)
            return call(*values, **named)

        return wrapped

    rename = atomic_files._rename_call()
    atomic_files._rename_call = lambda: counted(rename) if rename else None  # type: ignore[assignment]
    for name in ("replace", "rename", "unlink", "mkdir", "rmdir", "fsync", "link"):
        setattr(os, name, counted(getattr(os, name)))
    return lambda: count


def _killed(plan: Plan, models: Path, number: int) -> int:
    """Install in a child that dies at a call; its exit code. Where it lived,
    the file "calls" says how many there were."""
    models.mkdir()

    def work() -> None:
        installer, web = Installer(models), Web()
        calls = _dying_at(number)
        installer.run(
            installer.begin(plan), web, keep=lambda path, plan: (models / "kept").write_text(path)
        )
        (models / "calls").write_text(str(calls()))

    return _forked(work)


def _gone_on(plan: Plan, models: Path) -> Path:
    """The model after the next start; it is there once, and whoever keeps its card was told."""
    installer, web = Installer(models), Web()
    pending = [one.id for one in installer.pending()]
    if not pending and not (models / "kept").exists():
        pending = [installer.begin(plan)]
    for one in pending:
        kept: list[str] = []
        path, known = installer.run(one, web, keep=lambda path, plan, kept=kept: kept.append(path))
        assert kept == [str(path)] and all(file.remote.sha256 for file in known.files)
    web.close()
    assert installer.pending() == ()
    home = models if plan.folder else models / "loras"
    found = [
        path
        for path in home.iterdir()
        if not path.name.startswith(".") and path.name not in ("kept", "calls")
    ]
    assert [path.name for path in found] == [plan.name + ("" if plan.folder else ".safetensors")]
    return found[0]


def test_a_kill_at_any_call_leaves_one_to_go_on_with_or_the_model(
    server: hub_server.Hub, tmp_path: Path
) -> None:
    """At every third one here, and at the last ones, which put it in its place; at all of them in
    tests/soak/kills/kill_calls.py."""
    plan = plan_of(server, "calo/lora")
    assert _killed(plan, tmp_path / "whole", 10**9) == 0
    calls = int((tmp_path / "whole" / "calls").read_text())
    assert calls > 20
    for number in sorted({*range(1, calls, 3), *range(calls - 4, calls + 1)}):
        assert _killed(plan, tmp_path / f"{number}", number) == KILLED
        assert (
            _gone_on(plan, tmp_path / f"{number}").read_bytes()
            == server.repos["calo/lora"]["m.safetensors"]
        ), number


def test_a_kill_while_a_folder_is_put_in_place(server: hub_server.Hub, tmp_path: Path) -> None:
    plan, files = plan_of(server, "calo/starter"), server.repos["calo/starter"]
    assert _killed(plan, tmp_path / "whole", 10**9) == 0
    calls = int((tmp_path / "whole" / "calls").read_text())
    for number in (calls // 3, *range(calls - 12, calls + 1, 2)):
        assert _killed(plan, tmp_path / f"{number}", number) == KILLED
        model = _gone_on(plan, tmp_path / f"{number}")
        found = {
            path.relative_to(model).as_posix(): path.read_bytes()
            for path in model.rglob("*")
            if path.is_file()
        }
        assert found == {file.path: files[file.path] for file in plan.files}, number
        shutil.rmtree(tmp_path / f"{number}")


def _begin(models: Path, plan: Plan, gate: Any, ids: Any) -> None:
    gate.wait()
    ids.put(Installer(models).begin(plan))


def test_eight_programs_begin_one_download(server: hub_server.Hub, tmp_path: Path) -> None:
    plan, context = plan_of(server, "calo/lora"), multiprocessing.get_context("fork")
    gate, ids = context.Barrier(8), context.Queue()
    children = [context.Process(target=_begin, args=(tmp_path, plan, gate, ids)) for _ in range(8)]
    for child in children:
        child.start()
    found = {ids.get(timeout=60) for _ in children}
    for child in children:
        child.join()
    assert len(found) == 1 and [one.id for one in Installer(tmp_path).pending()] == list(found)


def test_only_one_runs_it(server: hub_server.Hub, tmp_path: Path) -> None:
    plan, installer, said = plan_of(server, "calo/lora"), Installer(tmp_path), list[str]()
    begun = installer.begin(plan)

    def meanwhile(_: object) -> None:
        if not said:
            for call in (
                lambda: Installer(tmp_path).run(begun, web),
                lambda: Installer(tmp_path).drop(begun),
            ):
                with pytest.raises(WorldError, match="under way"):
                    call()
                said.append("refused")

    web = Web()
    installer.run(begun, web, meanwhile)
    with pytest.raises(WorldError, match="no download"):
        installer.run(begun, web)
    web.close()
    assert said == ["refused"] * 2 and [path.name for path in (tmp_path / "loras").iterdir()] == [
        "m.safetensors"
    ]
    assert not any((tmp_path / FOLDER).iterdir())


def test_a_name_that_is_taken_meanwhile_is_left_alone(
    server: hub_server.Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, installer, web, taken = (
        plan_of(server, "calo/lora"),
        Installer(tmp_path),
        Web(),
        tmp_path / "loras" / "m.safetensors",
    )
    real = install.name_new

    def late(source: Path, target: Path) -> None:
        if not taken.exists():
            taken.write_bytes(b"another's")
        real(source, target)

    monkeypatch.setattr(install, "name_new", late)
    path, _ = installer.run(installer.begin(plan), web)
    web.close()
    assert path.name == "m (2).safetensors" and taken.read_bytes() == b"another's"


def test_pipes_and_nonsense_among_the_downloads(server: hub_server.Hub, tmp_path: Path) -> None:
    installer = Installer(tmp_path)
    for name in ("pipe", "deep", "list"):
        (tmp_path / FOLDER / name).mkdir(parents=True)
    os.mkfifo(tmp_path / FOLDER / "pipe" / "plan.json")
    (tmp_path / FOLDER / "deep" / "plan.json").write_text("[" * 200_000)
    (tmp_path / FOLDER / "list" / "plan.json").write_text("[]")
    assert installer.pending() == ()
    web = Web()
    for name in ("pipe", "deep", "list", "absent"):
        with pytest.raises(WorldError):
            installer.run(name, web)
        installer.drop(name)
    assert not any((tmp_path / FOLDER).iterdir())
    begun = installer.begin(plan_of(server, "calo/lora"))
    os.mkfifo(tmp_path / FOLDER / begun / "placed.json")
    assert installer.run(begun, web)[0].exists()
    web.close()
