"""Installs plans: downloads apart, checks what came, and only then puts it among the models.

Each unfinished installation is a folder under MODELS/.downloads with its plan; it goes on after a
restart where it stopped. A kill at any moment leaves a download to go on with or the finished
model: before the model gets its name, that name is written down beside the plan, so that whoever
goes on knows what was done already.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.models.fetch.download import (
    QUARANTINE,
    OnProgress,
    Progress,
    RemoteFile,
    fetch,
    partial_path,
)
from core.models.fetch.http import Web
from core.models.fetch.hub import Plan, PlannedFile
from core.models.fetch.received import git_id
from core.models.fetch.repository_files import plain_name
from core.models.files.inspection import inspect
from core.models.files.inspection_record import Inspection
from core.models.library import registry
from core.system.atomic_files import move_new, name_new, replace_file, sync_folder, sync_tree
from core.system.errors import WorldError, disk_refusals
from core.system.json import dumps, from_plain
from core.system.json_files import read_json
from core.system.paths import safe_join
from core.system.regular_files import sha256_of, walk_files
from core.values.model import Reason

FOLDER = registry.DOWNLOADS
GONE = registry.GONE
# of a download's own folder
PLAN = "plan.json"
PLACED = "placed.json"  # where among the models it goes, written before it does
CONTENT = "content"
MAX_PLAN = 16 * 2**20  # bytes
_CHECK_FOLDER = "Check the models folder and its permissions."


@dataclass(frozen=True, slots=True)
class PendingInstall:
    """An installation that is not finished: `done` bytes of the plan are here."""

    id: str
    plan: Plan
    done: int


class Installer:
    """Over one models folder."""

    def __init__(self, models: Path) -> None:
        self._models = models
        self._root = models / FOLDER

    def begin(self, plan: Plan) -> str:
        """Keep the plan on disk; the id by which it is run.

        One that is already begun for the same files is taken up again, also where two programs
        begin it at once: the id follows from the plan. Raises WorldError where the disk refuses.
        """
        for pending in self.pending():
            if pending.plan.source == plan.source and pending.plan.files == plan.files:
                return pending.id
        mark = hashlib.sha256(dumps((plan.source, plan.files)).encode()).hexdigest()[:8]
        name = f"{plain_name(plan.name)[:60]}-{mark}"
        # left by a program that was killed while it cleared away
        for gone in self._root.glob(f"{GONE}*"):
            shutil.rmtree(gone, ignore_errors=True)
        for attempt in (1, 2, 3):
            try:
                (self._root / name).mkdir(parents=True, exist_ok=True)
                replace_file(self._root / name / PLAN, dumps(plan).encode())
                sync_folder(self._root)
                return name
            except FileNotFoundError as fault:
                # another program has just finished it and clears it away
                if attempt == 3:
                    raise _not_begun(fault) from fault
            except OSError as fault:
                raise _not_begun(fault) from fault
        return name

    def pending(self) -> tuple[PendingInstall, ...]:
        """What is not finished, the oldest first; a plan that cannot be read is left alone."""
        unfinished: list[tuple[float, str, Plan, int]] = []
        for path in self._root.glob(f"*/{PLAN}"):
            if path.parent.name.startswith(GONE):
                continue
            try:
                plan = _read_plan(path)
                done = _done(path.parent / CONTENT, plan)
                unfinished.append((path.stat().st_mtime, path.parent.name, plan, done))
            except (OSError, WorldError):
                continue
        # no two have the same id, so that plans are never compared
        return tuple(
            PendingInstall(pending_id, plan, done)
            for _, pending_id, plan, done in sorted(unfinished)
        )

    def run(
        self,
        pending_id: str,
        web: Web,
        hearing: OnProgress = lambda progress: None,
        keep: Callable[[str, Plan], object] = lambda path, plan: None,
    ) -> tuple[Path, Plan]:
        """Download what is missing, check it and put it in place: where it is now, and the plan
        with every sha256 filled in.

        `keep` is told the same before the download is forgotten, so that it is told even where the
        program is killed in between. Raises WorldError or AccessDenied where it cannot be done, and
        what `hearing` raises; what came is kept.
        """
        where = self._folder(pending_id)
        what = f"The download {pending_id} cannot be continued"
        with disk_refusals(what, "Begin it again."), _alone(where):
            plan = _read_plan(where / PLAN)
            target = self._placed(plan, where)
            if target is None:
                plan = self._fetch(plan, where / CONTENT, web, hearing)
                replace_file(where / PLAN, dumps(plan).encode())
                target = self._place(plan, where)
            keep(str(target), plan)
            gone = self._put_away(where)
        shutil.rmtree(gone, ignore_errors=True)
        return target, plan

    def drop(self, pending_id: str) -> None:
        """Give an unfinished download up, with what has come of it. Raises WorldError while another
        window or command is at it, or where it cannot be removed."""
        where = self._folder(pending_id)
        if not where.is_dir():
            return
        what = f"The download {pending_id} cannot be removed"
        with disk_refusals(what, _CHECK_FOLDER), _alone(where):
            gone = self._put_away(where)
        shutil.rmtree(gone, ignore_errors=True)

    def _folder(self, pending_id: str) -> Path:
        return safe_join(self._root, pending_id)

    def _put_away(self, where: Path) -> Path:
        """From now on nobody takes the download up; where it is, to be deleted when nobody
        holds its lock any more."""
        gone = self._root / f"{GONE}{secrets.token_hex(4)}"
        try:
            os.rename(where, gone)
        except PermissionError:  # Windows moves no folder in which a file is open
            (where / PLAN).unlink(missing_ok=True)
            return where
        sync_folder(self._root)
        return gone

    def _fetch(self, plan: Plan, content: Path, web: Web, hearing: OnProgress) -> Plan:
        total = plan.total
        before = 0
        files: list[PlannedFile] = []
        for file in plan.files:
            target = safe_join(content, file.path)
            base = before

            def hear(progress: Progress, base: int = base) -> None:
                whole = progress.total if total is None and len(plan.files) == 1 else total
                hearing(Progress(base + progress.done, whole, progress.waiting))

            if target.is_file():
                digest = file.remote.sha256 or sha256_of(target)
            else:
                digest = fetch(web, file.remote, target, hear)
            files.append(PlannedFile(file.path, _with_hash(file.remote, digest)))
            before += target.stat().st_size
            hearing(Progress(before, total))
        return Plan(
            name=plan.name,
            source=plan.source,
            files=tuple(files),
            folder=plan.folder,
            license=plan.license,
            page=plan.page,
        )

    def _place(self, plan: Plan, where: Path) -> Path:
        """Look at what came; among the models it goes under a name that is free."""
        came = _came(plan, where)
        if plan.folder:
            _only_planned(came, plan)
        inspection = inspect(came)
        if inspection.kind not in registry.FOLDERS or _unusable(inspection):
            name = f"{plain_name(plan.name)}.{secrets.token_hex(4)}"
            aside = self._root / QUARANTINE / name
            aside.parent.mkdir(parents=True, exist_ok=True)
            move_new(came, aside)
            why = inspection.sentences or f"it is no model but {inspection.kind}."
            raise WorldError(
                f"{plan.name} arrived whole, but Calotype cannot use it: {why}",
                f"It is kept in {aside.parent}.",
            )
        home = self._models if plan.folder else self._models / registry.FOLDERS[inspection.kind]
        home.mkdir(parents=True, exist_ok=True)
        sync_folder(self._models)
        if plan.folder:
            sync_tree(came)
        name = plain_name(plan.name)
        for number in range(1, 1000):
            counted = f"{name} ({number})" if number > 1 else name
            target = home / (counted if plan.folder else f"{counted}.safetensors")
            if os.path.lexists(target):
                continue
            replace_file(
                where / PLACED, dumps(target.relative_to(self._models).as_posix()).encode()
            )
            with contextlib.suppress(FileExistsError):  # another download has just taken the name
                name_new(came, target)
                sync_folder(home)
                sync_folder(came.parent)
                return target
        raise WorldError(f"There are 999 models called {name}.", "Remove some.")

    def _placed(self, plan: Plan, where: Path) -> Path | None:
        """The model's place, where an earlier run put it there and was
        ended before it could say so."""
        try:
            placed = read_json(where / PLACED, MAX_PLAN)
        except (OSError, ValueError):
            return None
        if not isinstance(placed, str) or os.path.lexists(_came(plan, where)):
            return None
        target = safe_join(self._models, placed)
        return target if target.exists() else None


def _came(plan: Plan, where: Path) -> Path:
    """What of an unfinished installation is to be put among the models."""
    return where / CONTENT if plan.folder else safe_join(where / CONTENT, plan.files[0].path)


def _not_begun(fault: OSError) -> WorldError:
    return WorldError(f"The download cannot be begun: {fault.strerror or fault}.", _CHECK_FOLDER)


@contextlib.contextmanager
def _alone(where: Path) -> Generator[None]:
    """Nobody else is at this download while inside. Raises WorldError at once where somebody is."""
    if not where.is_dir():
        raise WorldError(f"There is no download {where.name}.", "Begin it again.")
    lock = FileLock(where / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as fault:
        raise WorldError(
            "This download is already under way in another window or command.", "Wait for it."
        ) from fault
    try:
        yield
    finally:
        lock.release()


def _only_planned(content: Path, plan: Plan) -> None:
    """Delete what a killed download left beside the files of the plan."""
    planned = {safe_join(content, file.path) for file in plan.files}
    for path in list(walk_files(content)):
        if path.resolve() not in planned:
            path.unlink()
    shutil.rmtree(content / QUARANTINE, ignore_errors=True)


def repair(
    path: Path, plan: Plan, web: Web, hearing: OnProgress = lambda progress: None
) -> tuple[str, ...]:
    """Hash every file of an installed model against its plan and fetch the wrong ones again; their
    paths.

    A wrong file stays where it is until the right one is there. Whoever has the model in memory
    lets go of it before. Raises WorldError or AccessDenied where a file cannot be had.
    """
    done = 0
    wrong: list[tuple[PlannedFile, Path]] = []
    for file in plan.files:
        target = safe_join(path, file.path) if plan.folder else path
        if not _is_right(target, file.remote):
            wrong.append((file, target))
        done += file.remote.size or 0
        hearing(Progress(done, plan.total))
    for file, target in wrong:
        fetch(web, file.remote, target, hearing)
    return tuple(file.path for file, _ in wrong)


def _is_right(path: Path, remote: RemoteFile) -> bool:
    if not path.is_file() or (remote.size is not None and path.stat().st_size != remote.size):
        return False
    if remote.git_id and not remote.sha256:
        return git_id(path) == remote.git_id
    return not remote.sha256 or sha256_of(path) == remote.sha256


def _with_hash(remote: RemoteFile, digest: str) -> RemoteFile:
    return RemoteFile(remote.url, remote.size, digest or remote.sha256, remote.git_id)


def _unusable(inspection: Inspection) -> bool:
    return (
        any(problem.reason is not Reason.PREDICTION for problem in inspection.problems)
        and "prediction" not in inspection.choices
    )


def _read_plan(path: Path) -> Plan:
    """A plan from disk whose addresses are web addresses. Raises OSError where it cannot be read,
    WorldError where it is damaged."""
    damaged = WorldError("The plan of a download is damaged.", "Begin the download again.")
    try:
        plan: Plan = from_plain(Plan, read_json(path, MAX_PLAN), "plan")
    except ValueError as fault:
        raise damaged from fault
    if not plan.files or any(
        not file.remote.url.startswith(("https://", "http://")) for file in plan.files
    ):
        raise damaged
    return plan


def _done(content: Path, plan: Plan) -> int:
    count = 0
    for file in plan.files:
        target = safe_join(content, file.path)
        for path in (target, partial_path(target)):
            count += path.stat().st_size if path.is_file() else 0
    return count
