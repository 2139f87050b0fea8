"""One download on the page "Get models": its name, how far it is, and buttons for pause or resume
and for giving up."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from desktop.models.downloads import FAILED, PAUSED, RUNNING, Download
from desktop.widgets import theme
from desktop.widgets.controls import IconButton, column, row
from desktop.widgets.figures import size_words, time_words
from desktop.widgets.i18n import tr

PARTS = 1000  # of the progress bar: bytes do not fit its 32 bits


class DownloadLine(QWidget):
    """The signals carry the download's id."""

    pause_asked = Signal(str)
    resume_asked = Signal(str)
    drop_asked = Signal(str)

    def __init__(self, download: Download) -> None:
        super().__init__()
        self.id = download.id
        self._running = False
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
        self.pause.clicked.connect(self._pause_or_resume)
        self.cross.clicked.connect(lambda: self.drop_asked.emit(self.id))
        head = row(self.name, None, self.pause, self.cross)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, theme.SPACE_2)
        box.addWidget(column(head, self.bar, self.words, spacing=theme.SPACE_1))
        self.show_download(download)

    def _pause_or_resume(self) -> None:
        if self._running:
            self.pause_asked.emit(self.id)
        else:
            self.resume_asked.emit(self.id)

    def show_download(self, download: Download) -> None:
        """As it is now."""
        self._running = download.state not in (PAUSED, FAILED)
        if self._running:
            self.pause.set_icon("pause")
            self.pause.setAccessibleName(tr("Pause {name}", name=download.name))
        else:
            self.pause.set_icon("resume")
            self.pause.setAccessibleName(tr("Resume {name}", name=download.name))
        self.pause.setToolTip(self.pause.accessibleName())
        if download.total:
            self.bar.setRange(0, PARTS)
            self.bar.setValue(round(PARTS * download.done / download.total))
        else:
            self.bar.setRange(0, 0)  # which Qt draws as work without a known end
        self.words.setText(" · ".join((_how_far(download), *_how_it_goes(download))))


def _how_far(download: Download) -> str:
    done = size_words(download.done)
    if not download.total:
        return done
    return tr("{done} of {total}", done=done, total=size_words(download.total))


def _how_it_goes(download: Download) -> list[str]:
    """Speed and time left while it comes, else why it does not."""
    if download.words:
        return [download.words]
    if download.state != RUNNING:
        states = {PAUSED: tr("paused"), FAILED: tr("failed")}
        return [states.get(download.state, tr("waiting"))]
    words: list[str] = []
    if download.speed:
        words.append(tr("{speed} a second", speed=size_words(round(download.speed))))
    if (left := download.seconds_left) is not None:
        words.append(tr("{time} left", time=time_words(left)))
    return words
