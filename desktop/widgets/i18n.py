"""Every word the window shows passes through `tr`; the pseudo-language makes each half as
long again, to test layouts."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QTranslator

CONTEXT = "calotype"


def tr(text: str, /, **values: object) -> str:
    """`text` in the user's language, with {names} filled in."""
    words = QCoreApplication.translate(CONTEXT, text)
    return words.format(**values) if values else words


def tr_data(text: str) -> str:
    """For texts that live in tables (labels of samplers, settings):
    translated by their English wording."""
    return QCoreApplication.translate(CONTEXT, text) if text else ""


class PseudoTranslator(QTranslator):
    """Lengthens every text by half, in words, and marks its ends, leaving {names},
    accelerators and line breaks alone."""

    def translate(
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:  # type: ignore[override]
        if not text or context != CONTEXT:
            return None  # an empty text would count as a translation of Qt's own words
        more = max(1, (len(text) + 1) // 2)
        words = "~~~~~~~ " * more
        return f"[{text}{words[:more].rstrip()}]"

    def isEmpty(self) -> bool:
        return False
