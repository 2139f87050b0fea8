"""What is done with styles: chosen, made, changed, deleted, taken over, shown by a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from core.system.errors import KnownError
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.chosen_style import LONGEST, ChosenStyle
from desktop.form.styles.chips import StyleChips
from desktop.form.styles.collection import StyleCollection
from desktop.state.draft import Draft, with_defaults
from desktop.state.services import Services
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.prompt.styles.style import Style
    from core.service.making.runner import Outcome
    from core.service.words.style_files import ImportedStyles
    from core.store.jobs import QueuedJob
    from desktop.form.styles.dialog import StyleDialog
    from desktop.form.styles.picker import StylePicker

TOPIC = "styles"
SAMPLE = "a house by a lake"  # what a preview shows where the form has no words


class StyleActs(QObject):
    """Over one form. Its dialogs are built when they are first asked for."""

    def __init__(
        self, services: Services, chips: StyleChips, notice: NoticeBar, window: QWidget
    ) -> None:
        super().__init__(window)
        self._services = services
        self._draft: Draft = services.draft
        self._chips = chips
        self._notice = notice
        self._window = window
        self.collection = StyleCollection(
            services.stores, services.database_tasks, services.image_tasks, self
        )
        self.picker: StylePicker | None = None
        self.dialog: StyleDialog | None = None
        self._previewed: dict[str, str] = {}  # a style's name by the job that makes its picture
        self._draft.changed.connect(self._refresh)
        services.service.finished.connect(self._finished)

    # --- choosing ---

    def choose(self) -> None:
        """Open the list of all styles."""
        if self.picker is None:
            self.picker = self._new_picker()
        self.picker.show()
        self.picker.raise_()
        self.picker.activateWindow()
        self.picker.field.setFocus()
        self.collection.read()

    def _new_picker(self) -> StylePicker:
        from desktop.form.styles.picker import StylePicker

        picker = StylePicker(self.collection, self._chips, self._window)
        picker.values_asked.connect(self.take_values)
        picker.preview_asked.connect(self.make_preview)
        picker.edit_asked.connect(self._edit_or_new)
        picker.delete_asked.connect(self.delete)
        picker.file_asked.connect(self.take_file)
        picker.export_asked.connect(self.export)
        picker.previews_asked.connect(self.make_previews)
        return picker

    def _refresh(self, names: frozenset[str]) -> None:
        if self.picker is not None and "styles" in names:
            self.picker.refresh_use()

    def _known(self, name: str, then: Callable[[Style], object]) -> None:
        """`then` with the style of this name, once all were read."""

        def look() -> None:
            if (style := self.collection.style(name)) is not None:
                then(style)
            else:
                self._say(tr('There is no style "{name}" any more.', name=name))

        if self.collection.style(name) is not None:
            look()
        else:
            self.collection.read(look)

    def take_values(self, name: str) -> None:
        """Set what a style brings along; can be undone."""
        self._known(name, self._take_values)

    def _take_values(self, style: Style) -> None:
        values = dict(style.parameters)
        if not values:
            self._say(tr('The style "{name}" brings no values along.', name=style.name))
            return
        before = self._draft.history.top()
        self._draft.set_as(tr("Values of {name}", name=style.name), None, **values)
        if self._draft.history.top() is not before:
            self._say(
                tr('The values of "{name}" stand in the form.', name=style.name),
                undo=self._draft.undoer(),
            )

    # --- making and changing ---

    def new(self) -> None:
        """A style of what stands in the form."""
        self.new_from(self._draft.stored(), tr("New style from the form"))

    def new_from(self, request: Request, title: str) -> None:
        """A style of a request's words and values, to be looked over first."""
        from core.prompt.loras import split_loras
        from core.prompt.styles.style import PLACE, Style

        words = split_loras(request.template or request.prompt)[0].strip()
        style = Style(
            name="",
            prompt=f"{PLACE}, {words}"[:LONGEST] if words else PLACE,
            negative=(request.negative_template or request.negative_prompt).strip()[:LONGEST],
        )
        self._write(style, request, title)

    def _edit_or_new(self, name: str) -> None:
        if name:
            self.edit(name)
        else:
            self.new()

    def edit(self, name: str) -> None:
        """Change the style of this name. One that comes with a file or the program is kept as a
        person's own from then on."""
        self._known(name, lambda style: self._write(style, self._draft.stored(), tr("Edit style")))

    def _write(self, style: Style, request: Request, title: str) -> None:
        from desktop.form.styles.dialog import StyleDialog

        found = self.collection.found
        names = {one.category for one in found.styles.values()} if found is not None else set()
        parent = self.picker if self.picker is not None and self.picker.isVisible() else None
        dialog = self.dialog = StyleDialog(
            style, request, sorted(names - {""}), parent or self._window, title=title
        )
        dialog.wanted.connect(partial(self._save, dialog, style))
        dialog.finished.connect(self._closed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _closed(self) -> None:
        self.dialog = None

    def _save(self, dialog: StyleDialog, before: Style, style: Style) -> None:
        found = self.collection.found
        mine = found is not None and before.name in found.mine

        def kept() -> None:
            self._chips.renew(before.name or style.name, style.chosen())
            if self.dialog is dialog:
                dialog.accept()
            if self.picker is not None:
                self.picker.mark(style.name)
            self._say(tr('The style "{name}" was saved.', name=style.name), undo=undo)

        def undo() -> None:
            if mine:
                self.collection.save(before, style.name, back, self._refused)
            else:
                self.collection.delete([style.name], lambda _: back())

        def back() -> None:
            if before.name:
                self._chips.renew(style.name, before.chosen())

        def failed(error: KnownError) -> None:
            if self.dialog is dialog:
                dialog.refuse(str(error))

        self.collection.save(style, before.name if mine else "", kept, failed)

    def _refused(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic=TOPIC)

    def delete(self, name: str) -> None:
        """Of a person's own styles; with Undo. What the form holds of it stays there."""
        self.collection.delete(
            [name],
            lambda removed: self._say(
                tr('The style "{name}" was deleted.', name=name),
                undo=partial(self.collection.put_back, removed) if removed else None,
            ),
        )

    # --- files ---

    def take_file(self, path: Path | None) -> None:
        """Take the styles of a file over; asked for where there is none."""
        if path is None:
            kinds = tr("Styles") + " (*.csv *.json)"
            name, _ = QFileDialog.getOpenFileName(
                self.picker or self._window, tr("Import styles"), "", kinds
            )
            path = Path(name) if name else None
        if path is not None:
            self.collection.take_file(path, partial(self._taken, path))

    def _taken(self, path: Path, came: ImportedStyles) -> None:
        words = tr(
            "{name}: {new} of {found} styles are new.",
            name=path.name,
            new=len(came.names),
            found=came.found,
        )
        undo = partial(self._forget, came.names) if came.names else None
        self._say(words, undo=undo)
        if self.picker is not None and came.names:
            self.picker.mark(came.names[0])

    def _forget(self, names: tuple[str, ...]) -> None:
        self.collection.delete(names, lambda _: None)

    def export(self) -> None:
        """Write the styles that are listed into a file."""
        assert self.picker is not None  # who asks
        styles = self.picker.listed()
        kinds = tr("Styles of Calotype") + " (*.json);;" + tr("Table") + " (*.csv)"
        name, kind = QFileDialog.getSaveFileName(
            self.picker, tr("Export styles"), "styles.json", kinds
        )
        if name:
            path = Path(name)
            if not path.suffix:
                path = path.with_suffix(".csv" if "csv" in kind else ".json")
            words = tr("{n} styles stand in {name}.", n=len(styles), name=path.name)
            self.collection.write_file(path, styles, lambda: self._say(words))

    # --- previews ---

    def make_preview(self, name: str) -> None:
        """A picture with the form's model and this style goes into the queue, and shows the style
        once it is made."""
        self._known(name, lambda style: self._make_previews((style,)))

    def make_previews(self) -> None:
        """The same of all styles that are listed and have none."""
        assert self.picker is not None  # who asks
        self._make_previews(tuple(style for style in self.picker.listed() if not style.preview))

    def _make_previews(self, styles: tuple[Style, ...]) -> None:
        """All of them show the same words with the same seed, as the model makes pictures."""
        form = self._draft.stored()
        plain = replace(
            with_defaults(Request(), self._draft.family),
            model=form.model,
            prompt=form.prompt.strip() or SAMPLE,
            negative_prompt=form.negative_prompt,
            seed=form.seed or 1,
        )
        try:
            requests = [replace(plain, styles=(style.chosen(),)).check() for style in styles]
        except KnownError as error:
            self._refused(error)
            return
        for style, request in zip(styles, requests, strict=True):
            self._services.service.submit(request, partial(self._note_preview, style.name))
        if len(styles) == 1:
            self._say(tr('A picture that shows "{name}" is in the queue.', name=styles[0].name))
        elif styles:
            self._say(tr("Pictures in the queue that show styles: {n}.", n=len(styles)))
        else:
            self._say(tr("All styles that are listed have a picture."))

    def _note_preview(self, name: str, jobs: Sequence[QueuedJob]) -> None:
        self._previewed |= {job.id: name for job in jobs}

    def _finished(self, outcome: Outcome) -> None:
        name = self._previewed.pop(outcome.job.id, "")
        if name and outcome.picture is not None:
            path = Path(outcome.picture.path)
            self.collection.keep_preview(name, path, lambda: None)

    def offer(self, picture: Picture, chosen: ChosenStyle) -> None:
        """Show a style that has no picture yet by one that was made with it alone."""

        def look() -> None:
            style = self.collection.style(chosen.name)
            if style is None or style.preview or style.chosen() != chosen:
                return
            self.collection.keep_preview(style.name, Path(picture.path), lambda: None)

        if self.collection.found is None:
            self.collection.read(look)
        else:
            look()

    def _say(self, words: str, undo: Callable[[], object] | None = None) -> None:
        """In the picker where it is open, and in the window."""
        if self.picker is not None and self.picker.isVisible():
            self.picker.say(words)
        self._notice.say(
            words, label=tr("Undo") if undo else "", action=undo, topic=TOPIC, expires=True
        )
