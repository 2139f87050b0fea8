"""What is said of findings, and of what nobody measures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.system.errors import ModelMissing
from desktop.insight.wrong.card import CardWords
from desktop.insight.wrong.evidence_bar import BarFigures
from desktop.insight.wrong.judging import Looked
from desktop.insight.wrong.trial import Tried
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.trials import Changes, TriedPicture
    from core.values.insight.symptoms import Complaint, Evidence, Remedy, Symptom, Unit

MOST_WORDS = 12  # of a prompt that a finding names
LONGEST_VALUE = 24  # letters of a value in the name of a trial
LONGEST_TEXT = 240  # letters of a text that are shown of a change


def verdict(looked: Looked) -> tuple[str, str]:
    """How many symptoms there are, in a few words; and what more is to be said of that."""
    if looked.findings is None:
        return tr("The picture cannot be read"), str(looked.fault)
    symptoms, notes = looked.findings.symptoms, looked.findings.notes
    said: list[str] = []
    if symptoms:
        heading = tr("1 symptom") if len(symptoms) == 1 else tr("{n} symptoms", n=len(symptoms))
        if len(symptoms) > 1:
            said.append(tr("The gravest stands first."))
    elif not looked.is_measured:
        heading = tr("Not judged")
    else:
        heading = tr("No symptom")
        said.append(
            tr(
                "Nothing that is measured here is out of the ordinary. If something bothers you "
                "all the same, say below what it is."
            )
        )
    said += [tr_data(note) for note in notes]
    reason = why_not(looked)
    return heading, "\n".join((*said, reason) if reason else said)


def why_not(looked: Looked) -> str:
    """Why nothing can be tried on the picture; "" where something can."""
    if looked.why_not is None:
        return ""
    # not its remedy, which may be one of the command line
    words = tr("Nothing can be tried on it here: {why}", why=looked.why_not.message)
    if isinstance(looked.why_not, ModelMissing):
        words = f"{words} {tr('Add it in Models.')}"
    return words


# --- findings ---


def finding_cards(looked: Looked) -> tuple[CardWords, ...]:
    """Each finding, the gravest first."""
    if looked.findings is None:
        return ()
    return tuple(_finding(one, looked.tried) for one in looked.findings.symptoms)


def _finding(symptom: Symptom, picture: TriedPicture | None) -> CardWords:
    tried = _tried(symptom.remedy, picture, symptom.id)
    cause = tr_data(symptom.cause)
    if symptom.words:
        named = ", ".join(symptom.words[:MOST_WORDS])
        more = len(symptom.words) - MOST_WORDS
        if more > 0:
            named = tr("{words} and {n} more", words=named, n=more)
        cause = tr("{cause} It is about: {words}.", cause=cause, words=named)
    return CardWords(
        title=tr_data(symptom.title),
        tag=tr(
            "{judged}, sure to {n} %",
            judged=_judged_words(symptom),
            n=round(100 * symptom.confidence),
        ),
        cause=cause,
        remedy=tr_data(symptom.remedy.sentence),
        bars=tuple(_bar(one) for one in symptom.evidence),
        change="" if picture is None or tried is None else _change(picture, tried),
        tried=tried,
    )


def _judged_words(symptom: Symptom) -> str:
    from core.values.insight.symptoms import Judged

    return {
        Judged.PICTURE: tr("Seen in the picture"),
        Judged.RECIPE: tr("From its recipe"),
        Judged.BOTH: tr("Seen in the picture and its recipe"),
    }[symptom.judged]


def _bar(one: Evidence) -> BarFigures:
    low, high = (figure(value, one.unit) for value in one.usual)
    threshold = figure(one.threshold, one.unit)
    if one.is_below:
        words = tr("usual {low} to {high}, counts below {t}", low=low, high=high, t=threshold)
    else:
        words = tr("usual {low} to {high}, counts above {t}", low=low, high=high, t=threshold)
    return BarFigures(
        name=tr_data(one.measure),
        value=one.value,
        value_words=figure(one.value, one.unit),
        usual=one.usual,
        threshold=one.threshold,
        beyond=one.is_beyond,
        words=words,
    )


def figure(value: float, unit: Unit) -> str:
    """A figure as people read it: three digits."""
    from core.values.insight.symptoms import Unit

    if unit is Unit.SHARE:
        return tr("{n} %", n=f"{100 * value:.3g}")
    if unit is Unit.PIXELS:
        return tr("{n} pixels", n=f"{value:.3g}")
    return f"{value:.0f}" if unit is Unit.COUNT else f"{value:.3g}"


# --- what is tried ---


def _tried(remedy: Remedy, picture: TriedPicture | None, symptom: str) -> Tried | None:
    """None where a person has to do something else, or nothing would change."""
    if picture is None or not remedy.changes:
        return None
    changes = tuple((one.field, one.value) for one in remedy.changes)
    name = change_name(picture, changes)
    return Tried(name, changes, symptom) if name else None


def change_name(picture: TriedPicture, changes: Changes) -> str:
    """What the change sets, in a few words; "" where nothing is another thing than before."""
    return ", ".join(
        tr("another {what}", what=what) if is_long else tr("{what} {value}", what=what, value=after)
        for what, _, after, is_long in _told(picture, changes)
    )


def _change(picture: TriedPicture, tried: Tried) -> str:
    """The same with what was before, and texts as they are then; a line each."""
    lines: list[str] = []
    for what, before, after, is_long in _told(picture, tried.changes):
        if is_long:
            shown = after if len(after) <= LONGEST_TEXT else f"{after[:LONGEST_TEXT]}…"
            lines.append(tr("{what}: {text}", what=what, text=shown))
        else:
            lines.append(tr("{what} {before} → {after}", what=what, before=before, after=after))
    return "\n".join(lines)


def _told(picture: TriedPicture, changes: Changes) -> Iterator[tuple[str, str, str, bool]]:
    """Each parameter that changes, its values before and after, and whether they are long."""
    from core.service.insight.trials import what_changes

    for row in what_changes(picture, changes):
        before, after = (tr_data(value) if row.named else value for value in row.values)
        is_long = row.text or max(len(before), len(after)) > LONGEST_VALUE
        yield tr_data(row.label).lower(), before, after, is_long


# --- what nobody measures ---


def bother_names() -> dict[str, str]:
    """By id, in their order."""
    return {one.id: tr_data(one.title) for one in _complaints(None)}


def help_for(bother: str, looked: Looked) -> tuple[tuple[CardWords, ...], str]:
    """What of the help known for it can be tried, and all else as sentences."""
    picture = looked.tried
    complaint = next(one for one in _complaints(picture) if one.id == bother)
    tries = () if picture is None else complaint.tries  # of this recipe
    cards = tuple(_help(one, picture) for one in tries)
    said = [tr("Known to help, not measured:"), *map(tr_data, complaint.help)]
    if reason := why_not(looked):
        said.append(reason)
    return cards, "\n".join(said)


def _complaints(picture: TriedPicture | None) -> tuple[Complaint, ...]:
    from core.service.insight.symptoms.complaints import complaints
    from core.values.request import Request

    if picture is None:
        return complaints(Request(), None)
    return complaints(picture.request, picture.row)


def _help(remedy: Remedy, picture: TriedPicture | None) -> CardWords:
    tried = _tried(remedy, picture, "")
    return CardWords(
        title=tr_data(remedy.sentence),
        tag=tr("not measured"),
        change="" if picture is None or tried is None else _change(picture, tried),
        tried=tried,
    )


# --- as a table ---


def found_table(looked: Looked) -> FigureTable:
    """All findings with their figures; the recipe is that of the picture."""
    from core.metadata.a1111 import write
    from core.service.insight.figure_table import FigureTable
    from core.values.picture import Recipe

    symptoms = () if looked.findings is None else looked.findings.symptoms
    picture = looked.tried
    return FigureTable(
        name="what-went-wrong",
        caption=tr("{name}: {found}", name=looked.path.name, found=verdict(looked)[0]),
        scale=tr(
            "A symptom is named where its figures lie beyond their thresholds. Usual is where "
            "nine tenths of good pictures lie; shares are from 0 to 1."
        ),
        recipe="" if picture is None else write(Recipe(picture.request)),
        columns=("symptom", "figure", "unit", "value", "threshold", "usual from", "usual to"),
        rows=tuple(
            (
                str(symptom.id),
                one.measure,
                str(one.unit),
                one.value,
                one.threshold,
                *one.usual,
            )
            for symptom in symptoms
            for one in symptom.evidence
        ),
    )
