"""Which pictures are exported, as what, under which names, and what goes along with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton, QWidget

from core.service.exporting.choices import LARGEST_SIDE, Along, ExportChoices, FileKind
from core.service.exporting.sheet.choices import SheetKind
from core.service.exporting.sheet.layout import layout_of
from core.service.exporting.subjects import Subject
from core.system.errors import InvalidRequest
from desktop.pictures.exporting.choices import along_choices, file_kinds, forms
from desktop.pictures.exporting.sheet_fields import SheetFields
from desktop.pictures.exporting.template_field import TemplateField
from desktop.pictures.exporting.wish import ExportWish, Form
from desktop.pictures.questions.dialog import QuestionDialog, Row
from desktop.pictures.questions.parts import choice_box, choose, dim_label, number_field, say
from desktop.widgets.controls import Combo, SliderField, row
from desktop.widgets.i18n import tr

WIDTH = 560  # pixels
EXAMPLES = 3  # names that are shown
LOSSLESS = 100  # of WebP
_QUALITIES = {FileKind.JPEG: 95, FileKind.AVIF: 92, FileKind.WEBP: LOSSLESS}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pictures that can be exported: how many there are, and the first of them."""

    count: int = 0
    first: tuple[Subject, ...] = ()


class ExportDialog(QuestionDialog):
    """`wanted` carries the wish that a person is sure of."""

    wanted = Signal(ExportWish)

    def __init__(self, wish: ExportWish, parent: QWidget) -> None:
        super().__init__(tr("Export"), tr("Export"), WIDTH, parent)
        self._chosen = self._found = Candidates()
        self._kept_quality: dict[FileKind, int] = dict(_QUALITIES)
        self._make_controls()
        self.sheet = SheetFields()
        self._make_folder_field()
        self.lay_out(self._rows())
        self._take(wish)
        self._connect()
        self._follow()

    # --- building ---

    def _make_controls(self) -> None:
        self.scope = Combo(tr("Pictures"), tr("Which pictures are exported."))
        self.form = choice_box(
            tr("As"), tr("What is written: a file each, one zip, or pages."), forms()
        )
        self.kind = choice_box(
            tr("Format"), tr("What kind of file each picture becomes."), file_kinds()
        )
        self.quality = SliderField(
            tr("Quality"),
            tr("Less makes smaller files; WebP loses nothing at 100."),
            1,
            LOSSLESS,
            usual=(50, LOSSLESS),
        )
        self.side = number_field(
            tr("Longest side in pixels"),
            tr("Larger pictures are made smaller; 0 leaves all as they are."),
            (0, LARGEST_SIDE),
        )
        self.side.setSingleStep(256)
        self.side.setSpecialValueText(tr("As it is"))
        self.side.setSuffix(tr(" px"))
        self.along = choice_box(
            tr("Goes along"),
            tr("What the files say of how they were made."),
            ((one.along, one.words) for one in along_choices()),
        )
        self.along_note = dim_label()
        self.name = TemplateField(
            tr("Name"), tr("What files are called; a / in it begins a folder.")
        )
        self.preview = dim_label()
        self.preview.setAccessibleName(tr("The first names"))

    def _make_folder_field(self) -> None:
        self.folder = QLineEdit()
        self.folder.setAccessibleName(tr("Folder"))
        self.folder.setToolTip(tr("Where they are written; nothing there is overwritten."))
        self.browse = QPushButton(tr("Choose..."))
        self.browse.setToolTip(tr("Choose a folder."))
        self.browse.setAutoDefault(False)  # Return exports

    def _rows(self) -> tuple[Row, ...]:
        return (
            (tr("Pictures"), self.scope),
            (tr("As"), self.form),
            (tr("Format"), self.kind),
            (tr("Format"), self.sheet.kind),
            (tr("Quality"), self.quality),
            (tr("Longest side"), self.side),
            (tr("Goes along"), self.along),
            ("", self.along_note),
            (tr("Name"), self.name),
            (tr("Page"), self.sheet.paper),
            (tr("Columns"), self.sheet.columns),
            (tr("Title"), self.sheet.heading),
            (tr("Caption"), self.sheet.caption),
            ("", self.preview),
            (tr("Folder"), self._folder_row()),
        )

    def _folder_row(self) -> QWidget:
        line = row(self.folder, self.browse)
        line.layout().setStretch(0, 1)  # type: ignore[union-attr]
        line.setFocusProxy(self.folder)
        return line

    def _connect(self) -> None:
        for box in (self.scope, self.form, self.kind, self.along):
            box.currentIndexChanged.connect(self._follow)
        self.sheet.connect_all(self._follow)
        self.kind.currentIndexChanged.connect(self._show_quality)
        self.quality.field.valueChanged.connect(self._keep_quality)
        self.name.changed.connect(self._follow)
        self.folder.textChanged.connect(self._follow)
        self.browse.clicked.connect(self._browse)
        self.accepted.connect(lambda: self.wanted.emit(self.wish()))

    # --- what it is about ---

    def use(self, chosen: Candidates, found: Candidates) -> None:
        """The chosen pictures, and all that are shown where they are chosen."""
        everything = bool(self.scope.currentData())
        self._chosen, self._found = chosen, found
        self.scope.blockSignals(True)
        self.scope.clear()
        if chosen.count:
            one = tr("The chosen picture")
            many = tr("The {n} chosen pictures", n=f"{chosen.count:,}")
            self.scope.addItem(one if chosen.count == 1 else many, False)
        if found.count and found.count != chosen.count:
            self.scope.addItem(tr("All {n} that are shown", n=f"{found.count:,}"), True)
        choose(self.scope, everything)
        self.scope.blockSignals(False)
        self._follow()

    def _candidates(self) -> Candidates:
        return self._found if self.scope.currentData() else self._chosen

    # --- what it is set to ---

    def _take(self, wish: ExportWish) -> None:
        choices = wish.choices
        self.scope.addItem("", wish.everything)
        choose(self.form, wish.form)
        choose(self.kind, choices.kind)
        choose(self.along, choices.along)
        if choices.quality is not None:
            self._kept_quality[choices.kind] = choices.quality
        self.side.setValue(choices.side)
        self.name.set_text(choices.template)
        self.sheet.take(wish)
        self.folder.setText(wish.folder)
        self._show_quality()

    def wish(self) -> ExportWish:
        """What a person set."""
        kind = FileKind(self.kind.currentData())
        quality = self._kept_quality.get(kind)
        lossless = kind is FileKind.WEBP and quality == LOSSLESS
        return ExportWish(
            everything=bool(self.scope.currentData()),
            form=Form(self.form.currentData()),
            choices=ExportChoices(
                template=self.name.text(),
                kind=kind,
                side=self.side.value(),
                quality=None if lossless else quality,
                along=Along(self.along.currentData()),
            ),
            sheet=self.sheet.choices(),
            sheet_kind=SheetKind(self.sheet.kind.currentData()),
            folder=self.folder.text().strip(),
        )

    def _show_quality(self) -> None:
        kind = FileKind(self.kind.currentData())
        self.quality.set_value(self._kept_quality.get(kind, LOSSLESS))

    def _keep_quality(self, value: int) -> None:
        kind = FileKind(self.kind.currentData())
        if kind in _QUALITIES:
            self._kept_quality[kind] = value

    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Export to"), self.folder.text())
        if name:
            self.folder.setText(name)

    # --- what follows from it ---

    def _follow(self) -> None:
        """Only what counts is shown; the first names, or what is wrong with them."""
        wish = self.wish()
        sheet = wish.form is Form.SHEET
        self.show_row(self.scope, shown=self.scope.count() > 1)
        for control in (self.kind, self.side, self.along, self.along_note, self.name):
            self.show_row(control, shown=not sheet)
        self.show_row(self.quality, shown=not sheet and wish.choices.kind in _QUALITIES)
        for control in self.sheet.controls():
            self.show_row(control, shown=sheet)
        notes = {one.along: one.note for one in along_choices()}
        self.along_note.setText(notes[wish.choices.along])
        try:
            wish.check()
        except InvalidRequest as fault:
            hint = tr("Insert shows all fields.") if fault.field == "name" else fault.hint
            self._say(f"{fault.message} {hint}", bad=True)
        else:
            said = self._pages(wish) if sheet else self._names(wish)
            self._say(said, bad=False)
        self.fit_height()

    def _names(self, wish: ExportWish) -> str:
        template = wish.choices.check()
        lines = [
            "/".join(template.path_of(one, number)) + wish.choices.ending_of(one.path)
            for number, one in enumerate(self._candidates().first[:EXAMPLES], 1)
        ]
        more = self._candidates().count - len(lines)
        return "\n".join([*lines, *([tr("and {n} more", n=f"{more:,}")] if more > 0 else [])])

    def _pages(self, wish: ExportWish) -> str:
        count = self._candidates().count
        pages = layout_of(wish.sheet).pages(count)
        if pages == 1:
            return tr("All stand on one page.")
        return tr("{n} pictures on {pages} pages.", n=f"{count:,}", pages=f"{pages:,}")

    def _say(self, words: str, *, bad: bool) -> None:
        say(self.preview, words, bad=bad)
        ready = not bad and bool(self.folder.text().strip()) and self._candidates().count > 0
        self.go.setEnabled(ready)


def candidates(count: int, first: Sequence[Subject]) -> Candidates:
    """So many pictures, of which the first are known."""
    return Candidates(count, tuple(first[:EXAMPLES]))
