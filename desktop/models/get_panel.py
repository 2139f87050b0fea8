"""Where models come from: a line for an address or a search, the curated list, linked folders, and
what is being downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.models.fetch.catalog import Offer
from core.models.fetch.hub import HubResult
from core.models.files.fit import Fit
from core.models.library.model_entry import NOT_YET
from core.values.device import MemoryMode
from core.values.model import ModelKind
from desktop.models.download_line import DownloadLine
from desktop.models.downloads import Download
from desktop.models.list import KIND_WORDS
from desktop.models.offer_line import Line, OfferLine, Section
from desktop.widgets import theme
from desktop.widgets.controls import Combo, row
from desktop.widgets.figures import size_words, span_words
from desktop.widgets.i18n import tr, tr_data

_SEARCHED = (
    ("", "All models"),
    ("sd", "Stable Diffusion 1, 2"),
    ("sdxl", "Stable Diffusion XL"),
    ("sd3", "Stable Diffusion 3"),
    ("flux", "FLUX"),
    ("lora", "LoRAs"),
)


@dataclass(frozen=True, slots=True)
class ProgramFolder:
    """A folder of another program. `bytes`: of its models, or of all of it where it is a
    cache, which can be moved."""

    path: str
    program: str
    linked: bool
    bytes: int
    cache: bool


class GetModelsPanel(QScrollArea):
    """`wanted` carries an address (and a file), `searched` words and a kind; the others the id of a
    download, or a folder to link."""

    wanted = Signal(str, str)
    searched = Signal(str, str)
    pause_asked = Signal(str)
    resume_asked = Signal(str)
    drop_asked = Signal(str)
    link_asked = Signal(str)
    move_asked = Signal()
    move_cache_asked = Signal(str)
    eight_bit_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Get models"))
        self._lines: dict[str, DownloadLine] = {}
        self.line = QLineEdit()
        self.line.setMaxLength(4_000)
        self.line.setPlaceholderText(
            tr("Search the hub, or paste OWNER/NAME or the address of a model")
        )
        self.line.setAccessibleName(tr("Search or address"))
        self.line.setClearButtonEnabled(True)
        self.kind = Combo(tr("Kind"), tr("What a search on the hub looks for."))
        for value, words in _SEARCHED:
            self.kind.addItem(tr_data(words), value)
        self.kind.setMinimumWidth(132)
        self.look_up = QPushButton(tr("Look"))
        self.look_up.setToolTip(
            tr("This asks the hub, or the address you pasted; nothing else is sent")
        )
        self.look_up.clicked.connect(self._asked)
        self.line.returnPressed.connect(self._asked)
        self.answer = QLabel()
        self.answer.setObjectName("dim")
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.PlainText)
        self.answer.hide()
        self.downloads = Section()
        self.found = Section()
        self.folders = Section()
        self.catalogue = Section()
        page = QWidget()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_4, theme.SPACE_4)
        outer.setSpacing(theme.SPACE_3)
        search = row(self.line, self.kind, self.look_up, wide=self.line)
        for part in (search, self.answer, self.downloads, self.found, self.folders, self.catalogue):
            outer.addWidget(part)
        outer.addStretch(1)
        page.setMaximumWidth(1100)
        self.setWidget(page)

    def _asked(self) -> None:
        text = self.line.text().strip()
        if "/" in text:
            self.wanted.emit(text, "")
        elif text:
            self.searched.emit(text, self.kind.currentData())

    def say(self, text: str) -> None:
        """A sentence under the line; "" for none."""
        self.answer.setText(text)
        self.answer.setVisible(bool(text))

    def show_downloads(self, rows: Sequence[Download]) -> None:
        """Lines appear, change and go, without the others moving more than they must."""
        here = {download.id for download in rows}
        for gone in [pending for pending in self._lines if pending not in here]:
            self._lines.pop(gone).deleteLater()
        if rows and not self._lines:
            self.downloads.fill(tr("Downloads"), [])
        for download in rows:
            if download.id in self._lines:
                self._lines[download.id].show_download(download)
            else:
                self._lines[download.id] = self._download_line(download)
                self.downloads.add(self._lines[download.id])
        self.downloads.setVisible(bool(rows))

    def _download_line(self, download: Download) -> DownloadLine:
        line = DownloadLine(download)
        line.pause_asked.connect(self.pause_asked)
        line.resume_asked.connect(self.resume_asked)
        line.drop_asked.connect(self.drop_asked)
        return line

    def show_found(self, results: Sequence[HubResult]) -> None:
        """What a search on the hub found."""
        lines: list[QWidget] = []
        for model in results:
            facts = [
                tr("{n} downloads", n=f"{model.downloads:,}"),
                model.license or tr("licence not stated"),
            ]
            if model.gated:
                facts.append(tr("asks for consent to its licence"))
            act = partial(self.wanted.emit, model.id, "")
            lines.append(OfferLine(Line(name=model.id, facts=" · ".join(facts), act=act)))
        self.found.fill(tr("On the hub"), lines)
        self.found.setVisible(bool(lines))

    def show_folders(self, own: tuple[str, int], folders: Sequence[ProgramFolder]) -> None:
        """Calotype's own folder (path, bytes), then those of other programs."""
        path, size = own
        mine = Line(
            name=tr("Calotype's models folder"),
            facts=f"{path} · {size_words(size)}",
            act=self.move_asked.emit,
            label=tr("Move..."),
        )
        lines = [mine, *(self._folder(folder) for folder in folders)]
        self.folders.fill(tr("Folders of models"), [OfferLine(line) for line in lines])
        self.folders.show()

    def _folder(self, folder: ProgramFolder) -> Line:
        move = None
        if folder.cache:
            move = tr("Move..."), partial(self.move_cache_asked.emit, folder.path)
        about = ""
        if folder.linked:
            about = tr("Used in place; nothing is copied or changed.")
        return Line(
            name=folder.program or folder.path,
            facts=f"{folder.path} · {size_words(folder.bytes)}" if folder.bytes else folder.path,
            about=about,
            act=partial(self.link_asked.emit, folder.path),
            label=tr("Stop using it") if folder.linked else tr("Use its models"),
            other=move,
        )

    def show_catalogue(self, offers: Sequence[tuple[Offer, Fit, bool]]) -> None:
        """The curated list (offer, whether it fits, whether it is here), the fitting ones first."""
        lines = [
            OfferLine(self._offered(offer, fit, here=here))
            for offer, fit, here in sorted(offers, key=_models_that_fit_first)
        ]
        self.catalogue.fill(tr("A good start"), lines)
        self.catalogue.show()

    def _offered(self, offer: Offer, fit: Fit, *, here: bool) -> Line:
        facts = [
            _kind_words(offer),
            tr("about {size}", size=size_words(round(offer.gigabytes * 1e9))),
            offer.licence,
        ]
        if offer.kind == ModelKind.CHECKPOINT and fit.seconds_span:
            facts.append(tr("about {time} a picture here", time=span_words(*fit.seconds_span)))
        eight_bit = None
        if fit.eight_bit:
            eight_bit = tr("Use 8-bit weights"), self.eight_bit_asked.emit
        return Line(
            name=offer.name,
            facts=" · ".join(facts),
            about=offer.about,
            badge=_badge(offer, fit),
            act=None if here else partial(self.wanted.emit, offer.repo, offer.file),
            other=eight_bit,
        )


def _models_that_fit_first(offered: tuple[Offer, Fit, bool]) -> tuple[bool, bool, bool]:
    offer, fit, _ = offered
    return offer.kind != ModelKind.CHECKPOINT, not fit.fits, not fit.eight_bit


def _kind_words(offer: Offer) -> str:
    """The family of a model; of anything else its kind, and the family it is for."""
    family = tr_data(offer.family_label)
    kind = tr_data(KIND_WORDS[offer.kind])
    if offer.kind == ModelKind.CHECKPOINT:
        return family
    if family:
        return tr("{kind} for {family}", kind=kind, family=family)
    return kind


def _badge(offer: Offer, fit: Fit) -> tuple[str, str]:
    """(style, words): whether a model fits; what waits for a later version says so."""
    if offer.kind in NOT_YET:
        return "dim", tr("Not used yet")
    if offer.kind != ModelKind.CHECKPOINT:
        return "", ""
    if fit.eight_bit and not fit.fits:
        return "slow", tr("Fits with 8-bit weights")
    if not fit.fits:
        return "no", tr("Does not fit")
    if fit.mode is MemoryMode.RESIDENT:
        return "good", tr("Fits")
    return "slow", tr("Fits with help")
