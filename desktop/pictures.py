"""What can be done with pictures: reuse, favourite, copy, save, show. A part of the window, free of its layout."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import KnownError
from core.metadata import encode, kind_of, read_file
from core.metadata.a1111 import write as recipe_text
from core.metadata.reading import Understood, decode_rgb, decode_seen, open_image, shown
from core.picture import Picture, Pixels, Recipe
from core.runner import Stores
from core.store.files import put_as
from core.taking import taken
from desktop.backstage import Backstage
from desktop.draft import Draft
from desktop.notices import NoticeBar
from desktop.recipes import Recipes
from desktop.strings import tr

Changed = Callable[[], None]


class PictureActions(QObject):
    """`changed` is called after the gallery's rows changed."""

    def __init__(self, stores: Stores, draft: Draft, recipes: Recipes, backstage: Backstage, notice: NoticeBar, changed: Changed,
                 parent: QWidget) -> None:
        super().__init__(parent)
        self._stores, self._draft, self._recipes = stores, draft, recipes
        self._backstage, self._notice, self._changed = backstage, notice, changed
        self._window = parent

    def reuse(self, picture: Picture, *names: str) -> None:
        """Take a picture's recipe into the form, with its model; or only the fields named. With Undo."""
        if not names:
            self._recipes.reuse(picture)
            return
        self._draft.take_over(picture.request, *names)
        words = tr("The seed was taken over.") if names == ("seed",) else tr("The prompt was taken over.")
        self._notice.say(words, label=tr("Undo"), act=self._draft.undoer(), topic="form")

    def favourite(self, pictures: Sequence[Picture]) -> None:
        """Mark all, or unmark them where all are marked."""
        on = not all(picture.favourite for picture in pictures)
        ids = [picture.id for picture in pictures]
        self._backstage.do(lambda: self._stores.gallery.set_favourite(ids, on), lambda _: self._changed())

    def copy(self, picture: Picture) -> None:
        """Pixels to the clipboard, without the recipe."""
        def show(image: QImage) -> None:
            QGuiApplication.clipboard().setImage(image)
            self._notice.say(tr("The picture was copied, without its recipe."))
        self._backstage.do(lambda: read_image(picture.path), show)

    def copy_recipe(self, picture: Picture) -> None:
        """The recipe as text, in the form most programs read."""
        recipe = Recipe(picture.request, model_name=picture.model_name)
        QGuiApplication.clipboard().setText(recipe_text(recipe))
        self._notice.say(tr("The recipe was copied as text."))

    def save(self, picture: Picture, *, with_recipe: bool) -> None:
        """Ask for a name and write a copy; nothing is overwritten."""
        title = tr("Save with recipe") if with_recipe else tr("Save without recipe")
        name, _ = QFileDialog.getSaveFileName(self._window, title, Path(picture.path).name,
                                              "PNG (*.png);;WebP (*.webp);;JPEG (*.jpg *.jpeg);;AVIF (*.avif)",
                                              options=QFileDialog.Option.DontConfirmOverwrite)
        if name:
            self._backstage.do(lambda: _copy_to(Path(picture.path), Path(name), with_recipe), self._saved)

    def _saved(self, path: Path) -> None:
        self._notice.say(tr("Saved as {name}.", name=path.name))

    def show_in_folder(self, picture: Picture) -> None:
        """Open the picture's folder in the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(picture.path).parent)))

    def open_file(self, path: Path, shown: Callable[[QImage], None]) -> None:
        """Show any picture file and take its recipe into the form, with the model."""
        def seen(found: tuple[Understood, QImage]) -> None:
            understood, image = found
            shown(image)
            words, nothing = tr("The recipe of {name} was taken over.", name=path.name), tr("{name} carries no recipe.", name=path.name)
            self._recipes.take_file(lambda: taken(understood, self._stores.library), words, nothing)
        self._backstage.do(lambda: (read_file(path), _load(path)), seen)


def _load(path: Path) -> QImage:
    with open_image(path) as image:
        width, height, data, clear = decode_seen(image, shown(path))
    kind = QImage.Format.Format_RGBA8888 if clear else QImage.Format.Format_RGB888
    return QImage(data, width, height, width * (4 if clear else 3), kind).copy()


def read_image(path: str) -> QImage:
    """A picture's file as an image, a null one where that fails; Qt's own readers have other limits. Not for the GUI thread."""
    with contextlib.suppress(KnownError):
        return _load(Path(path))
    return QImage()


def _copy_to(source: Path, target: Path, with_recipe: bool) -> Path:
    kind = kind_of(target) or kind_of(source)
    if with_recipe and kind == kind_of(source):
        return put_as(target, source.read_bytes(), source.suffix)
    with open_image(source) as image:
        pixels = Pixels(*decode_rgb(image, shown(source)))
    return put_as(target, *encode(pixels, read_file(source).recipe if with_recipe else None, kind or "png"))
