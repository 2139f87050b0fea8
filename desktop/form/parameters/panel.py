"""The parameters in their lines, those that are changed seldom under More. Bound to the draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from core.models.files.families import FAMILIES
from core.models.library.model_entry import ModelEntry
from core.values.device import Device
from desktop.form.parameters.keyboard import TabPlaces
from desktop.form.parameters.line_table import LineTable
from desktop.form.parameters.rows import ParameterRows
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import DETAIL_ROLE
from desktop.widgets.i18n import tr, tr_data

# entries of the model box that are no models
OPEN_FOLDER = "open-folder"
OPEN_FILE = "open-file"
GET_MODELS = "get-models"
GROWS_AFTER_MS = 500  # behind what the first moments of a window or a room bring
LINES_A_SLICE = 4  # that join the form without being felt
_WHOLE = object()  # what is left to be made once all are there


class ParametersPanel(QWidget):
    """`model_chosen` carries a model id; `folder_asked` and `file_asked` ask for the dialogs that
    open a model, `models_asked` for more. Lines of the fields in `without` are left out. Those
    under More are made bit by bit from `begin` on, or when they are unfolded; `grown` tells that
    they are there."""

    model_chosen = Signal(str)
    folder_asked = Signal()
    file_asked = Signal()
    models_asked = Signal()
    grown = Signal()

    def __init__(
        self,
        draft: Draft,
        parent: QWidget | None = None,
        *,
        without: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(parent)
        self._without = without
        self._rows = ParameterRows(draft)
        self._lines = LineTable(draft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_2)
        column.addLayout(self._rows)
        for line in self._lines.usual:
            self._rows.add(line)
        self._build_more()
        self._speed = QLabel(tr("Speed"))
        self._growing = self._slices()
        self._vaes: Sequence[str] = ()
        self._refiners: Sequence[tuple[str, str]] = ()
        self._devices: Sequence[Device] = ()
        self.model = self._lines.model.combo
        self.model.activated.connect(self._pick_model)
        self.size_fields = self._lines.size
        self.seed = self._lines.seed.number
        self.die = self._lines.seed.die
        for line in self._lines:
            line.refresh()
        self._show_and_hide()
        self._rows.mark()
        draft.changed.connect(self._follow)

    def widen_labels(self, width: int) -> None:
        """The labels take at least so many pixels."""
        self._rows.widen_labels(width)

    def offer_sweeps(self, act: Callable[[str], object]) -> None:
        """A right click on a parameter's name offers to vary it: `act` is given its axis."""
        self._rows.offer_sweeps(act)

    def use_devices(self, devices: Sequence[Device]) -> None:
        """What computes here, the chosen device first."""
        self._devices = devices
        if self._lines.more:
            self._offer_helpers()

    def control(self, field: str) -> QWidget:
        """What a parameter is typed or chosen in. Raises KeyError where it has no line here."""
        if field not in self._lines.controls:
            self._grow()
        return self._lines.controls[field]

    def _build_more(self) -> None:
        self.more = QToolButton()
        self.more.setText(tr("More"))
        self.more.setAccessibleName(tr("More parameters"))
        self.more.setCheckable(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._rows.add_across(self.more)
        self.more.toggled.connect(self._fold)

    def begin(self) -> None:
        """The window has been painted."""
        QTimer.singleShot(GROWS_AFTER_MS, self, self._grow_on)

    def _grow_on(self) -> None:
        if next(self._growing, _WHOLE) is not _WHOLE:
            QTimer.singleShot(0, self, self._grow_on)

    def _slices(self) -> Iterator[None]:
        """Make the lines under More; they join the others hidden, a few in each slice."""
        more = yield from self._lines.make_more()
        yield
        self._speed.setObjectName("section")
        self._speed.hide()
        places = TabPlaces(self, self.more)
        for number, line in enumerate(more):
            if number % LINES_A_SLICE == 0:
                yield
            if line is self._lines.speed[0]:
                self._rows.add_across(self._speed)
            self._rows.add(line, hidden=True)
            line.refresh()
        yield
        self._lines.more = more
        places.close_up()
        self._offer_helpers()
        self._show_and_hide()
        self._rows.mark()
        self.grown.emit()

    def _grow(self) -> None:
        """Make them now, where they are not there yet."""
        for _ in self._growing:
            pass

    def _fold(self, unfolded: bool) -> None:
        if unfolded:
            self._grow()
        self.more.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self._show_and_hide()

    def _show_and_hide(self) -> None:
        """What is changed seldom is there while it is asked for and there is something to
        choose."""
        for line in self._lines.more:
            shown = self.more.isChecked() and line.offered()
            self._rows.show_line(line, shown and self._without.isdisjoint(line.fields))
        for line in self._lines.usual:
            if not self._without.isdisjoint(line.fields):
                self._rows.show_line(line, False)
        if self._lines.more:
            self._speed.setVisible(self.more.isChecked())

    # --- what the window tells ---

    def show_models(
        self, entries: Sequence[ModelEntry], current: str, warm: Sequence[str] = ()
    ) -> None:
        """Fill the model list; `warm` are the paths of those in memory."""
        self.model.clear()
        for entry in entries:
            if entry.ready:
                name = entry.name
                tip = entry.path
            else:
                name = tr("{name} (incomplete)", name=entry.name)
                tip = entry.sentence
            family = tr_data(FAMILIES[entry.family].label)
            where = tr("in memory") if entry.path in warm else _bytes_words(entry)
            self.model.addItem(name, entry.id)
            at = self.model.count() - 1
            self.model.setItemData(at, tip, Qt.ItemDataRole.ToolTipRole)
            self.model.setItemData(at, f"{family} · {where}", DETAIL_ROLE)
        self.model.insertSeparator(self.model.count())
        self.model.addItem(tr("Open model file..."), OPEN_FILE)
        self.model.addItem(tr("Open model folder..."), OPEN_FOLDER)
        self.model.addItem(tr("Get more models..."), GET_MODELS)
        self.model.setCurrentIndex(max(0, self.model.findData(current)))

    def show_helpers(self, vaes: Sequence[str], refiners: Sequence[tuple[str, str]]) -> None:
        """The VAEs by id, and the models (id, name) that can refine."""
        self._vaes, self._refiners = vaes, refiners
        if self._lines.more:
            self._offer_helpers()
            self._show_and_hide()

    def _offer_helpers(self) -> None:
        self._lines.vae.offer([(vae, vae) for vae in self._vaes])
        self._lines.refiner.offer(self._refiners)
        if self._devices:
            self._lines.matrices.use_device(self._devices[0])

    # --- what the person does ---

    def _pick_model(self, _: int) -> None:
        chosen = self.model.currentData()
        asked = {
            OPEN_FOLDER: self.folder_asked,
            OPEN_FILE: self.file_asked,
            GET_MODELS: self.models_asked,
        }
        if chosen in asked:
            self._lines.model.refresh()
            asked[chosen].emit()
        elif chosen is not None:
            self.model_chosen.emit(chosen)

    # --- what the draft says ---

    def _follow(self, names: frozenset[str]) -> None:
        for line in self._lines:
            if names & line.follows:
                line.refresh()
        self._show_and_hide()
        self._rows.mark()


def _bytes_words(entry: ModelEntry) -> str:
    """How large its files are, in powers of ten as download pages say it."""
    if not entry.bytes:
        return tr("missing")
    if entry.bytes >= 10**9:
        return f"{entry.bytes / 1e9:.1f} GB"
    return f"{entry.bytes / 1e6:.0f} MB"
