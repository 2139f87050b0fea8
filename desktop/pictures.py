"""What can be done with pictures: reuse, favourite, copy, save, show, delete. A part of the window, free of its layout."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import KnownError
from core.metadata import encode, fields_of, kind_of, read_file
from core.metadata.a1111 import write as recipe_text
from core.metadata.reading import Understood, decode_rgb, decode_seen, open_image, shown
from core.picture import Picture, Pixels, Recipe
from core.request import Request
from core.runner import Stores
from core.store.files import put_as
from desktop.backstage import Backstage
from desktop.draft import Draft
from desktop.notices import NoticeBar
from desktop.strings import tr

Changed = Callable[[], None]


class PictureActions(QObject):
    """`changed` is called after the gallery's rows changed."""

    def __init__(self, stores: Stores, draft: Draft, backstage: Backstage, notice: NoticeBar, changed: Changed, parent: QWidget) -> None:
        super().__init__(parent)
        self._stores, self._draft, self._backstage, self._notice, self._changed = stores, draft, backstage, notice, changed
        self._window = parent

    def reuse(self, request: Request, *names: str) -> None:
        """Take a picture's recipe into the form, with Undo."""
        self._draft.take_over(request, *names)
        what = {("prompt", "negative_prompt"): tr("The prompt was taken over."), ("seed",): tr("The seed was taken over.")}
        self._notice.say(what.get(names, tr("The recipe was taken over.")), label=tr("Undo"), act=self._draft.undoer())

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

    def delete(self, pictures: Sequence[Picture]) -> None:
        """Into Calotype's trash, with Undo."""
        ids = [picture.id for picture in pictures]

        def done(moved: Sequence[int]) -> None:
            self._changed()
            one = tr("The picture was moved to the trash.")
            words = one if len(moved) == 1 else tr("{n} pictures were moved to the trash.", n=len(moved))
            self._notice.say(words, label=tr("Undo"), act=lambda: self.restore(moved))
        self._backstage.do(lambda: self._stores.gallery.trash(ids), done)

    def restore(self, ids: Sequence[int]) -> None:
        """Back from the trash."""
        self._backstage.do(lambda: self._stores.gallery.restore(ids), lambda _: self._changed())

    def empty_trash(self) -> None:
        """Delete what lies in the trash for good."""
        self._backstage.do(lambda: self._stores.gallery.empty_trash(older_than_days=0), lambda _: self._changed())

    def open_file(self, path: Path, shown: Callable[[QImage], None]) -> None:
        """Show any picture file and take its recipe into the form."""
        self._backstage.do(lambda: (read_file(path), _load(path)), lambda found: self._opened(path, found, shown))

    def _opened(self, path: Path, found: tuple[Understood, QImage], shown: Callable[[QImage], None]) -> None:
        understood, image = found
        shown(image)
        values = fields_of(understood)
        if not values:
            self._notice.say(tr("{name} carries no recipe.", name=path.name))
            return
        try:
            request = Request(**values).check()  # type: ignore[arg-type]
        except KnownError as error:
            self._notice.say(str(error), problem=True)
            return
        self._draft.take_over(request, *values)
        extra = [*understood.approximated, *understood.ignored]
        words = tr("The recipe of {name} was taken over.", name=path.name)
        if extra:
            words += " " + tr("Not taken: {what}.", what="; ".join(extra[:6]))
        self._notice.say(words, label=tr("Undo"), act=self._draft.undoer())


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
