"""What `calotype explain` says went wrong with a picture."""

from __future__ import annotations

from pathlib import Path

from core.system.errors import KnownError
from core.system.json import to_plain
from core.values.insight.symptoms import Evidence, Findings, Symptom, Unit


def symptoms_as_json(found: Findings) -> dict[str, object]:
    """`symptoms`, the gravest first, each with its figures and what a request would change, by its
    fields; `symptom_notes` are sentences on what was not judged."""
    return {
        "symptoms": [_plain(symptom) for symptom in found.symptoms],
        "symptom_notes": list(found.notes),
    }


def _plain(symptom: Symptom) -> dict[str, object]:
    changes = {change.field: to_plain(change.value) for change in symptom.remedy.changes}
    told: dict[str, object] = to_plain(symptom)
    return told | {"remedy": {"sentence": symptom.remedy.sentence, "changes": changes}}


def symptoms_as_lines(found: Findings) -> list[str]:
    """The same for a person."""
    if not found.symptoms:
        lines = ["  no symptom"]
    else:
        lines = [line for symptom in found.symptoms for line in _lines(symptom)]
    return [*lines, *(f"  {note}" for note in found.notes)]


def _lines(symptom: Symptom) -> list[str]:
    words = f" ({', '.join(symptom.words)})" if symptom.words else ""
    lines = [f"  {symptom.title}{words}: {symptom.cause}"]
    lines += (f"    {_figure(one)}" for one in symptom.evidence)
    changes = ", ".join(f"{one.field} {to_plain(one.value)}" for one in symptom.remedy.changes)
    lines.append(f"    {symptom.remedy.sentence}" + (f" ({changes})" if changes else ""))
    return lines


def _figure(one: Evidence) -> str:
    beyond = "below" if one.is_below else "above"
    low, high = one.usual
    usual = f"usual {_number(low, one.unit)} to {_number(high, one.unit)}"
    threshold = _number(one.threshold, one.unit)
    return f"{one.measure}: {_number(one.value, one.unit)}, {beyond} {threshold}; {usual}"


def _number(value: float, unit: Unit) -> str:
    return f"{value:.1%}" if unit is Unit.SHARE else f"{value:.3g}"


def of_unmade(path: Path, fault: KnownError, found: Findings) -> tuple[dict[str, object], str]:
    """As JSON and for a person, of a picture that cannot be made again: why, and its symptoms."""
    told: dict[str, object] = {
        "identical": False,
        "reasons": [str(fault)],
        "steps": [],
        "became_visible": None,
        "guidance": [],
        "guidance_settled": None,
        "own_saturation": None,
    }
    text = "\n".join((f"{path}: cannot be made again", f"  {fault}", *symptoms_as_lines(found)))
    return told | symptoms_as_json(found), text
