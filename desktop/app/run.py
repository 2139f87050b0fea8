"""From the arguments of a start to its exit code: the one window on a data folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QLocale, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from core.models.library.chosen_folders import with_chosen_folders
from core.store.sqlite.database import NewerData
from core.system import settings as settings_file
from core.system.errors import KnownError
from core.system.paths import RESOURCES, Places, places
from desktop.app.app import Application
from desktop.app.garbage import spare_what_is_here
from desktop.app.instance import LISTENS_AFTER_MS, Instance, read_network
from desktop.app.native_faults import catch_native_faults
from desktop.app.safe_mode import (
    IN_A_ROW,
    RESTS_AFTER_MS,
    StartCounter,
    wants_copy,
    wants_safe_mode,
)
from desktop.widgets.i18n import PseudoTranslator


def install_language(qt: QApplication, choice: str) -> None:
    """The pseudo-language for layout tests; other languages come with their translation files."""
    if choice == "pseudo":
        translator = PseudoTranslator(qt)
        qt.installTranslator(translator)
    if choice not in ("system", "pseudo"):
        QLocale.setDefault(QLocale(choice))


def _open(qt: QApplication, where: Places, *, safe: bool = False) -> Application:
    """The window on its data; where a newer program wrote that, the copy from
    before its update is offered."""
    from core.store.sqlite.update_copies import go_back

    try:
        return Application(qt, where, safe=safe)
    except NewerData as error:
        if error.copy is None or not wants_copy(error.copy):
            raise
        settings, _ = settings_file.load(where.settings)
        go_back(with_chosen_folders(where, settings).database, where.backups)
        return Application(qt, where, safe=safe)


def _qt_application(language: str) -> QApplication:
    # as an argument: `setStyle` gives the style back, and PySide makes all classes of styles for it
    qt = QApplication([sys.argv[0], "-style", "Fusion"])
    qt.setApplicationName("Calotype")
    qt.setDesktopFileName("calotype")
    qt.setWindowIcon(QIcon(str(RESOURCES / "icons" / "calotype.svg")))
    install_language(qt, language)
    return qt


def _counted_start(
    qt: QApplication, where: Places, starts: StartCounter, *, crashed: bool
) -> Application:
    """The window. What ends its start, but a fault in known words, counts as a crash of it."""
    try:
        safe = starts.begin(crashed=crashed) >= IN_A_ROW and wants_safe_mode()
        return _open(qt, where, safe=safe)
    except KnownError:
        raise
    except BaseException:
        starts.failed()
        raise


def _complain_outside(error: KnownError) -> None:
    """Where there is no window to say it in."""
    from PySide6.QtWidgets import QMessageBox

    print(f"calotype: {error}", file=sys.stderr)
    # with a copy to go back to, the person has just closed that question
    if not (isinstance(error, NewerData) and error.copy):
        QMessageBox.critical(None, "Calotype", str(error))


def run(arguments: list[str], data: str | None = None, language: str = "") -> int:
    """Open the window on `data`, with files named in `arguments`; returns the exit code."""
    qt = _qt_application(language)
    try:
        where = places(data).create()
        instance = Instance(where.root)
        if not instance.first_or_handed_over([os.path.abspath(argument) for argument in arguments]):
            return 0
        crashed = catch_native_faults(where)
        starts = StartCounter(where.root)
        spare_what_is_here()
        application = _counted_start(qt, where, starts, crashed=crashed)
    except KnownError as error:
        _complain_outside(error)
        return error.exit_code
    instance.asked.connect(application.window.opening.come_forward)
    application.start()
    application.garbage.spare_start()
    QTimer.singleShot(
        LISTENS_AFTER_MS,
        lambda: application.sweeping.submit(read_network, lambda _: instance.listen()),
    )
    QTimer.singleShot(
        RESTS_AFTER_MS,
        lambda: application.database_tasks.submit(starts.came_to_rest, lambda _: None),
    )
    if arguments:
        QTimer.singleShot(200, lambda: application.window.opening.open_path(Path(arguments[0])))
    code = qt.exec()
    instance.deafen()
    application.end()
    starts.came_to_rest()
    instance.end()
    return code
