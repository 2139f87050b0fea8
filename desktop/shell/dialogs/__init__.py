"""Dialogs of the window that no room has.

Know no window. May import what `desktop.shell` may.
"""

from __future__ import annotations
