"""The watched folders: where they lie, how many pictures they hold, whether they are there; added,
looked through again, let go."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.store.imported.folders import WatchedFolder
from desktop.pictures.importing.imports import Imports
from desktop.pictures.importing.progress import folder_name
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

SIZE = (680, 380)  # pixels
PATH_ROLE = Qt.ItemDataRole.UserRole
DAY = 86_400.0  # seconds


class FoldersDialog(QDialog):
    """Stays open beside the window; follows what happens to the folders."""

    def __init__(self, imports: Imports, parent: QWidget) -> None:
        super().__init__(parent)
        self._imports = imports
        self._reading = False  # an import goes on
        self.setWindowTitle(tr("Imported folders"))
        self.resize(*SIZE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = QTreeWidget()
        self.list.setHeaderLabels([tr("Folder"), tr("Pictures"), tr("State")])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setAccessibleName(tr("Imported folders"))
        self.list.setToolTip(tr("Folders whose pictures are shown where they lie."))
        head = self.list.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.nothing = QLabel(
            tr("No folder is imported yet. Add one, and its pictures are shown where they lie.")
        )
        self.nothing.setObjectName("dim")
        self.nothing.setWordWrap(True)
        self.add = QPushButton(tr("Add folder..."))
        self.add.setToolTip(tr("Imports the pictures of another folder."))
        self.again = QPushButton(tr("Look again"))
        self.again.setToolTip(tr("Looks for new, changed, moved and deleted files in all folders."))
        self.let_go = QPushButton(tr("Remove..."))
        self.let_go.setToolTip(tr("Takes the folder's pictures out of the gallery, not its files."))
        close = QPushButton(tr("Close"))
        self.add.clicked.connect(lambda: imports.ask())
        self.again.clicked.connect(imports.look_again)
        self.let_go.clicked.connect(self._remove)
        close.clicked.connect(self.close)
        QShortcut(
            QKeySequence(Qt.Key.Key_Delete),
            self.list,
            self._remove,
            context=Qt.ShortcutContext.WidgetShortcut,
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        box.setSpacing(theme.SPACE_3)
        box.addWidget(self.nothing)
        box.addWidget(self.list, 1)
        box.addWidget(row(self.add, self.again, self.let_go, None, close))
        self.list.itemSelectionChanged.connect(self._follow_choice)
        imports.folders_changed.connect(self.show_folders)
        imports.progressed.connect(self._progressed)
        self.show_folders()

    def show_folders(self) -> None:
        """As they are now; what was chosen stays chosen."""
        self._reading = self._imports.progress is not None
        chosen = self._chosen()
        self.list.clear()
        for folder in self._imports.folders:
            item = QTreeWidgetItem([str(folder.path), f"{folder.count:,}", self._state(folder)])
            item.setData(0, PATH_ROLE, str(folder.path))
            item.setToolTip(0, str(folder.path))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.list.addTopLevelItem(item)
            if folder.path == chosen:
                self.list.setCurrentItem(item)
        first = self.list.topLevelItem(0)
        if chosen is None and first is not None:
            self.list.setCurrentItem(first)
        self.nothing.setVisible(not self._imports.folders)
        self._follow_choice()

    def _progressed(self) -> None:
        """Each word of an import comes here; only its beginning and its end change a row."""
        if (self._imports.progress is not None) != self._reading:
            self.show_folders()

    def _state(self, folder: WatchedFolder) -> str:
        if self._imports.presence.is_folder_away(folder.path):
            return tr("away")
        if self._imports.is_read_now(folder.path):
            return tr("being read")
        if not folder.state.whole:
            return tr("not read to the end yet")
        passed = time.time() - folder.state.looked
        if passed < DAY:
            return tr("read today")
        return tr("read {day}", day=time.strftime("%x", time.localtime(folder.state.looked)))

    def _chosen(self) -> Path | None:
        item = self.list.currentItem()
        return None if item is None else Path(item.data(0, PATH_ROLE))

    def _follow_choice(self) -> None:
        self.let_go.setEnabled(self._chosen() is not None)
        busy = self._imports.progress is not None and self._imports.progress.quiet
        self.again.setEnabled(bool(self._imports.folders) and not busy)

    def _remove(self) -> None:
        folder = self._chosen()
        if folder is None:
            return
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(tr("Take the pictures of {name} out of the gallery?", name=folder_name(folder)))
        box.setInformativeText(
            tr("Their ratings, tags and places in albums are forgotten. No file is touched.")
        )
        remove = box.addButton(tr("Take them out"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        if box.clickedButton() is remove:
            self._imports.forget(folder)
