"""What a screen reader says by itself, without the focus going anywhere."""

from __future__ import annotations

import time

from PySide6 import QtGui
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QWidget

AGAIN_S = 1.0  # within which the same words are said once
_LAST: dict[str, float] = {}


def announce(widget: QWidget, words: str, urgent: bool = False) -> None:
    """Have `words` spoken; `urgent` ones interrupt what is being said. Nothing where no screen reader listens."""
    if not words or not QAccessible.isActive():
        return
    now = time.monotonic()
    if _LAST.get(words, -AGAIN_S) > now - AGAIN_S:  # a failed job is told by the queue and by a notice
        return
    _LAST.clear()
    _LAST[words] = now
    kind = getattr(QtGui, "QAccessibleAnnouncementEvent", None)
    if kind is None:  # before Qt 6.8
        event = QAccessibleEvent(widget, QAccessible.Event.Alert)
    else:
        event = kind(widget, words)
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
    QAccessible.updateAccessibility(event)
