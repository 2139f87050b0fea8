"""The fields of a try of one's own: numbers say what is wrong with them instead of becoming
others."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from core.values.declared.limits import MAX_PROMPT, MAX_SEED
from core.values.declared.parameter import parameters
from core.values.insight.lesson import OwnTry
from core.values.request import Request
from desktop.widgets.controls import Combo, SliderField
from desktop.widgets.i18n import tr, tr_data

MOST_STEPS = 30  # so that the answer comes soon
MOST_GUIDANCE = 30.0
SIDES = (96, 128, 192, 256, 320, 384, 512)  # pixels
SIDE_NAMES = {"width": "Width", "height": "Height"}
_RANGES = {"steps": (1.0, float(MOST_STEPS)), "guidance": (1.0, MOST_GUIDANCE)}


def label_of(name: str) -> str:
    """What a field of a request is called here."""
    declared = parameters(Request)[name]
    return tr_data(SIDE_NAMES.get(name, declared.label))


def field_of(name: str, value: object) -> QWidget:
    """A slider with its number, a list or a line of text, by the name of the request's field."""
    declared = parameters(Request)[name]
    label, help_text = label_of(name), tr_data(declared.help)
    if name in _RANGES:
        low, high = _RANGES[name]
        field = SliderField(
            label, help_text, low, high, step=declared.step or 1, decimals=declared.decimals
        )
        # any number can be typed, so that one that does not go is spoken of, not replaced
        field.field.setMinimum(0)
        field.field.setMaximum(999)
        field.set_value(min(float(str(value)), high))
        return field
    if name in ("schedule", "width", "height"):
        return _combo(label, help_text, _options(name, value), value)
    line = QLineEdit("" if value is None else str(value))
    line.setMaxLength(MAX_PROMPT)
    line.setAccessibleName(label)
    line.setToolTip(help_text)
    line.setWhatsThis(tr("{help} Return makes the picture.", help=help_text))
    if name == "seed":
        line.setPlaceholderText(tr("empty: a random one"))
    return line


def value_of(name: str, field: QWidget) -> object:
    """What a field holds, as its request has it; of a seed that is none, None."""
    if isinstance(field, SliderField):
        value = field.field.value()
        return float(value) if name == "guidance" else round(value)
    if isinstance(field, Combo):
        return field.currentData()
    assert isinstance(field, QLineEdit)
    return _seed(field.text()) if name == "seed" else field.text()


def fault_of(name: str, field: QWidget) -> str:
    """One sentence on what does not go in a field; "" where all does."""
    if isinstance(field, SliderField):
        low, high = _RANGES[name]
        is_whole = field.field.hasAcceptableInput()
        value = field.field.value()
        if is_whole and low <= value <= high:
            return ""
        typed = field.field.text()
        return tr(
            "{name} goes from {low} to {high} here, not {typed}.",
            name=label_of(name),
            low=f"{low:g}",
            high=f"{high:g}",
            typed=typed,
        )
    if name != "seed" or not isinstance(field, QLineEdit):
        return ""
    typed = field.text().strip()
    seed = _seed(typed)
    if not typed or (seed is not None and seed <= MAX_SEED):
        return ""
    return tr(
        "A seed is a whole number from 0 to {most}; leave the field empty for a random one.",
        most=str(MAX_SEED),
    )


def said_of(own: OwnTry, request: Request) -> tuple[str, ...]:
    """What of a picture can be changed, and how it was: a line each."""
    lines: list[str] = []
    for name in own.fields:
        value = getattr(request, name)
        if name == "schedule":
            value = _options(name, value)[value]
        elif isinstance(value, float):
            value = f"{value:g}"
        lines.append(tr("{name}: {value}", name=label_of(name), value=str(value)))
    return tuple(lines)


def _seed(text: str) -> int | None:
    """Of a field; None for a random one."""
    digits = text.strip()
    if len(digits) > len(str(MAX_SEED)) or not (digits.isascii() and digits.isdigit()):
        return None
    return int(digits)


def _options(name: str, value: object) -> dict[object, str]:
    """What a list offers, with what stands there though it is not usual."""
    if name == "schedule":
        labels = parameters(Request)[name].choices or {}
        return {each: tr_data(words) for each, words in labels.items()}
    return {side: str(side) for side in sorted({*SIDES, int(str(value))})}


def _combo(label: str, help_text: str, options: dict[object, str], value: object) -> Combo:
    box = Combo(label, help_text)
    for each, words in options.items():
        box.addItem(words, each)
    box.setCurrentIndex(list(options).index(value))
    return box
