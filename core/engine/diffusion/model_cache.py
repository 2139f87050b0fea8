"""Models in memory: the one in use with its way of making do, and earlier ones kept
in RAM as far as they fit."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil

from core.engine.diffusion.families import rows
from core.engine.diffusion.families.generic import Generic
from core.engine.diffusion.families.model import Model
from core.engine.diffusion.memory_modes import CPU, Mode, Steward, all_parts, release
from core.engine.diffusion.parts.device import Place

SPARE = 0.2  # of the machine's memory that stays free for everything else


class Shelf:
    """`borrow` gives a model set up for a mode; switching back to an earlier one costs no
    disk read while it is kept."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._kept: OrderedDict[str, Model | Generic] = OrderedDict()
        self._used: str | None = None
        self._steward: Steward | None = None

    def borrow(
        self, path: str, mode: Mode, loading: Callable[[], None], vae: str = ""
    ) -> tuple[Model | Generic, Steward]:
        """The model of `path`, decoding with the autoencoder at `vae` ("":
        its own), and its steward.

        `loading` hears at the start and after each part that is read. Raises ModelMissing where
        model or autoencoder cannot be used, InvalidRequest where the model takes no other one.
        """
        steward = self._steward
        if steward is not None and self._used == path and steward.mode == mode:
            model = self._kept[path]
            if model.vae_path == vae:
                return model, steward
        self._put_back(path)
        model = self._kept.get(path)
        if model is None:
            loading()
            self._make_room(_bytes_of(path))
            build = replace(self._place, device=CPU) if mode.offload else self._place
            model = rows.load(path, build, loading)
            model.place = self._place
        self._kept[path] = model
        self._kept.move_to_end(path)
        model.use_vae(vae)
        self._steward = Steward(model, mode)
        self._used = path
        return model, self._steward

    def current(self) -> Model | Generic:
        """The model borrowed last."""
        assert self._used is not None
        return self._kept[self._used]

    @property
    def alone(self) -> bool:
        """Whether the model in use is the only one in memory."""
        return len(self._kept) == 1

    def steward(self) -> Steward:
        """Its steward."""
        assert self._steward is not None
        return self._steward

    def _put_back(self, wanted: str) -> None:
        """The model in use leaves the device, unless it is wanted again in another mode."""
        if self._steward is not None:
            self._steward.dismiss()
        self._steward = None
        if self._used is not None and self._used != wanted and self._place.device.type != "cpu":
            model = self._kept[self._used]
            for part in all_parts(model):
                part.to(CPU)
            release(self._place.device)
        self._used = None

    def _make_room(self, needed: int) -> None:
        """Forget the models longest unused until one of `needed` bytes fits into RAM."""
        least = needed * 1.5 + SPARE * psutil.virtual_memory().total
        while self._kept and psutil.virtual_memory().available < least:
            self._kept.popitem(last=False)
            release(self._place.device)

    def drop(self, path: str) -> None:
        """Forget one model."""
        if path == self._used:
            self._put_back("")
        if self._kept.pop(path, None) is not None:
            release(self._place.device)

    @property
    def kept(self) -> tuple[str, ...]:
        """The paths of the models in memory."""
        return tuple(self._kept)

    def forget(self) -> None:
        """Drop everything, as after a failed allocation."""
        if self._steward is not None:
            with contextlib.suppress(RuntimeError):
                self._steward.dismiss()
        self._steward = None
        self._used = None
        self._kept.clear()
        release(self._place.device)


def _bytes_of(path: str) -> int:
    where = Path(path)
    if where.is_file():
        return where.stat().st_size
    return sum(file.stat().st_size for file in where.rglob("*.safetensors"))
