"""What is said of watched folders in the side list: that one is away, or how far it is read."""

from __future__ import annotations

from pathlib import Path

from desktop.gallery.albums.rows import ShownFolder
from desktop.pictures.importing.imports import Imports
from desktop.pictures.importing.progress import folder_name
from desktop.widgets.i18n import tr


def noted_folders(imports: Imports) -> list[ShownFolder]:
    """All that are watched now."""
    return [ShownFolder(folder.path, _note(imports, folder.path)) for folder in imports.folders]


def _note(imports: Imports, folder: Path) -> str:
    progress = imports.progress
    if imports.presence.is_folder_away(folder):
        return tr("away")
    if progress is None or progress.quiet or not progress.total:
        return ""
    if progress.name != folder_name(folder):
        return ""
    return tr("{n} of {all}", n=f"{progress.done:,}", all=f"{progress.total:,}")
