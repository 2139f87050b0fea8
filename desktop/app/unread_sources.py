"""What PySide does with texts at each start and no program of ours needs.

It reads the source of each module that is imported, to see whether it may switch to another
spelling of Qt's names (`__feature__`), and keeps all lines. No module of ours does: leaving that
out saves a fifth of the start and some megabytes.

It compiles a hundred kilobytes of its own Python, which it carries as text. Most of that describes
signatures, for the message of a call with wrong arguments, or for stubs: here it waits until it is
asked for. That saves as much time as QtCore, QtGui and QtWidgets take together, nearly.

Only PySide's own Python may ask such a module: C++ that reaches into one before its text was run
ends the process. So the second is done for the one version alone that was looked at, and where
PySide does the first in another way, nothing is changed.
"""

from __future__ import annotations

import builtins
import sys
import threading
from typing import Any

LOOKED_AT = "6.11.2"  # the version of shiboken6
# what only Python asks there, by attributes; what C++ reaches into stays as it is
_LATE = {
    f"shibokensupport/signature/{name}.py"
    for name in ("parser", "layout", "lib/enum_sig", "lib/pyi_generator", "lib/tool")
}
# such a module until then: the first name that is looked up in it brings the text
_UNTIL_ASKED = """
from desktop.app.unread_sources import late_name as _late_name
def __getattr__(name):
    return _late_name(globals(), name)
"""
_texts: dict[str, tuple[str, Any]] = {}  # by modules' names, with the file's
_reading = threading.RLock()


def import_shiboken() -> None:
    """PySide's lower half, which brings shibokensupport along; before anything else imports it."""
    whole = builtins.compile

    def compiled(source: Any, filename: Any, mode: str, *more: Any, **named: Any) -> Any:
        if filename in _LATE and _is_known():
            _texts[filename.removesuffix(".py").replace("/", ".")] = filename, source
            source = _UNTIL_ASKED
        return whole(source, filename, mode, *more, **named)

    builtins.compile = compiled
    try:
        import shiboken6  # noqa: F401
    finally:
        builtins.compile = whole


def _is_known() -> bool:
    # the package says it before it brings its C++ along
    return getattr(sys.modules.get("shiboken6"), "__version__", "") == LOOKED_AT


def late_name(module: dict[str, Any], name: str) -> Any:
    """What stands under `name` in a module whose text is run now, where it was not yet. Raises
    AttributeError where nothing does."""
    if not name.startswith("__"):
        with _reading:
            if (text := _texts.get(module["__name__"])) is not None:
                exec(compile(text[1], text[0], "exec"), module)
                del _texts[module["__name__"]]
        if name in module:
            return module[name]
    raise AttributeError(f"module {module['__name__']!r} has no attribute {name!r}")


def leave_sources_unread() -> None:
    """From now on each module counts as one that keeps Qt's own spelling."""
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", _keeps_the_spelling)  # noqa: B010  # no name to check


def _keeps_the_spelling(module: object) -> bool:
    return True
