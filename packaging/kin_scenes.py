"""What is asked before pictures are exported, a picture's family and duplicates, for the pictures
of the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from screenshots import pump, wait

if TYPE_CHECKING:
    from desktop.app.app import Application


def around_pictures(application: Application, folder: Path, name: str) -> None:
    """Grabs of their dialogs, into `folder`, called by `name`."""
    window = application.window
    exportings, kin = window.exports.exportings, window.kin
    window.go("gallery")
    pump(300)
    window.actions_by_id["export"].trigger()
    wait(lambda: exportings.dialog is not None and exportings.dialog.isVisible())
    dialog = exportings.dialog
    assert dialog is not None
    dialog.folder.setText("Calotype")
    for at in range(dialog.form.count()):
        dialog.form.setCurrentIndex(at)
        pump(100)
        dialog.grab().save(str(folder / f"{name}-30-export-{at}.png"))
    dialog.reject()
    gallery = application.stores.gallery
    window.current.show(gallery.page(gallery.ids(limit=1))[0])
    window.go("create")
    kin.show_family()
    wait(lambda: kin.family is not None)
    kin.find_duplicates()
    pump(800)
    for at, shown in enumerate((kin.family, kin.duplicates)):
        assert shown is not None
        shown.grab().save(str(folder / f"{name}-31-kin-{at}.png"))
        shown.close()
