"""What is done with the files of wildcards: read, written a moment after the last key, renamed,
deleted, followed where other programs change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core.system.errors import KnownError, WorldError
from core.system.paths import Places, folder_problem
from desktop.state.tasks import SerialTasks
from desktop.widgets.folder_watch import FolderWatch
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.prompt.wildcards.editing import WildcardFile
    from desktop.form.wildcards.dialog import WildcardsDialog

TOPIC = "wildcards"
SAVE_AFTER_MS = 700  # without a key
DRAWS = 12


@dataclass(frozen=True, slots=True)
class _Told:
    """What came of a file: None where another program changed it meanwhile."""

    file: WildcardFile | None
    draws: tuple[str, ...] = ()


class WildcardActs(QObject):
    """`insert` puts a text into the prompt. All that touches the disk is done one after the other,
    in a thread of its own that lives while the editor is open."""

    def __init__(
        self,
        where: Places,
        notice: NoticeBar,
        window: QWidget,
        insert: Callable[[str], object],
        tasks: SerialTasks | None = None,
    ) -> None:
        super().__init__(window)
        self._folder = where.wildcards
        self._notice = notice
        self._window = window
        self._insert = insert
        self._tasks = tasks
        self._owns_tasks = tasks is None
        self._name = ""  # the file whose text is in the editor
        self._known: str | None = None  # its text as it was read or written last
        self._unsaved = False
        self._ours = ("", "")  # the file that was written last, and what: of the tasks' thread
        # texts that the disk refused, and what stood there before; the next save tries again
        self._refused: dict[str, tuple[str, str | None]] = {}
        self._ends = False
        self._folders: list[str] = []
        self.dialog: WildcardsDialog | None = None
        self._watch: FolderWatch | None = None
        self._timer = QTimer(self, interval=SAVE_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.save)

    # --- its life ---

    def choose(self) -> None:
        """Open the editor."""
        if self.dialog is None:
            self.dialog = self._new_dialog()
        if self._tasks is None:
            self._tasks = SerialTasks(self._failed, self)
            self._tasks.start()
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self._look_outside()  # which was not followed while it was closed
        self._submit(lambda: self._sweep(), lambda _: None)

    def _sweep(self) -> None:
        from core.prompt.wildcards.editing import sweep_deleted

        sweep_deleted(self._folder)

    def _new_dialog(self) -> WildcardsDialog:
        from desktop.form.wildcards.dialog import WildcardsDialog

        dialog = WildcardsDialog(self._window)
        dialog.chosen.connect(self._show)
        dialog.text.edited.connect(self._edited)
        dialog.new_asked.connect(self.new)
        dialog.rename_asked.connect(self.rename)
        dialog.delete_asked.connect(self.delete)
        dialog.folder_asked.connect(self.open_folder)
        dialog.insert.connect(self._insert)
        dialog.answered.connect(self._answer)
        dialog.closed.connect(self.save)
        self._watch = FolderWatch(self)
        self._watch.settled.connect(self._look_outside)
        return dialog

    def end(self) -> None:
        """The window closes: what was typed is written, beside a file that another program changed
        meanwhile."""
        self._ends = True
        self.save()
        if self._watch is not None:
            self._watch.end()
        if self._tasks is not None and self._owns_tasks:
            self._tasks.finish()
            self._tasks = None

    def _submit(
        self,
        work: Callable[[], object],
        then: Callable[..., None],
        failed: Callable[[KnownError], None] | None = None,
    ) -> None:
        if self._tasks is not None:
            self._tasks.submit(work, then, failed or self._failed)

    def _failed(self, error: KnownError) -> None:
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.say(str(error))
        self._notice.say(str(error), problem=True, topic=TOPIC)

    # --- the list ---

    def read(self, mark: str = "", then: Callable[[], object] = lambda: None) -> None:
        """The files anew; `mark` is the name of the one to be marked."""

        def look() -> tuple[WildcardFile, ...]:
            from core.prompt.wildcards.editing import wildcard_files

            return wildcard_files(self._folder)

        def came(files: tuple[WildcardFile, ...]) -> None:
            if self.dialog is None:
                return
            self._folders = sorted({str((self._folder / file.name).parent) for file in files})
            self.dialog.show_files(files, mark)
            self._follow()
            then()

        self._submit(look, came)

    def _follow(self) -> None:
        """All folders, and the file that is being edited."""
        assert self._watch is not None  # made with the dialog
        mine = [str(self._folder / self._name)] if self._name else []
        self._watch.watch([str(self._folder), *mine, *self._folders])

    # --- the text ---

    def _show(self, name: str) -> None:
        """Another file is marked."""
        self.save()
        self._name, self._known = name, None
        if self.dialog is None:
            return
        self.dialog.show_text("")
        self.dialog.text.setReadOnly(True)  # until its text is here
        self.dialog.tell(None, ())
        if not name:
            return

        def look() -> tuple[str, tuple[str, ...]]:
            from core.prompt.wildcards.editing import previews, read_text

            return read_text(self._folder, name), previews(self._folder, name, 0, DRAWS)

        def came(both: tuple[str, tuple[str, ...]]) -> None:
            if self._name == name and self.dialog is not None and not self._unsaved:
                self._known = both[0]
                self._follow()
                self.dialog.show_text(both[0])
                self.dialog.tell(self.dialog.list.file(name), both[1])

        self._submit(look, came)

    def _edited(self) -> None:
        if self._known is not None and self.dialog is not None and self.dialog.text.is_whole:
            self._unsaved = True
            self._timer.start()

    def save(self) -> None:
        """Write what was typed, where nobody else changed the file meanwhile; and what the disk
        refused before."""
        self._timer.stop()
        again, self._refused = self._refused, {}
        if self._unsaved and self.dialog is not None:
            self._unsaved = False
            again[self._name] = self.dialog.text.toPlainText(), self._known
        for name, (text, before) in again.items():
            self._write(name, text, before)

    def _write(self, name: str, text: str, before: str | None) -> None:
        """`before` is what stands there as far as is known; None: whatever stands there."""

        def refused(error: KnownError) -> None:
            self._refused[name] = text, before
            self._failed(error)

        def written(told: _Told) -> None:
            self._refused.pop(name, None)  # what stood there before
            dialog = self.dialog
            if dialog is None or self._ends:
                return
            if told.file is None:
                if self._name == name:
                    self._unsaved = True  # it stands in the editor alone
                    self._timer.stop()
                    dialog.ask_about_other(asked=True)
                else:
                    self._write_beside(name, text)
                return
            dialog.list.note(told.file)
            if self._name == name:
                self._known = text
                if not self._unsaved:
                    dialog.tell(told.file, told.draws)

        self._submit(partial(self._put, name, text, before), written, refused)

    def _put(self, name: str, text: str, before: str | None) -> _Told:
        """The work of `_write`, in the tasks' thread."""
        from core.prompt.wildcards.editing import previews, read_text, write_text

        if before is not None and (self._folder / name).exists():
            there = read_text(self._folder, name)
            if there not in (before, text) and (name, there) != self._ours:
                if self._ends:  # nobody is asked any more
                    write_text(self._folder, _free_name(self._folder, name), text)
                return _Told(None)
        told = write_text(self._folder, name, text)
        self._ours = name, text
        return _Told(told, previews(self._folder, name, 0, DRAWS))

    def _write_beside(self, name: str, text: str) -> None:
        """A file that is not in the editor any more was changed elsewhere: nothing is written over,
        and nothing is lost."""

        def write() -> str:
            from core.prompt.wildcards.editing import write_text

            free = _free_name(self._folder, name)
            write_text(self._folder, free, text)
            return free

        def written(free: str) -> None:
            self.read()
            self._notice.say(
                tr(
                    "Another program changed {name} too; your text stands in {other}.",
                    name=name,
                    other=free,
                ),
                topic=TOPIC,
            )

        self._submit(write, written)

    def _answer(self, load: bool) -> None:
        """Of a file that another program changed too."""
        self._unsaved = False
        if load:
            name, self._name = self._name, ""
            self._show(name)
        elif self.dialog is not None:
            self._write(self._name, self.dialog.text.toPlainText(), None)

    def _look_outside(self) -> None:
        """Something changed in the folder: perhaps by ourselves."""
        if self.dialog is None or not self.dialog.isVisible():
            return
        name, known = self._name, self._known
        self.read()

        def look() -> str | None:
            from core.prompt.wildcards.editing import read_text

            return read_text(self._folder, name) if (self._folder / name).is_file() else None

        def came(text: str | None) -> None:
            is_same = self._name == name and self._known == known
            if text is not None and text != known and is_same and not self._unsaved:
                self._name = ""
                self._show(name)

        if name and known is not None:
            self._submit(look, came)

    # --- files ---

    def new(self) -> None:
        """An empty file, whose name is then written."""
        self.save()

        def make() -> str:
            from core.prompt.wildcards.editing import new_file

            return new_file(self._folder, _free_name(self._folder, "new.txt"))

        def made(name: str) -> None:
            assert self.dialog is not None  # it asked
            self.read(name, self.dialog.edit_name)

        self._submit(make, made)

    def rename(self, name: str, to: str) -> None:
        """Another name for a file."""
        self.save()

        def change() -> str:
            from core.prompt.wildcards.editing import rename_file

            return rename_file(self._folder, name, to)

        self._submit(change, self.read)

    def delete(self, name: str) -> None:
        """Lay a file aside; with Undo."""
        self.save()

        def change() -> str:
            from core.prompt.wildcards.editing import delete_file

            return delete_file(self._folder, name)

        def gone(mark: str) -> None:
            self.read()
            words = tr("The wildcards of {name} were deleted.", name=name)
            self._notice.say(
                words,
                label=tr("Undo"),
                action=partial(self.put_back, name, mark),
                topic=TOPIC,
                expires=True,
            )

        self._submit(change, gone)

    def put_back(self, name: str, mark: str) -> None:
        """A file that was deleted."""

        def change() -> None:
            from core.prompt.wildcards.editing import put_back

            put_back(self._folder, name, mark)

        self._submit(change, lambda _: self.read(name))

    def open_folder(self) -> None:
        """In the system's own program for files."""

        def ready() -> Path:
            if why := folder_problem(self._folder):
                raise WorldError(f"The folder {self._folder} cannot be used: {why}.")
            return self._folder

        self._submit(ready, _show_folder)


def _show_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _free_name(folder: Path, name: str) -> str:
    """This name, or with a number behind it, where no file has it."""
    stem, _, ending = name.rpartition(".")
    number, free = 1, name
    while (folder / free).exists():
        number += 1
        free = f"{stem} {number}.{ending}"
    return free
