"""Where models come from: a line for an address or a search, the curated list, linked folders, and
what is being downloaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.models.fetch.catalog import Offer
from core.models.fetch.hub import Found
from core.models.files.fit import Fit
from core.models.library.library import NOT_YET
from desktop.models.downloads import FAILED, PAUSED, RUNNING, Download
from desktop.models.list import KIND_WORDS
from desktop.widgets import theme
from desktop.widgets.controls import Combo, IconButton, column, row
from desktop.widgets.figures import size_words, span_words, time_words
from desktop.widgets.i18n import tr, tr_data

_SEARCHED = (
    ("", "All models"),
    ("sd", "Stable Diffusion 1, 2"),
    ("sdxl", "Stable Diffusion XL"),
    ("sd3", "Stable Diffusion 3"),
    ("flux", "FLUX"),
    ("lora", "LoRAs"),
)


class DownloadLine(QWidget):
    """One download: its name, how far it is, and buttons for pause or resume and for giving up."""

    def __init__(self, panel: GetModelsPanel, download: Download) -> None:
        super().__init__()
        self.id = download.id
        self.name = QLabel(download.name)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.words = QLabel()
        self.words.setObjectName("dim")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of {name}", name=download.name))
        self.pause = IconButton("pause", tr("Pause {name}", name=download.name))
        self.cross = IconButton("close", tr("Give {name} up", name=download.name), size=14)
        self.pause.clicked.connect(
            lambda: (panel.pause_asked if self._running else panel.resume_asked).emit(self.id)
        )
        self.cross.clicked.connect(lambda: panel.drop_asked.emit(self.id))
        head = row(self.name, None, self.pause, self.cross)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, theme.SPACE_2)
        box.addWidget(column(head, self.bar, self.words, spacing=theme.SPACE_1))
        self.show_download(download)

    def show_download(self, download: Download) -> None:
        """As it is now."""
        self._running = download.state not in (PAUSED, FAILED)
        self.pause.set_icon("pause" if self._running else "resume")
        self.pause.setAccessibleName(
            tr("Pause {name}", name=download.name)
            if self._running
            else tr("Resume {name}", name=download.name)
        )
        self.pause.setToolTip(self.pause.accessibleName())
        self.bar.setRange(0, 1000 if download.total else 0)
        if download.total:
            self.bar.setValue(round(1000 * download.done / download.total))
        parts = [
            tr(
                "{done} of {total}",
                done=size_words(download.done),
                total=size_words(download.total),
            )
            if download.total
            else size_words(download.done)
        ]
        if download.state == RUNNING and not download.words:
            if download.speed:
                parts.append(tr("{speed} a second", speed=size_words(round(download.speed))))
            if (left := download.seconds_left) is not None:
                parts.append(tr("{time} left", time=time_words(left)))
        else:
            parts.append(
                download.words
                or {PAUSED: tr("paused"), FAILED: tr("failed")}.get(download.state, tr("waiting"))
            )
        self.words.setText(" · ".join(parts))


@dataclass(frozen=True, slots=True)
class Place:
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
        self.downloads, self.found, self.folders, self.catalogue = (
            self._section() for _ in range(4)
        )
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

    def _section(self) -> QFrame:
        frame = QFrame()
        box = QVBoxLayout(frame)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.SPACE_2)
        frame.hide()
        return frame

    def _asked(self) -> None:
        text = self.line.text().strip()
        if text:
            (
                self.wanted.emit(text, "")
                if "/" in text
                else self.searched.emit(text, self.kind.currentData())
            )

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
            _fill(self.downloads, tr("Downloads"), [])
        for download in rows:
            if download.id in self._lines:
                self._lines[download.id].show_download(download)
            else:
                self._lines[download.id] = DownloadLine(self, download)
                self.downloads.layout().addWidget(self._lines[download.id])  # type: ignore[union-attr]
        self.downloads.setVisible(bool(rows))

    def show_found(self, found: Sequence[Found]) -> None:
        """What a search on the hub found."""
        lines: list[QWidget] = []
        for one in found:
            gate = " · " + tr("asks for consent to its licence") if one.gated else ""
            facts = (
                tr("{n} downloads", n=f"{one.downloads:,}")
                + f" · {one.license or tr('licence not stated')}{gate}"
            )
            lines.append(
                self._offer(one.id, facts, "", ("", ""), partial(self.wanted.emit, one.id, ""))
            )
        _fill(self.found, tr("On the hub"), lines)
        self.found.setVisible(bool(lines))

    def show_folders(self, own: tuple[str, int], found: Sequence[Place]) -> None:
        """Calotype's own folder (path, bytes), then those of other programs."""
        facts = f"{own[0]} · {size_words(own[1])}"
        lines = [
            self._offer(
                tr("Calotype's models folder"),
                facts,
                "",
                ("", ""),
                self.move_asked.emit,
                tr("Move..."),
            )
        ]
        for one in found:
            words = tr("Stop using it") if one.linked else tr("Use its models")
            about = tr("Used in place; nothing is copied or changed.") if one.linked else ""
            facts = f"{one.path} · {size_words(one.bytes)}" if one.bytes else one.path
            move = (
                (tr("Move..."), partial(self.move_cache_asked.emit, one.path))
                if one.cache
                else None
            )
            lines.append(
                self._offer(
                    one.program or one.path,
                    facts,
                    about,
                    ("", ""),
                    partial(self.link_asked.emit, one.path),
                    words,
                    move,
                )
            )
        _fill(self.folders, tr("Folders of models"), lines)
        self.folders.show()

    def show_catalogue(self, offers: Sequence[tuple[Offer, Fit, bool]]) -> None:
        """The curated list (offer, whether it fits, whether it is here
        already), those that fit first."""
        lines: list[QWidget] = []
        for offer, fit, here in sorted(
            offers,
            key=lambda one: (one[0].kind != "checkpoint", not one[1].fits, not one[1].eight_bit),
        ):
            family, kind = tr_data(offer.family_label), tr_data(KIND_WORDS[offer.kind])
            words = [
                family
                if offer.kind == "checkpoint"
                else tr("{kind} for {family}", kind=kind, family=family)
                if family
                else kind,
                tr("about {size}", size=size_words(round(offer.gigabytes * 1e9))),
                offer.licence,
            ]
            if offer.kind == "checkpoint" and fit.seconds_span:
                words.append(tr("about {time} a picture here", time=span_words(*fit.seconds_span)))
            act = None if here else partial(self.wanted.emit, offer.repo, offer.file)
            eight = (tr("Use 8-bit weights"), self.eight_bit_asked.emit) if fit.eight_bit else None
            lines.append(
                self._offer(
                    offer.name, " · ".join(words), offer.about, _badge(offer, fit), act, other=eight
                )
            )
        _fill(self.catalogue, tr("A good start"), lines)
        self.catalogue.show()

    def _offer(
        self,
        name: str,
        facts: str,
        about: str,
        badge: tuple[str, str],
        act: object,
        words: str = "",
        other: tuple[str, Callable[[], None]] | None = None,
    ) -> QWidget:
        """A line of text with one button, or two; without `act` it is here already."""
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, theme.SPACE_1, 0, theme.SPACE_1)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for at, (text, style) in enumerate(((name, "strong"), (about, ""), (facts, "dim"))):
            if text:
                label = QLabel(text)
                label.setObjectName(style)
                label.setWordWrap(True)
                label.setTextFormat(Qt.TextFormat.PlainText)
                grid.addWidget(label, at, 0)
        if badge[1]:
            mark = QLabel(badge[1])
            mark.setObjectName({"no": "bad"}.get(badge[0], badge[0]))
            grid.addWidget(mark, 0, 1, 3, 1, Qt.AlignmentFlag.AlignVCenter)
        button = QPushButton(words or (tr("Get...") if act else tr("Here")))
        button.setAccessibleName(f"{button.text()} {name}")
        button.setEnabled(act is not None)
        button.setMinimumWidth(88)
        if act is not None:
            button.clicked.connect(lambda: act())  # type: ignore[operator]
        buttons: list[QWidget] = [button]
        if other is not None:
            second = QPushButton(other[0])
            second.setAccessibleName(f"{other[0]} {name}")
            second.setMinimumWidth(88)
            second.clicked.connect(lambda: other[1]())
            buttons.insert(0, second)
        grid.addWidget(row(*buttons), 0, 2, 3, 1, Qt.AlignmentFlag.AlignVCenter)
        return box


def _badge(offer: Offer, fit: Fit) -> tuple[str, str]:
    """(style, words): whether a model fits; what waits for a later version says so."""
    if offer.kind in NOT_YET:
        return "dim", tr("Not used yet")
    if offer.kind != "checkpoint":
        return "", ""
    if not fit.fits:
        return (
            ("slow", tr("Fits with 8-bit weights")) if fit.eight_bit else ("no", tr("Does not fit"))
        )
    return ("good", tr("Fits")) if fit.mode == "resident" else ("slow", tr("Fits with help"))


def _fill(section: QFrame, title: str, lines: Sequence[QWidget]) -> None:
    """Replace a section's content."""
    layout = section.layout()
    assert layout is not None
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.deleteLater()
    heading = QLabel(title)
    heading.setObjectName("section")
    heading.setContentsMargins(0, theme.SPACE_2, 0, 0)
    layout.addWidget(heading)
    for line in lines:
        layout.addWidget(line)
