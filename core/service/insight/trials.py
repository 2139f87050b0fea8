"""What can be tried on a picture: its own recipe with a change, at its seed or at others too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.metadata.reading import decode_pixels, open_image
from core.models.files.families import Family
from core.service.again.recreate import again
from core.service.again.unlike import Unlike, told_by, unlike
from core.service.insight.recorded import check_has_steps
from core.service.insight.symptoms.complaints import other_seeds
from core.service.stores import Stores
from core.service.sweeps.cells import Variation
from core.system.regular_files import display_name
from core.values.declared.limits import MAX_SEED
from core.values.picture import Recipe
from core.values.resolved_request import ResolvedRequest

Changes = tuple[tuple[str, object], ...]  # fields of a request by their names, and new values


@dataclass(frozen=True, slots=True)
class TriedPicture:
    """A picture whose recipe can be made here; `row` is the family of its model, with what LoRAs
    of few steps want. `parent` is the SHA-256 of its pixels; where its
    recipe is not `ours`, what is made of it differs from the picture by another program's
    arithmetic too."""

    path: Path
    request: ResolvedRequest
    row: Family
    parent: str
    ours: bool


def tried_picture(stores: Stores, path: Path) -> TriedPicture:
    """Of a picture's file. Reads whole files: not for the GUI thread. Raises as `again`, and
    WorldError for a picture that was only made larger: no change would change it."""
    asked = again(stores, path)
    check_has_steps(asked)
    with open_image(path) as image:
        parent = decode_pixels(image, display_name(path)).sha256
    row = stores.library.family_row_for(asked.entry, tuple(one.id for one in asked.request.loras))
    return TriedPicture(path, asked.request, row, parent, asked.parsed.recipe is not None)


def with_change(changes: Sequence[tuple[str, object]]) -> Changes:
    """The fields that a change of a picture's request sets: words that are another text now were
    drawn from no template."""
    values = dict(changes)
    if "prompt" in values:
        values.setdefault("template", "")
    if "negative_prompt" in values:
        values.setdefault("negative_template", "")
    return tuple(values.items())


def at_other_seeds(
    picture: TriedPicture, changes: Sequence[tuple[str, object]]
) -> tuple[Variation, ...]:
    """The change at the picture's own seed and at the next three, each of those after the recipe
    as it was at that seed: seven pictures, of which the second and third, fourth and fifth, sixth
    and seventh are pairs, and the first one's pair is the picture itself."""
    own, changed = picture.request.seed, with_change(changes)
    found = [Variation(str(own), changed)]
    for number in other_seeds(own):
        seed = number % (MAX_SEED + 1)
        found.append(Variation(str(seed), (("seed", seed),)))
        found.append(Variation(str(seed), (*changed, ("seed", seed))))
    return tuple(found)


def what_changes(
    picture: TriedPicture, changes: Sequence[tuple[str, object]]
) -> tuple[Unlike, ...]:
    """The parameters that a change gives another value, before and after."""
    before = picture.request
    values: dict[str, Any] = dict(with_change(changes))
    after = replace(before, **values)
    return unlike([told_by(Recipe(one)) for one in (before, after)])
