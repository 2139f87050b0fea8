"""PySide reads the source of each module that is imported, to see whether it may switch to another
spelling of Qt's names (`__feature__`), and keeps all lines. No module of ours does: this leaves out
a fifth of the start and some megabytes.
"""

from __future__ import annotations

import sys

import shiboken6  # noqa: F401  # which brings shibokensupport along


def leave_sources_unread() -> None:
    """From now on each module counts as one that keeps Qt's own spelling. Where PySide asks in
    another way than the version that this program names, nothing is changed."""
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", _keeps_the_spelling)  # noqa: B010  # no name to check


def _keeps_the_spelling(module: object) -> bool:
    return True
