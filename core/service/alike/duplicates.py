"""Groups of pictures outside the trash that are the same: pixel for pixel, or nearly so, as copies
of another size, quality or edge are, and their mirror images."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.store.finding.sql_parts import is_here
from core.store.gallery import Gallery
from core.store.likeness.picture_hash import BITS, distance
from core.values.picture import Picture

NEARLY = 6  # bits of 63: copies of another size or quality have up to 4, other pictures 10 and more
_BAND = 16  # bits; of 4 bands one differs in at most one bit where all differ in at most 7
_MASK = (1 << _BAND) - 1
_FLIPS = (0, *(1 << bit for bit in range(_BAND)))
_LOOKS_EVERY = 500  # pictures between two looks whether anybody still wants it
_EXACT = (
    "SELECT sha256, id FROM gallery.pictures WHERE trashed IS NULL AND sha256 != '' AND sha256 IN "
    "(SELECT sha256 FROM gallery.pictures WHERE trashed IS NULL GROUP BY sha256 "
    "HAVING count(*) > 1) ORDER BY id DESC"
)
_HASHED = (
    "SELECT id, phash, mirrored FROM facts WHERE phash IS NOT NULL AND phash != 0 "
    f"AND {is_here('id')} ORDER BY place"
)


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Two or more pictures, the best first; `exact` where all have the same pixels."""

    pictures: tuple[Picture, ...]
    exact: bool


def duplicates(
    gallery: Gallery,
    *,
    near: bool,
    wanted: Callable[[], bool] = lambda: True,
) -> tuple[DuplicateGroup, ...]:
    """All groups, that of the newest picture first; none where it is not `wanted` any more. With
    `near` those too that only look alike, as far as they were looked at (`Likeness.fill`). Not for
    the GUI thread. Raises WorldError where the database cannot be read."""
    groups = gallery.index.asked(_same_pixels)
    if near:
        hashed = gallery.index.asked(_hashed)
        groups = _joined(groups, nearly_same(hashed, wanted))
    found: list[DuplicateGroup] = []
    for ids in sorted(groups, key=max, reverse=True):
        if not wanted():
            return ()
        pictures = [picture for picture in gallery.page(ids) if picture.trashed is None]
        if len(pictures) > 1:
            exact = len({picture.sha256 or picture.id for picture in pictures}) == 1
            found.append(DuplicateGroup(best_first(pictures), exact))
    return tuple(found)


def best_first(pictures: Iterable[Picture]) -> tuple[Picture, ...]:
    """The one that a person would keep first: rated highest, a favourite, the largest, made here,
    the oldest."""

    def worth(picture: Picture) -> tuple[float, ...]:
        return (
            picture.rating,
            picture.favourite,
            picture.width * picture.height,
            picture.origin is None,
            -picture.created,
        )

    return tuple(sorted(pictures, key=worth, reverse=True))


def nearly_same(
    hashed: Sequence[tuple[int, int, int]], wanted: Callable[[], bool] = lambda: True
) -> list[list[int]]:
    """Groups of ids out of (id, number, number of the mirror image): each, or its mirror image,
    differs from the first of a group in at most NEARLY bits. None where it is not `wanted` any
    more."""
    bands: list[dict[int, list[tuple[int, list[int]]]]] = [{} for _ in range(-(-BITS // _BAND))]
    groups: list[list[int]] = []
    for at, (picture_id, number, mirrored) in enumerate(hashed):
        if at % _LOOKS_EVERY == 0 and not wanted():
            return []
        group = _group_of(bands, number) or _group_of(bands, mirrored)
        if group is not None:
            group.append(picture_id)
            continue
        group = [picture_id]
        groups.append(group)
        for place, band in enumerate(bands):
            band.setdefault(number >> _BAND * place & _MASK, []).append((number, group))
    return [group for group in groups if len(group) > 1]


def _group_of(
    bands: Sequence[dict[int, list[tuple[int, list[int]]]]], number: int
) -> list[int] | None:
    near = (group for first, group in _near(bands, number) if _is_near(first, number))
    return next(near, None)


def _near(
    bands: Sequence[dict[int, list[tuple[int, list[int]]]]], number: int
) -> Iterator[tuple[int, list[int]]]:
    """The groups of which one band is nearly that of the number; some of them several times."""
    for place, band in enumerate(bands):
        own = number >> _BAND * place & _MASK
        for flip in _FLIPS:
            yield from band.get(own ^ flip, ())


def _is_near(one: int, other: int) -> bool:
    return distance(one, other) <= NEARLY


def _hashed(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    return [tuple(row) for row in db.execute(_HASHED)]


def _same_pixels(db: sqlite3.Connection) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for sha256, picture_id in db.execute(_EXACT):
        groups.setdefault(sha256, []).append(picture_id)
    return list(groups.values())


def _joined(groups: list[list[int]], more: Iterable[list[int]]) -> list[list[int]]:
    """Those that share a picture made one."""
    of: dict[int, list[int]] = {}
    for group in (*groups, *more):
        whole: dict[int, None] = dict.fromkeys(group)
        for picture_id in group:
            whole |= dict.fromkeys(of.get(picture_id, ()))
        merged = list(whole)
        of |= dict.fromkeys(merged, merged)
    return list({id(group): group for group in of.values()}.values())
