"""Whose networks a picture was made by, as its fingerprint says, and what follows from that."""

from __future__ import annotations

from core.models.files.families import FAMILIES
from core.values.picture import Recipe

# Of the networks here; raised with a change after which pictures come out otherwise.
NETWORKS = "2"


def other_networks(recipe: Recipe) -> str:
    """A sentence where a picture's networks were not those of this version; "" where they were, and
    where nothing is known of them."""
    known = dict(recipe.fingerprint)
    number = known.get("networks", "")
    family = FAMILIES.get(recipe.family)
    if number == NETWORKS or (family is not None and family.pipeline):
        return ""
    if number:
        return f"It was made by networks number {number}; by this version's it may differ slightly."
    if "diffusers" not in known:
        return ""
    version = known["diffusers"][:20]
    return (
        f"It was made by the networks of diffusers {version}; by this version's own it may differ "
        "slightly."
    )
