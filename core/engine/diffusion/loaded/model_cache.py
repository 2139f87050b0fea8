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
from core.engine.diffusion.families.generic import GenericPipeline
from core.engine.diffusion.families.model import Model
from core.engine.diffusion.families.source import weight_bytes
from core.engine.diffusion.loaded.known_texts import KnownTexts
from core.engine.diffusion.loaded.memory_modes import (
    CPU,
    ModeSettings,
    Offloader,
    all_parts,
    release_memory,
)
from core.engine.diffusion.parts.device import ComputeDevice

SPARE = 0.2  # of the machine's memory that stays free for everything else


class ModelCache:
    """`acquire` gives a model set up for a mode; switching back to an earlier one costs no
    disk read while it is kept. `texts`: those of the models in memory."""

    def __init__(self, compute: ComputeDevice) -> None:
        self._compute = compute
        self._kept: OrderedDict[str, Model | GenericPipeline] = OrderedDict()
        self._used: str | None = None
        self._offloader: Offloader | None = None
        self.texts = KnownTexts()

    def acquire(
        self, path: str, mode: ModeSettings, loading: Callable[[], None], vae: str = ""
    ) -> tuple[Model | GenericPipeline, Offloader]:
        """The model of `path`, decoding with the autoencoder at `vae` ("":
        its own), and its offloader.

        `loading` hears at the start and after each part that is read. Raises ModelMissing where
        model or autoencoder cannot be used, InvalidRequest where the model takes no other one.
        """
        offloader = self._offloader
        if offloader is not None and self._used == path and offloader.mode == mode:
            model = self._kept[path]
            if model.vae_path == vae:
                return model, offloader
        self._put_back(path)
        model = self._kept.get(path)
        if model is None:
            loading()
            self._make_room(weight_bytes(Path(path)))
            build = replace(self._compute, device=CPU) if mode.offload else self._compute
            model = rows.load(path, build, loading)
            model.compute = self._compute
        self._kept[path] = model
        self._kept.move_to_end(path)
        model.use_vae(vae)
        self._offloader = Offloader(model, mode)
        self._used = path
        return model, self._offloader

    def current(self) -> Model | GenericPipeline:
        """The model borrowed last."""
        assert self._used is not None
        return self._kept[self._used]

    @property
    def alone(self) -> bool:
        """Whether the model in use is the only one in memory."""
        return len(self._kept) == 1

    def offloader(self) -> Offloader:
        """Its offloader."""
        assert self._offloader is not None
        return self._offloader

    def _put_back(self, wanted: str) -> None:
        """The model in use leaves the device, unless it is wanted again in another mode."""
        if self._offloader is not None:
            self._offloader.undo()
        self._offloader = None
        if self._used is not None and self._used != wanted and self._compute.device.type != "cpu":
            model = self._kept[self._used]
            for part in all_parts(model):
                part.to(CPU)
            release_memory(self._compute.device)
        self._used = None

    def _make_room(self, needed: int) -> None:
        """Forget the models longest unused until one of `needed` bytes fits into RAM."""
        least = needed * 1.5 + SPARE * psutil.virtual_memory().total
        while self._kept and psutil.virtual_memory().available < least:
            path, _ = self._kept.popitem(last=False)
            self.texts.forget(path)
            release_memory(self._compute.device)

    def evict(self, path: str) -> None:
        """Forget one model."""
        if path == self._used:
            self._put_back("")
        self.texts.forget(path)
        if self._kept.pop(path, None) is not None:
            release_memory(self._compute.device)

    @property
    def loaded_paths(self) -> tuple[str, ...]:
        """The paths of the models in memory."""
        return tuple(self._kept)

    def clear(self) -> None:
        """Drop everything, as after a failed allocation."""
        if self._offloader is not None:
            with contextlib.suppress(RuntimeError):
                self._offloader.undo()
        self._offloader = None
        self._used = None
        self._kept.clear()
        self.texts.clear()
        release_memory(self._compute.device)
