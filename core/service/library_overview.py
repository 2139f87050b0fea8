"""Everything in the library as the Models room shows it: with its card, whether it fits this
machine, and words to search by."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.models.files.families import FAMILIES
from core.models.library.model_entry import ModelEntry
from core.service.stores import Stores
from core.store.model_cards import Card
from core.values.device import Fits, MemoryMode
from core.values.model import ModelKind, ModelState

KINDS = tuple(kind for kind in ModelKind if kind != ModelKind.UNKNOWN)
ORDERS = ("name", "used", "size", "rating")
MOST_ALIKE = 60  # models of exactly one size that are compared


@dataclass(frozen=True, slots=True)
class LibraryItem:
    """`words` is what a search sees."""

    entry: ModelEntry
    card: Card
    fits: Fits = Fits.UNKNOWN
    words: str = ""

    @property
    def family_label(self) -> str:
        """For people; "" where the family is not known."""
        row = FAMILIES.get(self.entry.family)
        return row.label if row else ""

    @property
    def usable(self) -> bool:
        """Whether it can be used at all."""
        return self.entry.ready

    @property
    def waiting(self) -> bool:
        """Whether nothing is wrong with it, but this version has no use for its kind."""
        return self.entry.state is ModelState.WAITING


def library_items(
    stores: Stores, kind: str = "cpu", available: int = 0, weights: str = "full"
) -> tuple[LibraryItem, ...]:
    """All models, then LoRAs, VAEs and what else there is; `available` bytes on a device of this
    kind (0: unknown), where weights are kept in full or in eight bits.

    Reads the disk: not for the GUI thread. Raises WorldError where the database cannot be read.
    """
    stores.library.refresh()
    entries = (*stores.library.entries(), *stores.library.extras())
    _find_again(stores, entries)
    cards = stores.cards.all()
    fits = _fits(kind, available, eight=weights == "8bit")
    return tuple(_item(entry, cards.get(entry.path) or Card(entry.path), fits) for entry in entries)


def _find_again(stores: Stores, entries: Iterable[ModelEntry]) -> None:
    """A model whose file went and turned up elsewhere keeps its card: notes,
    rating, licence, defaults."""
    here = {entry.path: entry for entry in entries}
    cards = stores.cards.all()
    lost = {
        card.fingerprint: path
        for path, card in cards.items()
        if card.fingerprint and path not in here and not os.path.exists(path)
    }
    if not lost:
        return
    for path, entry in here.items():
        if path not in cards and entry.ready and (old := lost.pop(_hash_of(path), None)):
            stores.cards.moved(old, path)


def _item(entry: ModelEntry, card: Card, fits: dict[str, Fits]) -> LibraryItem:
    row = FAMILIES.get(entry.family)
    fits_here = Fits.UNKNOWN
    if entry.kind == ModelKind.CHECKPOINT and entry.ready:
        fits_here = fits.get(entry.family, Fits.UNKNOWN)
    words = " ".join(
        (
            entry.name,
            entry.family,
            row.label if row else "",
            entry.kind,
            "model" if entry.kind == ModelKind.CHECKPOINT else "",
            entry.source,
            entry.distilled,
            " ".join(card.tags),
            card.notes,
            entry.license,
            *entry.words.values(),
        )
    )
    return LibraryItem(entry, card, fits_here, words.lower())


def with_card(item: LibraryItem, card: Card) -> LibraryItem:
    """The item with what a person just noted."""
    return replace(_item(item.entry, card, {}), fits=item.fits)


def _fits(kind: str, available: int, *, eight: bool) -> dict[str, Fits]:
    """By family, at its own size."""
    from core.models.fetch.catalog import NEEDS
    from core.models.files.fit import fit

    if available <= 0:
        return {}
    fits = {"starter": Fits.YES}
    modes = MemoryMode.on(kind)
    half = kind != "cpu"
    for family, needs in NEEDS.items():
        width, height = FAMILIES[family].sizes[0]
        predicted = fit(needs, width, height, available, modes, half=half, eight=eight)
        if predicted.fits:
            fits[family] = Fits.YES if predicted.mode is MemoryMode.RESIDENT else Fits.SLOW
        elif fit(needs, width, height, available, modes, half=half, eight=True).fits:
            fits[family] = Fits.EIGHT_BIT
        else:
            fits[family] = Fits.NO
    return fits


def filtered(
    all_of_them: Iterable[LibraryItem],
    text: str = "",
    kind: ModelKind | None = None,
    order: str = "name",
) -> list[LibraryItem]:
    """Those that hold every word of `text`, of one kind (None: all), in an order of `ORDERS`; the
    built-in starter comes first."""
    words = text.lower().split()
    shown = [
        item
        for item in all_of_them
        if (kind is None or item.entry.kind == kind) and all(word in item.words for word in words)
    ]
    shown.sort(key=lambda item: _place(item, order))
    return shown


def _place(item: LibraryItem, order: str) -> tuple[float, int, str]:
    """Where it stands in an order; equal ones by name."""
    name = item.entry.name.lower()
    if order == "used":
        return -item.card.used, 0, name
    if order == "size":
        return -item.entry.bytes, 0, name
    if order == "rating":
        return -item.card.rating, 0, name
    return float(item.entry.source != "built in"), KINDS.index(item.entry.kind), name


def duplicates(item: LibraryItem, all_of_them: Iterable[LibraryItem]) -> list[str]:
    """Paths of the others with the same weights (by size, then fingerprint);
    reads a little of each of the same size."""
    alike = [
        other.entry.path
        for other in all_of_them
        if other.usable
        and other.entry.path != item.entry.path
        and other.entry.bytes == item.entry.bytes > 0
    ][:MOST_ALIKE]
    if not alike:
        return []
    own = _hash_of(item.entry.path)
    return [path for path in alike if own and _hash_of(path) == own]


def _hash_of(path: str) -> str:
    """ "" for a file that went away meanwhile."""
    from core.models.library.fingerprint import content_hash

    try:
        return content_hash(path)
    except OSError:
        return ""
