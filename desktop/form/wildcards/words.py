"""Of a picture: the words as they were typed, the styles around them, and what was drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from core.values.request import Request
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

LINES = 4  # of a text


class WordsDialog(QDialog):
    """`template_asked`: what was typed is wanted in the form; `again_asked`: another picture with
    other choices."""

    template_asked = Signal()
    again_asked = Signal()

    def __init__(self, request: Request, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Words of {name}", name=name))
        self.setMinimumWidth(520)
        self.request = request
        self.texts: list[QPlainTextEdit] = []
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        whole.setSpacing(theme.SPACE_2)
        for heading, text in _parts(request):
            label = QLabel(heading)
            field = QPlainTextEdit(text)
            field.setReadOnly(True)
            field.setTabChangesFocus(True)
            field.setAccessibleName(heading)
            field.setWhatsThis(tr("A text of this picture, to be read and copied."))
            field.setFixedHeight(LINES * field.fontMetrics().lineSpacing() + theme.SPACE_3)
            label.setBuddy(field)
            whole.addWidget(label)
            whole.addWidget(field)
            self.texts.append(field)
        self.take = QPushButton(tr("Put what was typed into the form"))
        self.again = QPushButton(tr("Draw again"))
        self.take.setWhatsThis(tr("The form gets the choices and styles, not what was drawn."))
        self.again.setWhatsThis(
            tr("Makes this picture once more with other choices and the same seed.")
        )
        for button in (self.take, self.again):
            button.setToolTip(button.whatsThis())
            button.setEnabled(bool(request.template or request.negative_template))
        self.take.clicked.connect(self.template_asked)
        self.again.clicked.connect(self.again_asked)
        close = QPushButton(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.reject)
        whole.addWidget(row(self.take, self.again, None, close))


def _parts(request: Request) -> list[tuple[str, str]]:
    """Headings and texts of what there is."""
    styles = ", ".join(style.name for style in request.styles)
    parts = [
        (tr("As typed"), request.template),
        (tr("Negative prompt as typed"), request.negative_template),
        (tr("Styles"), styles),
        (tr("What the model was told"), request.prompt),
        (tr("What was kept out"), request.negative_prompt),
    ]
    return [(heading, text) for heading, text in parts if text] or [
        (tr("What the model was told"), request.prompt)
    ]
