"""Everything the program does that changes data, one by one; some of it also on a disk without
links and over two disks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.system import settings
from core.system.paths import places
from tests.soak.disk import (
    document_actions,
    lesson_actions,
    model_actions,
    prompt_actions,
    recording_actions,
    source_actions,
    store_actions,
    word_actions,
)
from tests.soak.disk.action import Action, apart_of
from tests.soak.disk.gallery import (
    export_actions,
    import_actions,
    mark_actions,
    sweep_actions,
)

WITHOUT_LINKS = ("make", "start from a picture", "trash", "restore", "copy in", "remove model")
ON_TWO_DISKS = ("make", "trash", "restore", "move models")


def all_actions() -> dict[str, Action]:
    """By their names."""
    deeds = (
        *store_actions.actions(),
        *source_actions.actions(),
        *sweep_actions.actions(),
        *document_actions.actions(),
        *export_actions.actions(),
        *import_actions.actions(),
        *lesson_actions.actions(),
        *mark_actions.actions(),
        *model_actions.actions(),
        *prompt_actions.actions(),
        *recording_actions.actions(),
        *word_actions.actions(),
    )
    plain = {one.name: one for one in deeds}
    refused = [
        replace(plain[name], name=f"{name} (no links)", refused=True) for name in WITHOUT_LINKS
    ]
    return plain | {
        one.name: one for one in (*refused, *(_on_two_disks(plain[name]) for name in ON_TWO_DISKS))
    }


def _on_two_disks(action: Action) -> Action:
    """The same with the pictures on the other disk, or with the models moved there."""

    def prepare(root: Path) -> None:
        if action.name != "move models":
            settings.save(
                places(root).create().settings,
                settings.Settings(pictures_folder=str(apart_of(root) / "pictures")),
            )
        action.prepare(root)

    return replace(action, name=f"{action.name} (two disks)", prepare=prepare, apart=True)
