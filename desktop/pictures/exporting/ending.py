"""What is said when an export has ended, and the list of pictures that could not be written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QVBoxLayout, QWidget

from core.service.exporting.export import Exported, ExportEnd
from desktop.pictures.exporting.choices import along_choices
from desktop.pictures.exporting.wish import ExportWish, Form
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SIZE = (620, 360)  # pixels


def ending_words(wish: ExportWish, end: ExportEnd) -> str:
    """How many pictures were written and where; whether recipes went along; what was refused."""
    if end.fault is not None:
        return str(end.fault)
    said: list[str] = []
    if end.stopped:
        said.append(_stopped(wish, end))
    elif end.written:
        said.append(_written(wish, end))
    if end.failed:
        first = end.failed[0].reason
        many = len(end.failed)
        said.append(
            tr("1 picture could not be exported: {first}", first=first)
            if many == 1
            else tr("{n} pictures could not be exported. {first}", n=f"{many:,}", first=first)
        )
    return " ".join(said) or tr("There was no picture to export.")


def _stopped(wish: ExportWish, end: ExportEnd) -> str:
    if not end.written:
        return tr("The export was stopped; nothing was written.")
    if end.written == 1:
        return tr(
            "The export was stopped; 1 picture was written to {place}, {along}.",
            place=end.target,
            along=_along(wish, end.written),
        )
    return tr(
        "The export was stopped; {n} pictures were written to {place}, {along}.",
        n=f"{end.written:,}",
        place=end.target,
        along=_along(wish, end.written),
    )


def _written(wish: ExportWish, end: ExportEnd) -> str:
    is_one = end.written == 1
    count = f"{end.written:,}"
    if wish.form is Form.SHEET:
        name = end.target.name
        one = tr("1 picture stands on {name}.", name=name)
        return one if is_one else tr("{n} pictures stand on {name}.", n=count, name=name)
    along = _along(wish, end.written)
    if is_one and end.last is not None:
        return tr("Exported as {name}, {along}.", name=end.last.name, along=along)
    place = end.target
    if is_one:
        return tr("1 picture was exported to {place}, {along}.", place=place, along=along)
    return tr("{n} pictures were exported to {place}, {along}.", n=count, place=place, along=along)


def _along(wish: ExportWish, count: int) -> str:
    said = next(one for one in along_choices() if one.along is wish.choices.along)
    return said.told_of_one if count == 1 else said.told_of_many


class FailedDialog(QDialog):
    """Not modal work: it only tells, and is gone once it is closed."""

    def __init__(self, failed: Sequence[Exported], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Pictures that could not be exported"))
        self.resize(*SIZE)
        self.finished.connect(self.deleteLater)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAccessibleName(tr("Pictures that could not be exported"))
        self.list.setToolTip(tr("Each with the reason; the others were written."))
        for one in failed:
            self.list.addItem(f"{one.source.name}: {one.reason}")
        answers = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        answers.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        column.addWidget(self.list)
        column.addWidget(answers)
