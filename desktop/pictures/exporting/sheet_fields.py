"""What a contact sheet is asked: its kind of file, page, columns, title and captions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from core.service.exporting.sheet.choices import LONGEST_TITLE, MOST_COLUMNS, Paper, SheetChoices
from desktop.pictures.exporting.choices import papers, sheet_kinds
from desktop.pictures.exporting.template_field import TemplateField
from desktop.pictures.exporting.wish import ExportWish
from desktop.pictures.questions.parts import choice_box, choose, number_field
from desktop.widgets.i18n import tr


class SheetFields:
    """Its controls, which the dialog places."""

    def __init__(self) -> None:
        self.kind = choice_box(
            tr("Format of the sheet"), tr("All pages in one, or a file each."), sheet_kinds()
        )
        self.paper = choice_box(tr("Page"), tr("How large a page is."), papers())
        self.columns = number_field(
            tr("Columns"), tr("How many pictures stand beside each other."), (1, MOST_COLUMNS)
        )
        self.heading = QLineEdit()
        self.heading.setMaxLength(LONGEST_TITLE)
        self.heading.setAccessibleName(tr("Title"))
        self.heading.setToolTip(tr("Stands above every page."))
        self.caption = TemplateField(
            tr("Caption"), tr("Stands below each picture; leave it empty for none.")
        )

    def controls(self) -> tuple[QWidget, ...]:
        """All of them."""
        return self.kind, self.paper, self.columns, self.heading, self.caption

    def connect_all(self, changed: Callable[[], object]) -> None:
        """`changed` is called whenever one of them is."""
        for box in (self.kind, self.paper):
            box.currentIndexChanged.connect(lambda _: changed())
        self.columns.valueChanged.connect(lambda _: changed())
        self.caption.changed.connect(changed)

    def take(self, wish: ExportWish) -> None:
        """Show what was wished."""
        choose(self.kind, wish.sheet_kind)
        choose(self.paper, wish.sheet.paper)
        self.columns.setValue(wish.sheet.columns)
        self.heading.setText(wish.sheet.title)
        self.caption.set_text(wish.sheet.caption)

    def choices(self) -> SheetChoices:
        """What is set."""
        return SheetChoices(
            columns=self.columns.value(),
            caption=self.caption.text(),
            title=self.heading.text().strip(),
            paper=Paper(self.paper.currentData()),
        )
