"""What can be done with pictures: copy, save, show."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from core.store.files import put_as
from core.store.gallery import Gallery
from core.system.errors import KnownError
from core.system.regular_files import display_name
from core.values.picture import Picture, Recipe
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar


class PictureActions(QObject):
    """One method a command."""

    def __init__(self, tasks: SerialTasks, notice: NoticeBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._notice = notice
        self._window = parent

    def copy(self, picture: Picture) -> None:
        """Pixels to the clipboard, without the recipe."""

        def show(image: QImage) -> None:
            QGuiApplication.clipboard().setImage(image)
            self._notice.say(tr("The picture was copied, without its recipe."))

        self._tasks.submit(lambda: read_image(picture.path), show)

    def copy_recipe(self, picture: Picture) -> None:
        """The recipe as text, in the form most programs read; not that of an imported picture whose
        file told none."""
        from core.metadata.a1111 import write as recipe_text

        if picture.origin is not None and not picture.origin.known:
            self._notice.say(tr("This picture has no recipe: its file tells none."))
            return
        recipe = Recipe(picture.request, model_name=picture.model_name)
        QGuiApplication.clipboard().setText(recipe_text(recipe))
        self._notice.say(tr("The recipe was copied as text."))

    def save(self, picture: Picture, *, with_recipe: bool) -> None:
        """Ask for a name and write a copy; nothing is overwritten."""
        title = tr("Save with recipe") if with_recipe else tr("Save without recipe")
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            title,
            Path(picture.path).name,
            "PNG (*.png);;WebP (*.webp);;JPEG (*.jpg *.jpeg);;AVIF (*.avif)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self._tasks.submit(
                lambda: _copy_to(Path(picture.path), Path(name), with_recipe),
                partial(self._saved, with_recipe),
            )

    def _saved(self, with_recipe: bool, path: Path) -> None:
        words = tr("Saved as {name}, with its recipe.", name=path.name)
        if not with_recipe:
            words = tr("Saved as {name}, without its recipe.", name=path.name)
        self._notice.say(words)

    def show_in_folder(self, picture: Picture) -> None:
        """Open the picture's folder in the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(picture.path).parent)))


def load_image(path: Path) -> QImage:
    """A picture file of any program. Not for the GUI thread. Raises KnownError where it cannot be
    read."""
    from core.metadata.reading import decode_seen, open_image

    with open_image(path) as image:
        width, height, data, clear = decode_seen(image, display_name(path))
    kind = QImage.Format.Format_RGBA8888 if clear else QImage.Format.Format_RGB888
    line = width * (4 if clear else 3)  # bytes
    # a copy, since Qt does not keep the bytes alive
    return QImage(data, width, height, line, kind).copy()


def read_image(path: str) -> QImage:
    """A picture's file as an image, a null one where that fails; Qt's own readers have other
    limits. Not for the GUI thread."""
    with contextlib.suppress(KnownError):
        return load_image(Path(path))
    return QImage()


def why_unread(gallery: Gallery, path: str) -> str:
    """What is said of a picture whose file could not be read: that its drive is away, or else that
    the file is. Not for the GUI thread. Raises WorldError where the database cannot be read."""
    from core.service.importing.presence import folder_away

    folder = folder_away(path, gallery.watched.paths())
    if folder is None:
        return tr("The file of this picture is missing or damaged: {path}", path=path)
    return tr(
        "The drive or folder of this picture is not there now: {folder}. Connect it, and the "
        "picture is seen again.",
        folder=folder,
    )


def _copy_to(source: Path, target: Path, with_recipe: bool) -> Path:
    from core.metadata.writing import kind_of
    from core.service.exporting.choices import Along, ExportChoices, FileKind
    from core.service.exporting.picture_file import exported_file

    kind = FileKind(kind_of(target) or FileKind.SAME)
    along = Along.RECIPE if with_recipe else Along.NOTHING
    file = exported_file(source, ExportChoices(kind=kind, along=along))
    return put_as(target, file.data, file.suffix)
