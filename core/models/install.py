"""Installs plans: downloads into a folder of its own, checks what came, and only then puts it among the models.

Each unfinished installation is a folder under MODELS/.downloads with its plan; it goes on after a restart where it stopped.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.codec import Malformed, dumps, loads
from core.durable import replace_file
from core.errors import WorldError
from core.models import registry
from core.models.download import QUARANTINE, Hearing, Progress, Remote, fetch, git_id, part_of
from core.models.hub import Plan, PlannedFile, plain_name
from core.models.inspect import Inspection, inspect
from core.models.net import Web
from core.paths import safe_join

FOLDER, PLAN, CONTENT = ".downloads", "plan.json", "content"


@dataclass(frozen=True, slots=True)
class Pending:
    """An installation that is not finished: `done` bytes of the plan are here."""

    id: str
    plan: Plan
    done: int


class Installer:
    """Over one models folder."""

    def __init__(self, models: Path) -> None:
        self._models, self._root = models, models / FOLDER

    def begin(self, plan: Plan) -> str:
        """Keep the plan on disk; the id by which it is run. One that is already begun for the same source is taken up again."""
        for pending in self.pending():
            if pending.plan.source == plan.source and pending.plan.files == plan.files:
                return pending.id
        name = f"{plain_name(plan.name)[:60]}-{secrets.token_hex(4)}"
        where = self._root / name
        try:
            where.mkdir(parents=True)
            replace_file(where / PLAN, dumps(plan).encode())
        except OSError as fault:
            shutil.rmtree(where, ignore_errors=True)
            raise WorldError(f"The download cannot be begun: {fault.strerror or fault}.",
                             "Check the models folder and its permissions.") from fault
        return name

    def pending(self) -> tuple[Pending, ...]:
        """What is not finished, the oldest first; a plan that cannot be read is left alone."""
        found: list[tuple[float, Pending]] = []
        for path in self._root.glob(f"*/{PLAN}"):
            try:
                plan = _checked(loads(Plan, path.read_text(encoding="utf-8")))
                found.append((path.stat().st_mtime, Pending(path.parent.name, plan, _done(path.parent / CONTENT, plan))))
            except (OSError, UnicodeDecodeError, Malformed, WorldError):
                continue
        return tuple(pending for _, pending in sorted(found, key=lambda pair: (pair[0], pair[1].id)))

    def run(self, pending_id: str, web: Web, hearing: Hearing = lambda progress: None) -> tuple[Path, Plan]:
        """Download what is missing, check it and put it in place: where it is now, and the plan with every sha256 filled in."""
        where = safe_join(self._root, pending_id)
        try:
            with FileLock(where / "lock", timeout=0):
                plan = _checked(loads(Plan, (where / PLAN).read_text(encoding="utf-8")))
                known = self._fetch(plan, where / CONTENT, web, hearing)
                target = self._place(plan, where / CONTENT)
        except Timeout as fault:
            raise WorldError("This download is already under way in another window or command.", "Wait for it.") from fault
        except (OSError, Malformed) as fault:
            raise WorldError(f"The download {pending_id} cannot be continued: {fault}.", "Begin it again.") from fault
        shutil.rmtree(where, ignore_errors=True)
        return target, known

    def drop(self, pending_id: str) -> None:
        """Give an unfinished download up, with what has come of it."""
        shutil.rmtree(safe_join(self._root, pending_id), ignore_errors=True)

    def _fetch(self, plan: Plan, content: Path, web: Web, hearing: Hearing) -> Plan:
        total, before, files = plan.total, 0, list[PlannedFile]()
        for file in plan.files:
            target = safe_join(content, file.path)
            base = before

            def hear(progress: Progress, base: int = base) -> None:
                whole = progress.total if total is None and len(plan.files) == 1 else total
                hearing(Progress(base + progress.done, whole, progress.waiting))
            digest = file.remote.sha256 if target.exists() else fetch(web, file.remote, target, hear)
            files.append(PlannedFile(file.path, _with_hash(file.remote, digest)))
            before += target.stat().st_size
            hearing(Progress(before, total))
        return Plan(plan.name, plan.source, tuple(files), plan.folder, plan.license, plan.page)

    def _place(self, plan: Plan, content: Path) -> Path:
        """Look at what came; among the models it goes under a name that is free."""
        came = content if plan.folder else safe_join(content, plan.files[0].path)
        found = inspect(came)
        if found.kind not in registry.FOLDERS or _unusable(found):
            aside = self._models / FOLDER / QUARANTINE / f"{plain_name(plan.name)}.{secrets.token_hex(4)}"
            aside.parent.mkdir(parents=True, exist_ok=True)
            os.replace(came, aside)
            why = " ".join(found.problems) or f"it is no model but {found.kind}."
            raise WorldError(f"{plan.name} arrived whole, but Calotype cannot use it: {why}", f"It is kept in {aside.parent}.")
        home = self._models if plan.folder else self._models / registry.FOLDERS[found.kind]
        home.mkdir(parents=True, exist_ok=True)
        name = plain_name(plan.name)
        for number in range(1, 1000):
            target = home / f"{name}{f' ({number})' if number > 1 else ''}{'' if plan.folder else '.safetensors'}"
            if not target.exists():
                os.replace(came, target)
                return target
        raise WorldError(f"There are 999 models called {name}.", "Remove some.")


def repair(path: Path, plan: Plan, web: Web, hearing: Hearing = lambda progress: None) -> tuple[str, ...]:
    """Hash every file of an installed model against its plan and fetch the wrong ones again; their paths.

    A wrong file stays where it is until the right one is there. Whoever has the model in memory lets go of it before.
    """
    done, wrong = 0, list[tuple[PlannedFile, Path]]()
    for file in plan.files:
        target = safe_join(path, file.path) if plan.folder else path
        if not _is_right(target, file.remote):
            wrong.append((file, target))
        done += file.remote.size or 0
        hearing(Progress(done, plan.total))
    for file, target in wrong:
        fetch(web, file.remote, target, hearing)
    return tuple(file.path for file, _ in wrong)


def _is_right(path: Path, remote: Remote) -> bool:
    if not path.is_file() or (remote.size is not None and path.stat().st_size != remote.size):
        return False
    if remote.git_id and not remote.sha256:
        return git_id(path) == remote.git_id
    if not remote.sha256:
        return True
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(2**22):
            digest.update(block)
    return digest.hexdigest() == remote.sha256


def _with_hash(remote: Remote, digest: str) -> Remote:
    return Remote(remote.url, remote.size, digest or remote.sha256, remote.git_id)


def _unusable(found: Inspection) -> bool:
    return any("cannot tell" not in problem for problem in found.problems) and "prediction" not in found.choices


def _checked(plan: Plan) -> Plan:
    """A plan from disk, whose paths stay inside and whose addresses are web addresses."""
    if not plan.files or any(not file.remote.url.startswith(("https://", "http://")) for file in plan.files):
        raise WorldError("The plan of a download is damaged.", "Begin the download again.")
    return plan


def _done(content: Path, plan: Plan) -> int:
    count = 0
    for file in plan.files:
        target = safe_join(content, file.path)
        for path in (target, part_of(target)):
            count += path.stat().st_size if path.is_file() else 0
    return count
