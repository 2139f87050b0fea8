"""Opens the window; says what to do where there is no screen."""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from types import TracebackType


def has_display() -> bool:
    """Whether a window can be opened at all."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM", "").startswith(
        ("offscreen", "minimal", "vnc")
    ):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The last boundary of the window: a fault in a slot is logged and shown,
    and the window lives on."""
    import logging

    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("desktop").error(
        "%s", "".join(traceback.format_exception(kind, error, trace))
    )
    from PySide6.QtWidgets import QApplication

    if threading.current_thread() is not threading.main_thread():
        return
    from desktop.shell.main_window import MainWindow

    for window in QApplication.topLevelWidgets():
        if isinstance(window, MainWindow):
            window.failures.bug(error)


def main(arguments: list[str] | None = None) -> int:
    """`calotype`, or `calotype FILE`."""
    rest = list(sys.argv[1:] if arguments is None else arguments)
    if not has_display():
        print(
            (
                "calotype: There is no display for a window. Use the command line: calotype "
                'generate "a red house on snow"'
            ),
            file=sys.stderr,
        )
        return 1
    from core.system.arguments import take_data

    files = take_data(rest)
    sys.excepthook = report
    gc.disable()  # modules are no garbage; desktop.app.garbage begins once the window is built
    from desktop.app.unread_sources import import_shiboken, leave_sources_unread

    import_shiboken()
    leave_sources_unread()
    from desktop.app.run import run

    return run(files, language=os.environ.get("CALOTYPE_LANGUAGE", ""))


if __name__ == "__main__":
    sys.exit(main())
