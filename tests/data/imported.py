"""Pictures of another program, for the folder that later versions open."""

from __future__ import annotations

from pathlib import Path

from core.service.importing.copying import copy_folder
from core.service.importing.in_place import look_through
from core.service.importing.places import opened
from core.service.stores import Stores
from tests.core.service.importing.folders import infotext, png, write


def bring_in(stores: Stores, home: Path) -> None:
    """A watched folder of four pictures, of which one is rated and in an album, one was hidden by a
    person, and one is gone; a file there that is none; and one picture that was copied."""
    importing = opened(stores.database, stores.places, stores.thumbnails)
    there, copied = home / "drive" / "webui" / "outputs", home / "drive" / "card"
    for number, name in enumerate(("liked", "unwanted", "lost", "plain"), 1):
        text = "" if name == "plain" else infotext(100 + number, f"a barn on snow, {name}")
        write(there / f"{name}.png", png(number, text))
    write(there / "broken.png", b"no picture")
    write(copied / "kept.png", png(9, infotext(109, "a barn on snow, copied")))
    look_through(importing, there, lambda told: None)
    copy_folder(importing, copied, lambda told: None)
    gallery = stores.gallery
    (liked,), (unwanted,) = gallery.ids("barn liked"), gallery.ids("barn unwanted")
    gallery.set_rating([liked], 5)
    gallery.set_tags([liked], ["of before"])
    gallery.put_in_album(gallery.add_album("Brought in"), [liked, *gallery.ids("barn copied")])
    gallery.trash([unwanted])
    (there / "lost.png").unlink()
    look_through(importing, there, lambda told: None)
    assert len(gallery.ids("is:hidden")) == 2


def refused(stores: Stores) -> dict[str, str]:
    """By their names, why files of watched folders are no pictures, as it was noted."""
    importing = opened(stores.database, stores.places, stores.thumbnails)
    files = [file for folder in importing.folders.paths() for file in sorted(folder.iterdir())]
    said = {
        file.name: importing.refusals.reason(
            str(file), (state := file.stat()).st_size, state.st_mtime
        )
        for file in files
    }
    return {name: reason for name, reason in said.items() if reason}
