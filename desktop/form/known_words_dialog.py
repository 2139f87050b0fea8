"""What a small model knows, by groups and examples, and the larger models that fit here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.models.fetch.catalog import Offer
from core.models.files.fit import Fit
from core.values.model import ModelKind
from desktop.widgets import theme
from desktop.widgets.figures import span_words
from desktop.widgets.i18n import tr, tr_data

GROUPS = {"subjects": "Subjects", "colours": "Colours", "places": "Places and ways"}
SHOWN_OFFERS = 3
WIDTH = 600  # pixels


class KnownWords(QDialog):
    """`take` is called with an example that was chosen, `get` where a larger model is wanted;
    offers come when they are judged."""

    def __init__(
        self,
        name: str,
        groups: Mapping[str, Sequence[str]],
        *,
        take: Callable[[str], object],
        get: Callable[[], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("What {name} knows", name=name))
        self._take = take
        self._get = get
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_2)
        for group, words in groups.items():
            if group in GROUPS and words:
                column.addWidget(_label(tr_data(GROUPS[group]), "strong"))
                column.addWidget(_label(", ".join(words)))
        self.examples = QListWidget()
        self.examples.setAccessibleName(tr("Examples"))
        self.examples.addItems(list(groups.get("examples", ())))
        self.examples.setFixedHeight(112)
        self.examples.itemActivated.connect(lambda item: self._use(item.text()))
        column.addWidget(_label(tr("Examples (press Return to take one)"), "strong"))
        column.addWidget(self.examples)
        column.addWidget(_label(tr("Larger models know nearly everything."), "strong"))
        self.offers = _label("")
        self.offers.hide()
        column.addWidget(self.offers)
        buttons = QDialogButtonBox()
        self.get = QPushButton(tr("Get a larger model..."))
        self.get.clicked.connect(self._get_larger)
        buttons.addButton(self.get, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self._column = column
        self._make_room()

    def _make_room(self) -> None:
        """A window does not by itself become as high as wrapped lines need."""
        width = max(self.width(), WIDTH)
        height = self._column.totalHeightForWidth(width)
        self.setMinimumSize(WIDTH, height)
        self.resize(width, height)

    def show_offers(self, offers: Sequence[tuple[Offer, Fit]]) -> None:
        """The first models of the catalogue that fit: size, licence and what a picture takes."""
        fitting = [(o, fit) for o, fit in offers if o.kind == ModelKind.CHECKPOINT and fit.fits]
        lines = [_facts(offer, fit) for offer, fit in fitting[:SHOWN_OFFERS]]
        nothing = tr("None of the listed ones fits this machine's memory.")
        self.offers.setText("\n".join(lines) or nothing)
        self.offers.show()
        self._make_room()

    def _use(self, text: str) -> None:
        self.accept()
        self._take(text)

    def _get_larger(self) -> None:
        self.accept()
        self._get()


def _facts(offer: Offer, fit: Fit) -> str:
    size = tr("about {size} GB", size=f"{offer.gigabytes:.1f}")
    facts = [offer.name, size, offer.licence]
    if fit.seconds_span is not None:
        facts.append(tr("about {time} a picture here", time=span_words(*fit.seconds_span)))
    return " · ".join(facts)


def _label(text: str, name: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
