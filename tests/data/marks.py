"""What a person says of pictures, for the folder that later versions open."""

from __future__ import annotations

from collections.abc import Sequence

from core.service.stores import Stores


def mark(stores: Stores, ids: Sequence[int]) -> None:
    """Ratings, tags, a note, an album by hand and one that is a saved search."""
    gallery = stores.gallery
    gallery.set_rating(ids[:2], 4)
    gallery.set_rating(ids[2:3], -1)
    gallery.set_tags(ids[1:4], ["Night sky", "雪"])
    gallery.set_note(ids[0], "grün, and mine")
    gallery.put_in_album(gallery.add_album("Mine"), ids[::2])
    gallery.add_album("The best", "rating:>=4 -is:favourite")
