"""What went wrong with a picture: what is seen in it, and what of that its recipe explains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.metadata.reading import decode_pixels, open_image
from core.metadata.recipes import read_file
from core.models.library.library import Library
from core.service.insight.symptoms.by_eye import seen
from core.service.insight.symptoms.making import Making, making_of
from core.service.insight.symptoms.measures.measured import LEAST_SIDE, measured
from core.service.insight.symptoms.remedies import with_changes
from core.service.insight.symptoms.settings import Case, explained
from core.service.insight.symptoms.vae_likeness import vae_likeness
from core.service.insight.symptoms.words import word_symptoms, words_of
from core.system.regular_files import display_name
from core.values.insight.symptoms import Findings, Symptom
from core.values.picture import Pixels

NO_RECIPE = "The picture carries no recipe: only what can be seen in it was judged."
NO_MODEL = "Its model is not here: how it reads the words, and what its own VAE is, was not judged."
ENLARGED = "It was only made larger: what would help is tried on the picture it was made from."
TOO_SMALL = f"Pictures below {LEAST_SIDE} pixels are too small to be judged."


def judged_file(path: Path, library: Library, *, with_recipe: bool = True) -> Findings:
    """Of a picture file of whatever program; `with_recipe` False looks at its pixels alone. Reads
    whole files: not for the GUI thread. Raises WorldError where it is no readable picture."""
    with open_image(path) as image:
        pixels = decode_pixels(image, display_name(path))
    making = making_of(read_file(path), library) if with_recipe else None
    return judged(pixels, making, library)


def judged(pixels: Pixels, making: Making | None, library: Library) -> Findings:
    """Of pixels and what is known of their making. Some 0.1 s at 512 pixels, not for the GUI
    thread."""
    notes: list[str] = [] if making is not None else [NO_RECIPE]
    found = measured(pixels)
    if found is None:
        return Findings(notes=(TOO_SMALL, *notes))
    if making is None:
        return Findings(seen(found), tuple(notes))
    visible = seen(found, making.largest_area, is_composed=making.is_composed_at_once)
    making = replace(making, vae_likeness=_likeness(making, library))
    explanations = explained(Case(making, found, visible))
    taken = frozenset(kind for one in explanations for kind in one.explains)
    causes = [one.symptom for one in explanations]
    left = [with_changes(one, making) for one in visible if one.id not in taken]
    if making.entry is None:
        notes.append(NO_MODEL)
    found_all = (*causes, *left, *_of_words(making, library))
    if making.request.upscale.only_enlarges:  # of whose request nothing else is made
        notes.append(ENLARGED)
        found_all = tuple(replace(one, remedy=replace(one.remedy, changes=())) for one in found_all)
    return Findings(found_all, tuple(notes))


def _likeness(making: Making, library: Library) -> float | None:
    if making.entry is None or not making.request.vae:
        return None
    return vae_likeness(library, making.entry, making.request.vae)


def _of_words(making: Making, library: Library) -> tuple[Symptom, ...]:
    if making.entry is None or not making.says("prompt"):
        return ()
    read = words_of(library, making.entry, making.request)
    if read is None:
        return ()
    return tuple(word_symptoms(making.entry, making.request, read))
