"""Help > How fast is this machine: the parts of a picture with their times, beside the plain way,
and what bounds each. The table fills as they are measured, after the pictures that wait."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.service.machine_speed import (
    FOOT,
    PARTS,
    job_of,
    label_of,
    limit_of,
    ratio_text,
    seconds_text,
)
from core.system.errors import KnownError
from core.values.job import Job
from core.values.measurement import Measurement, MeasuringEnd, Part
from desktop.state.services import Services
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr, tr_data

_TEXT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_FIGURE = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NARROWEST = 88  # pixels of a column


class MachineSpeedDialog(QDialog):
    """One measurement after another of the model that the form names; closing it ends the one
    that runs. The window can be used meanwhile."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        service = self._service = services.service
        self._draft = services.draft
        self._library = services.library
        self._records = services.database_tasks
        self._running = False
        self.setWindowTitle(tr("How fast is this machine"))
        self.resize(980, 480)
        self.state = _wrapped(QLabel())
        self.table = _table()
        self.progress = QProgressBar()
        self.progress.setRange(0, len(PARTS))
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(tr("Progress"))
        foot = _wrapped(QLabel(tr_data(FOOT)))
        foot.setObjectName("dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        column.setSpacing(theme.SPACE_3)
        for part in (self.state, self.progress, self.table, foot, self._build_buttons()):
            column.addWidget(part)
        service.measured.connect(self._show)
        service.measuring_ended.connect(self._on_ended)
        service.finished.connect(self._say_begun)
        self.finished.connect(self.stop)

    def _build_buttons(self) -> QWidget:
        self.again = QPushButton(tr("Measure again"))
        self.again.setObjectName("primary")
        self.again.setToolTip(tr("Measures all parts anew, after the pictures that wait."))
        self.again.clicked.connect(self.begin)
        self.halt = QPushButton(tr("Stop"))
        self.halt.setToolTip(tr("Ends the measurement and keeps what was measured."))
        self.halt.clicked.connect(self.stop)
        self.copy = QPushButton(tr("Copy"))
        self.copy.setToolTip(tr("Copies the table as text, a part on a line."))
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text()))
        close = QPushButton(tr("Close"))
        close.setToolTip(tr("Closes this window; a measurement that runs ends."))
        close.clicked.connect(self.accept)
        return row(None, close, self.copy, self.halt, self.again)

    # --- measuring ---

    def begin(self) -> None:
        """Empty the table and measure with the form's model. Nothing where one runs."""
        if self._running:
            return
        self._set_running(True)
        self.progress.setValue(0)
        for at, part in enumerate(Part):
            name = tr_data(PARTS[part])
            steps = self._draft.request.steps
            self._fill(at, (name.format(steps=steps), "", "", "", ""))
        entry = self._library.entry(self._draft.request.model)
        if entry is None:
            self._end(tr("The form's model is not here. Choose another one."))
            return
        self._say_begun()
        self._records.submit(lambda: job_of(entry), self._measure, self._refuse)

    def _measure(self, job: Job) -> None:
        if self._running:  # it may have been stopped while the model was looked at
            self._service.measure(job)

    def stop(self) -> None:
        """End what is being measured; what is in the table stays."""
        if self._running:
            self._service.stop_measuring()
            self._end(tr("Stopped."))

    def _say_begun(self, *_: object) -> None:
        if not self._running:
            return
        name = self._library.name_of(self._draft.request.model)
        words = tr("Measuring with {model}. It takes about half a minute.", model=name)
        if self._service.current is not None:
            words = tr("Pictures are being made; the measurement begins after them.")
        self.state.setText(words)

    def _show(self, found: Measurement) -> None:
        if not self._running:
            return
        self._say_begun()
        label, of_label = label_of(found)
        limit, of_limit = limit_of(found)
        self._fill(
            list(Part).index(found.part),
            (
                tr_data(label).format(**of_label),
                seconds_text(found.ours),
                seconds_text(found.plain),
                ratio_text(found),
                tr_data(limit).format(**of_limit),
            ),
        )
        self.progress.setValue(list(Part).index(found.part) + 1)

    def _on_ended(self, end: MeasuringEnd) -> None:
        if not self._running or end.stopped:  # a stopped one has ended here already
            return
        if end.fault is not None:
            self._refuse(end.fault)
        elif end.whole:
            self._end(tr("Measured."))
        else:
            self._end(tr("Ended: something else was asked for, which goes first. Measure again."))

    def _refuse(self, fault: KnownError) -> None:
        self._end(str(fault))

    def _end(self, words: str) -> None:
        self._set_running(False)
        self.state.setText(words)

    def _set_running(self, on: bool) -> None:
        self._running = on
        self.progress.setVisible(on)
        self.again.setEnabled(not on)
        self.halt.setEnabled(on)

    # --- what it shows ---

    def _fill(self, at: int, texts: tuple[str, ...]) -> None:
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            if _is_figure(column):
                item.setTextAlignment(_FIGURE)
            self.table.setItem(at, column, item)

    def text(self) -> str:
        """The table, its columns with tabs between."""
        columns = range(self.table.columnCount())
        lines = [
            [item.text() if (item := self.table.item(at, column)) else "" for column in columns]
            for at in range(self.table.rowCount())
        ]
        return "\n".join("\t".join(line) for line in (_heads(), *lines))


def _wrapped(label: QLabel) -> QLabel:
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _heads() -> tuple[str, ...]:
    return tr("Part"), tr("Calotype"), tr("Plain"), tr("Ratio"), tr("Limit")


def _table() -> QTableWidget:
    table = QTableWidget(len(Part), len(_heads()))
    for column, words in enumerate(_heads()):
        head = QTableWidgetItem(words)
        head.setTextAlignment(_FIGURE if _is_figure(column) else _TEXT)
        table.setHorizontalHeaderItem(column, head)
    table.verticalHeader().hide()
    # a long limit takes two lines
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.verticalHeader().setMinimumSectionSize(theme.SPACE_4 * 2)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)  # Tab goes on to the buttons, arrows move in the table
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setAccessibleName(tr("How fast each part is"))
    table.setWhatsThis(
        tr("Each part of making a picture: our time, the plain way's, and what bounds it.")
    )
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(_NARROWEST)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setStretchLastSection(True)
    return table


def _is_figure(column: int) -> bool:
    return 0 < column < len(_heads()) - 1
