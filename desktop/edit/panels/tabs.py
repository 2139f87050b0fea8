"""The documents that are open, as a row of thumbnails above the canvas."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QTabBar

from desktop.edit.pixels.checks import on_checks
from desktop.edit.work.open_documents import OpenDocuments
from desktop.edit.work.tab import Tab
from desktop.widgets.controls import IconButton
from desktop.widgets.i18n import tr

SIDE = 28  # pixels of a thumbnail
_CLOSE = QTabBar.ButtonPosition.RightSide


class DocumentTabs(QTabBar):
    """`close_asked` carries the tab whose cross was pressed."""

    close_asked = Signal(object)

    def __init__(self, documents: OpenDocuments) -> None:
        super().__init__()
        self.setObjectName("documents")
        self.setAccessibleName(tr("Open documents"))
        self.setWhatsThis(
            tr("The pictures that are open in Edit: drag one to another place, or close it.")
        )
        self.setIconSize(QSize(SIDE, SIDE))
        self.setMovable(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._documents = documents
        self._filling = False
        self._icons: dict[str, int] = {}  # by document, which image its icon was made of
        documents.listed.connect(self.refresh)
        documents.shown.connect(self._choose)
        self.currentChanged.connect(self._chosen)
        self.tabMoved.connect(lambda *_: self._moved())
        self.hide()

    def refresh(self) -> None:
        """The tabs there are now."""
        self._filling = True
        tabs = self._documents.tabs
        ids = [self.tabData(at) for at in range(self.count())]
        if ids != [tab.id for tab in tabs]:
            while self.count():
                self.removeTab(0)
            self._icons.clear()
            for tab in tabs:
                at = self.addTab("")
                self.setTabData(at, tab.id)
                self.setTabButton(at, _CLOSE, self._cross(tab))
        for at, tab in enumerate(tabs):
            self._name(at, tab)
        self._filling = False
        self._choose()
        self.setVisible(bool(tabs))

    def _name(self, at: int, tab: Tab) -> None:
        title = tab.record.title or tr("Untitled")
        if self.tabText(at) != title:
            self.setTabText(at, title)
            self.setTabToolTip(at, title)
        if self._icons.get(tab.id) != tab.thumbnail.cacheKey():
            self._icons[tab.id] = tab.thumbnail.cacheKey()
            self.setTabIcon(at, _square(QPixmap.fromImage(on_checks(tab.thumbnail))))

    def _cross(self, tab: Tab) -> IconButton:
        cross = IconButton("close", tr("Close document"), size=12)
        cross.setObjectName("quiet")
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.clicked.connect(partial(self.close_asked.emit, tab))
        return cross

    def _choose(self) -> None:
        current = self._documents.current
        if current in self._documents.tabs:
            self._filling = True
            self.setCurrentIndex(self._documents.tabs.index(current))
            self._filling = False

    def _chosen(self, at: int) -> None:
        if not self._filling and 0 <= at < len(self._documents.tabs):
            self._documents.show(self._documents.tabs[at])

    def _moved(self) -> None:
        if not self._filling:
            self._documents.order([self.tabData(at) for at in range(self.count())])


def _square(picture: QPixmap) -> QIcon:
    """The middle of a picture, for screens of one and of two device pixels in one."""
    icon = QIcon()
    if picture.isNull():
        return icon
    for scale in (1, 2):
        side = SIDE * scale
        filled = picture.scaled(
            side,
            side,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        cut = filled.copy((filled.width() - side) // 2, (filled.height() - side) // 2, side, side)
        cut.setDevicePixelRatio(scale)
        icon.addPixmap(cut)
    return icon
