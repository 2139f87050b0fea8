"""All styles that there are, as a form sees them: read and changed backstage, kept in memory
between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from core.service.stores import Stores
from core.system.errors import KnownError
from core.system.recent import Recent
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.prompt.styles.files import FoundStyles
    from core.prompt.styles.style import Style
    from core.service.words.style_files import ImportedStyles
    from core.system.lists.named_rows import RemovedRow

KEPT = 300  # previews of at most 256 x 256 pixels
Then = Callable[[], object]


class StyleCollection(QObject):
    """`changed` once it was read anew; `arrived` carries the name of a style whose preview is there
    now. A KnownError of what is asked for goes where the tasks' failures go."""

    changed = Signal()
    arrived = Signal(str)

    def __init__(
        self, stores: Stores, records: SerialTasks, images: SerialTasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._where = stores.places
        self._records = records
        self._images = images
        self._previews: Recent[str, QPixmap | None] = Recent(KEPT)
        self.found: FoundStyles | None = None

    def style(self, name: str) -> Style | None:
        """The one of this name, in whatever case; None where there is none, or nothing was read."""
        styles = self.found.styles if self.found is not None else {}
        wanted = name.casefold()
        return next((one for key, one in styles.items() if key.casefold() == wanted), None)

    def read(self, then: Then = lambda: None) -> None:
        """All of them anew."""

        def look() -> FoundStyles:
            from core.service.words.style_files import all_styles

            return all_styles(self._where)

        def came(found: FoundStyles) -> None:
            before = self.found.styles if self.found is not None else {}
            for name, style in found.styles.items():
                if before.get(name) != style:
                    self._previews.forget(name)
            self.found = found
            self.changed.emit()
            then()

        self._records.submit(look, came)

    def save(
        self, style: Style, instead_of: str, then: Then, failed: Callable[[KnownError], None]
    ) -> None:
        """Write one; `instead_of` as in `style_files.save_style`."""
        from core.service.words.style_files import save_style

        self._change(lambda: save_style(self._where, style, instead_of), lambda _: then(), failed)

    def delete(
        self, names: Sequence[str], then: Callable[[tuple[RemovedRow, ...]], object]
    ) -> None:
        """Of a person's own ones."""
        from core.prompt.styles.own import delete_styles

        self._change(lambda: delete_styles(self._where.styles, names), then)

    def put_back(self, removed: tuple[RemovedRow, ...]) -> None:
        """What was deleted."""
        from core.prompt.styles.own import put_back

        self._change(lambda: put_back(self._where.styles, removed), lambda _: None)

    def take_file(self, path: Path, then: Callable[[ImportedStyles], object]) -> None:
        """The styles of a file of any program."""
        from core.service.words.style_files import import_styles

        self._change(lambda: import_styles(self._where, path), then)

    def write_file(self, path: Path, styles: Sequence[Style], then: Then) -> None:
        """Into a file for others."""
        from core.service.words.style_files import export_styles

        def done(_: object) -> None:
            then()

        self._records.submit(lambda: export_styles(path, styles), done)

    def keep_preview(self, name: str, picture: Path, then: Then) -> None:
        """Show a style by this picture from now on."""
        from core.service.words.style_files import keep_preview

        def done(_: object) -> None:
            self._previews.forget(name)
            self.arrived.emit(name)
            then()

        self._change(lambda: keep_preview(self._where, name, picture), done)

    def _change(
        self,
        work: Callable[[], object],
        then: Callable[..., object],
        failed: Callable[[KnownError], None] | None = None,
    ) -> None:
        def done(result: object) -> None:
            self.read(lambda: then(result))

        self._records.submit(work, done, failed)

    def preview(self, style: Style) -> QPixmap | None:
        """The picture that shows it; None until it was read, and where there is none."""
        if not style.preview:
            return None
        if style.name in self._previews:
            return self._previews.get(style.name)
        self._previews.keep(style.name, None)  # asked for

        def read() -> QImage:
            from core.service.words.style_files import preview_of

            return QImage.fromData(preview_of(style))

        def came(image: QImage) -> None:
            if not image.isNull() and style.name in self._previews:
                self._previews.keep(style.name, QPixmap.fromImage(image))
                self.arrived.emit(style.name)

        self._images.submit(read, came)
        return None
