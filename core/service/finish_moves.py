"""A start after a move of models: it goes on where a kill cut it short,
and settings and cards name where the models are."""

from __future__ import annotations

import contextlib
from pathlib import Path

from core.models.library import registry
from core.models.library.moved import moving
from core.store.model_cards import Cards
from core.system import settings
from core.system.atomic_files import remove_partials
from core.system.errors import WorldError
from core.system.paths import Places, other_window_pid
from core.system.regular_files import resolved


def settled(where: Places) -> None:
    """Before the settings count: what a move had copied whole is put in place, and the settings
    name it. Quick; raises nothing."""
    models = _chosen(where)
    if moving(models):
        from core.models.fetch.move import finish_interrupted

        if (there := finish_interrupted(models)) != models:
            with contextlib.suppress(WorldError):  # then the note of the move goes on leading there
                _choose(where, there)


def tidy_models(where: Places, cards: Cards) -> None:
    """What killed processes left among the models goes; a move of theirs ends.

    Deletes files: not for the GUI thread. What the disk refuses is left for the next start.
    """
    registry.sweep(where.models)
    for folder in {where.root, where.models.parent}:  # where notes and lists are written
        remove_partials(folder)
    if other_window_pid(where.root) is not None:
        return  # which still has the old folder, and learns from the note that it was moved
    from core.models.library import external_folders

    linked = external_folders.linked_folders(where.models)
    if any(map(moving, (where.models, *linked, external_folders.hub_cache()))):
        from core.models.fetch.move import delete_leftovers

        def told(old: Path, new: Path) -> None:
            if resolved(_chosen(where)) == old:
                _choose(where, new)
            cards.folder_moved(str(old), str(new))

        delete_leftovers(where.models, told)


def models_moved(where: Places, cards: Cards, old: Path, new: Path) -> None:
    """Cards and settings name the new models folder. Raises WorldError where the disk refuses
    that; then they name the old one as before."""
    before = settings.load(where.settings)[0].models_folder
    cards.folder_moved(str(old), str(new))
    try:
        _choose(where, new)
    except BaseException:
        cards.folder_moved(str(new), str(old))
        with contextlib.suppress(WorldError):  # they may be written and only not be made to last
            settings.change(where.settings, models_folder=before)
        raise


def _chosen(where: Places) -> Path:
    chosen = settings.load(where.settings)[0].models_folder
    return Path(chosen) if chosen else where.root / "models"


def _choose(where: Places, new: Path) -> None:
    settings.change(where.settings, models_folder=str(new))
