"""Many pictures are exported, one after another: what each became, and why one did not."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core.service.exporting.choices import ExportChoices
from core.service.exporting.picture_file import exported_file
from core.service.exporting.subjects import Subject, subject_of_file
from core.service.exporting.target import ZIP, FolderTarget, Target, WholeZip, is_of_a_name
from core.service.exporting.template import Template
from core.system.errors import InvalidRequest, KnownError, WorldError
from core.system.paths import Places
from core.system.regular_files import display_name, resolved


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of one picture: its new file, in a zip with the name there; or None, and the
    reason. Of one that was written `reason` says what of it was not as it was asked for, or ""."""

    source: Path
    picture_id: int
    path: Path | None
    member: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExportEnd:
    """What was written: `written` files, in `target`, a folder or a zip; which pictures could not
    be. `fault` is what ended it early; `stopped` whether a person did."""

    target: Path
    written: int
    failed: tuple[Exported, ...] = ()
    fault: KnownError | None = None
    stopped: bool = False
    last: Path | None = None


Told = Callable[[Exported], None]


def export_pictures(
    subjects: Iterable[Subject | Path],
    choices: ExportChoices,
    target: Path,
    *,
    told: Told = lambda _: None,
    wanted: Callable[[], bool] = lambda: True,
) -> ExportEnd:
    """Write pictures into the folder `target`, or into a zip where its name ends so. `told` hears
    of each, and between two it is asked whether more are `wanted`.

    A picture that cannot be read costs no other one. What a disk refuses ends it, and what was
    written stays; of a zip nothing does. Raises InvalidRequest for choices that cannot be had.
    """
    run = _Run(choices, choices.check(), told, wanted)
    with listeners_own_faults():
        return _written(run, subjects, target)


def _written(run: _Run, subjects: Iterable[Subject | Path], target: Path) -> ExportEnd:
    if target.suffix.lower() != ZIP:
        try:
            run.write_all(subjects, FolderTarget(target))
        except OSError as fault:
            return replace(run.end(target), fault=refused(target, fault, run.written))
        return run.end(target)
    zipped = WholeZip(target)
    try:
        with zipped.open() as members:
            run.write_all(subjects, members)
            if run.stopped or not run.written:
                raise _Unwanted
    except _Unwanted:
        return replace(run.end(target), written=0)
    except OSError as fault:
        return replace(run.end(target), written=0, fault=refused(target, fault, 0))
    return run.end(zipped.path)


class ListenerFailed(Exception):
    """Whoever was told of a picture could not hear it, for its cause: no fault of the disk that is
    written to."""


def tell(told: Told, one: Exported) -> None:
    """Raises ListenerFailed where the listener raises OSError."""
    try:
        told(one)
    except OSError as fault:
        raise ListenerFailed from fault


@contextlib.contextmanager
def listeners_own_faults() -> Generator[None]:
    """What a listener raised, raised again."""
    try:
        yield
    except ListenerFailed as failed:
        assert failed.__cause__ is not None
        raise failed.__cause__ from None


class _Unwanted(Exception):
    """A zip that nobody wants."""


class _Run:
    """One export under way."""

    def __init__(
        self,
        choices: ExportChoices,
        template: Template,
        told: Told,
        wanted: Callable[[], bool],
    ) -> None:
        self._choices = choices
        self._template = template
        self._told = told
        self._wanted = wanted
        self._failed: list[Exported] = []
        self.written = 0
        self.stopped = False
        self._last: Path | None = None

    def end(self, target: Path) -> ExportEnd:
        return ExportEnd(
            target, self.written, tuple(self._failed), stopped=self.stopped, last=self._last
        )

    def write_all(self, subjects: Iterable[Subject | Path], target: Target) -> None:
        """Raises OSError where the disk refuses."""
        for number, subject in enumerate(subjects, 1):
            if not self._wanted():
                self.stopped = True
                return
            one = self._write(subject, number, target)
            if one.path is None:
                self._failed.append(one)
            else:
                self.written += 1
                self._last = one.path
            tell(self._told, one)

    def _write(self, subject: Subject | Path, number: int, target: Target) -> Exported:
        source = subject if isinstance(subject, Path) else subject.path
        picture_id = 0 if isinstance(subject, Path) else subject.picture_id
        try:
            whole = subject_of_file(subject) if isinstance(subject, Path) else subject
            file = exported_file(source, self._choices)
        except KnownError as fault:
            return Exported(source, picture_id, None, reason=str(fault))
        names = self._template.path_of(whole, number)
        try:
            path, member = target.put(names, file.suffix, file.data, whole.created)
        except OSError as fault:
            if not is_of_a_name(fault):
                raise
            words = f"{display_name(source)} cannot be written: {fault.strerror}."
            return Exported(source, picture_id, None, reason=f"{words} Choose a shorter name.")
        return Exported(source, picture_id, path, member, file.note)


def refused(target: Path, fault: OSError, written: int) -> WorldError:
    """What a disk refused, after so many written pictures, in a sentence."""
    place = display_name(target, whole=True)
    said = f"The pictures cannot be written to {place}: {fault.strerror or fault}."
    if written:
        said = (
            f"After {written} written pictures no more could be written to {place}: "
            f"{fault.strerror or fault}. Those stay there."
        )
    full = fault.errno in (errno.ENOSPC, errno.EDQUOT)
    return WorldError(
        said, "Free some space there." if full else "Choose a folder that you may write to."
    )


def check_target(where: Places, target: Path) -> None:
    """Raises InvalidRequest for a place in the gallery's own folders, whose pictures would be
    exported ones then; WorldError where a file lies in the way."""
    folder = resolved(target.parent if target.suffix.lower() == ZIP else target)
    for own in (where.pictures, where.trash):
        if folder.is_relative_to(resolved(own)):
            raise InvalidRequest(
                "out",
                f"{display_name(folder, whole=True)} lies in the gallery's own folder.",
                "Choose another, else the copies would be pictures of the gallery, too.",
            )
    if folder.exists() and not folder.is_dir():
        raise WorldError(
            f"{display_name(folder, whole=True)} is a file.", "Choose a folder, or another name."
        )
