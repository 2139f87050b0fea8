"""The line below the picture: where it stands among the others, what it is, and what can be shown
beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSpinBox, QWidget

from desktop.pictures.marking.marks_label import MarksLabel
from desktop.pictures.viewing.slide_show import FASTEST, SLOWEST
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, guard_wheel, row
from desktop.widgets.i18n import tr

# Lightroom's for what stands around the picture
FILM_KEY, RECIPE_KEY, CLOSE_KEY = "F6", "F8", "Ctrl+W"


class ViewingBar(QWidget):
    """Buttons whose owner listens to them; `seconds_set` how long a picture of a slide show is
    seen."""

    seconds_set = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tools")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.position = QLabel()
        self.position.setObjectName("strong")
        self.name = ElidedLabel()
        self.marks = MarksLabel()
        self.told = ElidedLabel()
        self.told.setObjectName("dim")
        self.told.hide()
        self.scale = QLabel()
        self.scale.setObjectName("dim")
        self._build_buttons()
        self._lay_out()

    def _build_buttons(self) -> None:
        self.back = _button("previous", tr("Previous picture"), tr("Shows the one before."), "Left")
        self.on = _button("next", tr("Next picture"), tr("Shows the one behind it."), "Right")
        self.slides = _button(
            "resume", tr("Slide show"), tr("Lets one picture after another go by until Esc.")
        )
        self.slides.setCheckable(True)
        self.seconds = QSpinBox()
        self.seconds.setRange(FASTEST, SLOWEST)
        self.seconds.setSuffix(tr(" s"))
        self.seconds.setAccessibleName(tr("Seconds a picture"))
        self.seconds.setToolTip(tr("How long each picture of the slide show is seen."))
        guard_wheel(self.seconds)
        self.seconds.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.seconds.valueChanged.connect(self.seconds_set)
        self.shuffle = _button(
            "shuffle", tr("Shuffled"), tr("Lets chance choose the order of the slide show.")
        )
        self.shuffle.setCheckable(True)
        self.hold = _button(
            "pin",
            tr("Hold"),
            tr("Keeps this picture here, whatever is chosen in the main window."),
        )
        self.hold.setCheckable(True)
        self.hold.hide()  # but beside the main window
        self.film = _button(
            "filmstrip", tr("Filmstrip"), tr("Shows or hides the pictures around it."), FILM_KEY
        )
        self.film.setCheckable(True)
        self.recipe = _button(
            "panel-right", tr("Recipe"), tr("Shows or hides how it was made."), RECIPE_KEY
        )
        self.recipe.setCheckable(True)
        self.full = _button("full-screen", tr("Full screen"), tr("Fills the screen, or no longer."))
        self.full.setCheckable(True)
        self.close_window = _button(
            "close", tr("Close"), tr("Closes this window; the program goes on."), CLOSE_KEY
        )

    def name_keys(self, full: str, slides: str) -> None:
        """The keys of those that are commands of the main window too, as the system writes them."""
        slides = ", ".join(key for key in (slides, tr("Space")) if key)
        for button, key in ((self.full, full), (self.slides, slides)):
            words = f"{button.accessibleName()}: {button.whatsThis()}"
            button.setToolTip(f"{words} ({key})" if key else words)

    def _lay_out(self) -> None:
        said = QWidget()
        line = QHBoxLayout(said)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.SPACE_3)
        for part in (self.position, self.marks):
            line.addWidget(part)
        line.addWidget(self.name, 1)
        line.addWidget(self.told, 1)
        line.addWidget(self.scale)
        buttons = row(
            self.back,
            self.on,
            self.slides,
            self.seconds,
            self.shuffle,
            self.hold,
            self.film,
            self.recipe,
            self.full,
            self.close_window,
            spacing=theme.SPACE_1,
        )
        whole = QHBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_4, theme.SPACE_1, theme.SPACE_3, theme.SPACE_1)
        whole.setSpacing(theme.SPACE_3)
        whole.addWidget(said, 1)
        whole.addWidget(buttons)


def _button(icon: str, name: str, help_text: str, key: str = "") -> IconButton:
    """One of our icon buttons; its key stands behind what it does."""
    words = f"{help_text} ({key})" if key else help_text
    button = IconButton(icon, name, words)
    button.setWhatsThis(help_text)
    return button
