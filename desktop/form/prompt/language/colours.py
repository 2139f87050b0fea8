"""How each kind of place in a prompt looks: one table, of the theme's colours."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtGui import QColor, QFont, QTextCharFormat

from core.prompt.reading.kinds import Kind, Span
from desktop.widgets import theme

# of each kind the token of its colour, and whether it is bold
TABLE: dict[Kind, tuple[str, bool]] = {
    Kind.WORDS: ("text", False),
    Kind.BRACKET: ("dim", False),
    Kind.EDIT: ("change", False),
    Kind.TURNS: ("change", False),
    Kind.JOIN: ("change", True),
    Kind.BREAK: ("change", True),
    Kind.CHOICE: ("choice", False),
    Kind.WILDCARD: ("choice", False),
    Kind.LORA: ("name", False),
    Kind.EMBEDDING: ("name", False),
    Kind.COMMENT: ("dim", False),
}
NAUGHT = -4  # strength of words without weight
# from which weight on words are of which strength
_STRENGTHS = ((1.6, 4), (1.3, 3), (1.15, 2), (1.0, 0), (0.85, -1), (0.6, -2), (0.0, -3))
_SHARE = (
    0.45  # of the colour of plain text that is mixed in, for the nearest weights and inner signs
)
_FAINT = 0.15  # of the background, for the lightest words


class Look(NamedTuple):
    """What decides how a place looks: its kind, from NAUGHT to 4 how heavy its words are, and
    whether it stands in another one of its kind."""

    kind: Kind
    strength: int = 0
    is_inner: bool = False


def look_of(span: Span) -> Look:
    """How a place looks."""
    return _look(span.kind, span.weight, span.depth % 2 == 1)


@lru_cache(maxsize=1_000)
def _look(kind: Kind, weight: float, is_inner: bool) -> Look:
    return Look(kind, strength_of(weight), is_inner)


def strength_of(weight: float) -> int:
    """0 for plain words, more for heavier and less for lighter ones."""
    if weight <= 0:
        return NAUGHT
    if 1.0 < weight < 1.15:
        return 1
    return next(strength for least, strength in _STRENGTHS if weight >= least)


def format_of(look: Look, tokens: theme.Tokens) -> QTextCharFormat:
    """The same for Qt, in the colours of a theme."""
    token, is_bold = TABLE[look.kind]
    colour = QColor(getattr(tokens, token))
    if look.kind is Kind.WORDS:
        colour = _of_weight(look.strength, tokens)
    elif look.is_inner:
        colour = _mixed(colour, QColor(tokens.text), _SHARE)
    found = QTextCharFormat()
    found.setForeground(colour)
    if is_bold or look.strength > 3:
        found.setFontWeight(QFont.Weight.Bold)
    elif look.strength == 3:
        found.setFontWeight(QFont.Weight.DemiBold)
    found.setFontItalic(look.kind is Kind.COMMENT)
    found.setFontStrikeOut(look.strength == NAUGHT)
    return found


def _of_weight(strength: int, tokens: theme.Tokens) -> QColor:
    text = QColor(tokens.text)
    if strength == 0:
        return text
    if strength == NAUGHT:
        return QColor(tokens.dim)
    if strength < -2:
        return _mixed(QColor(tokens.weight_down), QColor(tokens.window), _FAINT)
    colour = QColor(tokens.weight_up if strength > 0 else tokens.weight_down)
    return _mixed(colour, text, _SHARE) if abs(strength) == 1 else colour


def _mixed(colour: QColor, other: QColor, share: float) -> QColor:
    """A colour with a share of another one."""

    def between(own: int, far: int) -> int:
        return round(own + (far - own) * share)

    return QColor(
        between(colour.red(), other.red()),
        between(colour.green(), other.green()),
        between(colour.blue(), other.blue()),
    )
