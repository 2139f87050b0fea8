"""Pictures of what the window shows of imported folders, for packaging/screenshots.py."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.app.app import Application


def of_imports(application: Application, folder: Path, name: str) -> None:
    """The question before an import, the list of folders, and the strip while one goes on."""
    from PySide6.QtWidgets import QApplication

    from core.service.importing.told import State
    from core.store.imported.folders import FolderState, WatchedFolder
    from desktop.gallery.room import GalleryRoom
    from desktop.pictures.importing.progress import ImportProgress

    window = application.window
    room = window.rooms["gallery"]
    assert isinstance(room, GalleryRoom)
    imports = room.imports
    place = Path.home() / "Pictures" / "outputs"
    imports.ask(place)
    assert imports.question is not None
    imports.question.grab().save(str(folder / f"{name}-30-import.png"))
    imports.question.close()
    now = time.time()
    imports.folders = (
        WatchedFolder(place, FolderState(now, now, whole=True), 12_345),
        WatchedFolder(Path("/media/drive/invoke"), FolderState(now, now - 1e6, whole=True), 812),
    )
    imports.show_folders()
    assert imports.dialog is not None
    imports.dialog.grab().save(str(folder / f"{name}-31-folders.png"))
    imports.dialog.close()
    going = ImportProgress("outputs", done=4312, total=20_000, counts=((State.ADDED, 4300),))
    imports.progress = replace(going, begun=time.monotonic() - 20)
    imports.progressed.emit()
    window.go("gallery")
    QApplication.processEvents()
    window.grab().save(str(folder / f"{name}-32-importing.png"))
    imports.progress = None
    imports.progressed.emit()
