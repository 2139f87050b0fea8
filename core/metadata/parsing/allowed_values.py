"""Values out of a picture, checked one by one against the limits of a Request: a bad one costs
itself and no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_SIZE, MIN_SIZE, SIZE_STEP
from core.values.declared.parameter import in_full, with_values
from core.values.noise import Noise
from core.values.request import Request
from core.values.request_parts.chosen_style import MOST_STYLES
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.upscale import Upscale

_NAMES = frozenset(f.name for f in fields(Request)) - {"model"}
# fields that are judged with others: without them all are good alone where they are together, which
# one check tells in the place of one for each field
_JUDGED_TOGETHER = frozenset({"levels", "guidance_from", "guidance_until"})
_FURTHEST = 4 * MAX_SIZE  # a side beyond it is no size that somebody made a picture of
_LONGEST_NOTE = 200  # characters


@dataclass(frozen=True, slots=True)
class AllowedValues:
    """`values` pass Request.check, each alone and all together; `approximated` and `ignored` say
    what became of the others.
    """

    values: dict[str, object]
    approximated: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def allowed_values(
    values: Mapping[str, object], said: Mapping[str, str] | None = None
) -> AllowedValues:
    """The values (by a Request's names and of its types; other names pass as they are) that this
    program can take.

    `said` is how the picture put a value, for the notes. A seed below 0, with which programs mean
    "any", is left out.
    """
    kept, approximated = _sizes(dict(values), said or {})
    ignored: list[str] = []

    def leave_out(name: str) -> None:
        value = kept.pop(name)
        ignored.append((said or {}).get(name) or f"{name}: {_in_short(value)}")

    for name in ("width", "height"):
        if name in values and name not in kept:
            kept[name] = values[name]
            leave_out(name)
    if not _JUDGED_TOGETHER & kept.keys() and _fault(_of_request(kept)) is None:
        return AllowedValues(kept, tuple(approximated), tuple(dict.fromkeys(ignored)))
    for name in list(kept):
        if name in _NAMES and _fault({name: kept[name]}) is not None:
            good = _good_part(name, kept[name])
            leave_out(name)
            if good.value is not None:
                kept[name] = good.value
            if good.lost and name not in (said or {}):
                ignored[-1:] = good.lost
    while (field := _fault(_of_request(kept))) is not None:
        leave_out(field if field in kept else next(iter(_of_request(kept))))
    return AllowedValues(kept, tuple(approximated), tuple(dict.fromkeys(ignored)))


def _of_request(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name in _NAMES}


@dataclass(frozen=True, slots=True)
class _GoodPart:
    """What of a field with parts of its own is good, None for nothing; and the parts that are
    not."""

    value: object = None
    lost: tuple[str, ...] = ()


def _good_part(name: str, value: object) -> _GoodPart:
    """Of the noise, its levels, the start picture and hires fix their single values, of the LoRAs
    and styles those that can be used.
    """
    if isinstance(value, Noise | StartPicture | Hires | Levels | Upscale):
        return _good_values(name, value)
    if name in ("loras", "styles") and isinstance(value, tuple):
        rows = cast("tuple[object, ...]", value)
        good = tuple(row for row in rows if _fault({name: (row,)}) is None)
        return _GoodPart(good[:MOST_STYLES] or None)
    return _GoodPart()


def _good_values(name: str, whole: Noise | StartPicture | Hires | Levels | Upscale) -> _GoodPart:
    """One value after the other is put in where it goes with those that are; some go only with one
    that follows, as a mask with its picture."""
    usual = type(whole)()
    good = usual
    pending = [f.name for f in fields(whole) if getattr(whole, f.name) != getattr(usual, f.name)]
    while (part := _fitting(name, good, whole, pending)) is not None:
        good = with_values(good, {(part,): getattr(whole, part)})
        pending.remove(part)
    lost = tuple(f"{name}.{part}: {_in_short(getattr(whole, part))}" for part in pending)
    return _GoodPart(good if good != usual else None, lost)


def _fitting(name: str, good: object, whole: object, pending: Sequence[str]) -> str | None:
    """The first value of `whole` that can be put into `good`."""
    for part in pending:
        more = with_values(good, {(part,): getattr(whole, part)})
        if _fault({name: more}) is None:
            return part
    return None


def _fault(values: Mapping[str, Any]) -> str | None:
    """The field for which a Request of these values is refused."""
    levels = values.get("levels")
    if isinstance(levels, Levels) and levels.sigmas:  # a list is one of so many steps
        values = {"steps": len(levels.sigmas) - 1, **values}
    try:
        Request(**values).check()
    except InvalidRequest as fault:
        return fault.field
    except (TypeError, ValueError, AttributeError):  # of another type than the field's
        return ""
    return None


def _sizes(
    values: dict[str, object], said: Mapping[str, str]
) -> tuple[dict[str, object], list[str]]:
    """Sides that cannot be rendered become the nearest that can; one that is no size takes the
    other with it.
    """
    sides = {
        name: value for name in ("width", "height") if isinstance(value := values.get(name), int)
    }
    if any(not 0 < side <= _FURTHEST for side in sides.values()):
        others = {name: value for name, value in values.items() if name not in ("width", "height")}
        return others, []
    near = {
        name: min(MAX_SIZE, max(MIN_SIZE, round(side / SIZE_STEP) * SIZE_STEP))
        for name, side in sides.items()
    }
    if near == sides:
        return values, []
    size = "x".join(str(side) for side in near.values())
    words = said.get("width") or f"Size: {'x'.join(str(side) for side in sides.values())}"
    note = (
        f"{words}, taken as {size}: sides are multiples of {SIZE_STEP} "
        f"from {MIN_SIZE} to {MAX_SIZE}"
    )
    return {**values, **near}, [note]


def _in_short(value: object) -> str:
    text = in_full(value) if isinstance(value, int | float) else str(value)
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]}..."
