"""What a wish for larger pictures takes, in words for its dialog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.service.stores import Stores
from core.service.upscaling.foretelling import UpscaleNeeds, upscale_needs
from core.service.upscaling.wishes import UpscaleWish
from core.system.errors import KnownError
from core.values.picture import Picture
from desktop.pictures.upscaling.dialog import Foretold
from desktop.widgets.figures import size_words, span_words, time_words
from desktop.widgets.i18n import tr


def foretold(
    stores: Stores,
    origins: Sequence[Picture | Path],
    wish: UpscaleWish,
    kind: str,
    available: int,
) -> Foretold:
    """Reads files: not for the GUI thread. What cannot be is said in the answer."""
    try:
        needs = upscale_needs(stores, origins, wish, kind, available)
    except KnownError as error:
        return Foretold(str(error), possible=False)
    return _in_words(needs)


def _in_words(needs: UpscaleNeeds) -> Foretold:
    width, height = needs.size
    size = tr("{width} x {height} pixels", width=width, height=height)
    if needs.count > 1:
        size = tr("{n} pictures, the first {size}", n=needs.count, size=size)
    parts = [size]
    if needs.seconds is not None:
        parts.append(tr("about {time}", time=span_words(needs.seconds.low, needs.seconds.high)))
    parts.append(tr("{bytes} of memory", bytes=size_words(needs.peak_bytes)))
    parts.append(tr("{bytes} on the disk", bytes=size_words(needs.disk_bytes)))
    words = " · ".join(parts)
    if needs.disk_bytes > needs.disk_free:
        free = size_words(needs.disk_free)
        more = tr("The disk has {free} free: make room, or choose a smaller size.", free=free)
        return Foretold(f"{words}. {more}", possible=False)
    if not needs.fits:
        free = size_words(needs.available_bytes)
        more = tr("Only {free} of memory are free: it may fail, or become slow.", free=free)
        return Foretold(f"{words}. {more}")
    why = ""
    if needs.seconds is not None and needs.seconds.loading:
        time_more = time_words(needs.seconds.loading)
        why = tr("Loading the model takes about {time} more.", time=time_more)
    return Foretold(words, why)
