"""The parameters: model, size, steps, guidance, seed, and under More what is changed seldom. Bound
to the draft."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QToolButton, QVBoxLayout, QWidget

from core.models.files.families import FAMILIES
from core.models.library.model_entry import ModelEntry
from core.values.request import MAX_GUIDANCE, MAX_SEED, MAX_STEPS
from desktop.form.parameters.advanced import AdvancedParameters
from desktop.form.parameters.rows import ParameterRows
from desktop.form.parameters.size_fields import SizeFields
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import (
    DETAIL_ROLE,
    Combo,
    DetailDelegate,
    IconButton,
    SliderField,
    row,
)
from desktop.widgets.i18n import tr, tr_data

# entries of the model box that are no models
OPEN_FOLDER = "open-folder"
OPEN_FILE = "open-file"
GET_MODELS = "get-models"


class ParametersPanel(QWidget):
    """`model_chosen` carries a model id; `folder_asked` and `file_asked` ask for the dialogs that
    open a model, `models_asked` for more."""

    model_chosen = Signal(str)
    folder_asked = Signal()
    file_asked = Signal()
    models_asked = Signal()

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._rows = ParameterRows(draft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_2)
        column.addLayout(self._rows)
        self._build_model()
        self.size_fields = SizeFields(draft, self._rows, self)
        self._build_steps_and_guidance()
        self._build_seed()
        self._build_more()
        draft.changed.connect(self._show)
        self._show(frozenset({"model", "steps", "guidance", "seed"}))
        self._rows.mark()

    # --- building ---

    def _build_model(self) -> None:
        hint = tr("The trained network that makes the picture.")
        self.model = Combo(tr("Model"), hint)
        self._rows.add("model", tr("Model"), hint, self.model)
        self.model.setItemDelegate(DetailDelegate(self.model))
        self.model.activated.connect(self._pick_model)

    def _build_steps_and_guidance(self) -> None:
        hint = tr("How many times the picture is refined; more takes longer.")
        self.steps = SliderField(tr("Steps"), hint, 1, 60, top=MAX_STEPS)
        self._rows.add(
            "steps", tr("Steps"), tr("How many times the picture is refined."), self.steps
        )
        self.steps.edited.connect(lambda value: self._draft.set(steps=int(value)))
        hint = tr("How strongly the prompt pulls; too much burns the colours.")
        self.guidance = SliderField(tr("Guidance"), hint, 1, 15, top=MAX_GUIDANCE, decimals=1)
        self._rows.add(
            "guidance", tr("Guidance"), tr("How strongly the prompt pulls."), self.guidance
        )
        self.guidance.edited.connect(lambda value: self._draft.set(guidance=value))

    def _build_seed(self) -> None:
        hint = tr(
            "The number that decides the start noise: the same seed gives the same picture again."
        )
        self.die = IconButton(
            "dice", tr("Random seed"), tr("a new seed for every picture"), checkable=True
        )
        self.seed = QLineEdit()
        self.seed.setAccessibleName(tr("Seed"))
        self.seed.setToolTip(hint)
        self.seed.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{0,20}"), self))
        line = row(self.seed, self.die, spacing=theme.SPACE_1)
        self._rows.add("seed", tr("Seed"), hint, line, focus=self.seed)
        self.die.toggled.connect(self._draft.set_random_seed)
        self.seed.textEdited.connect(self._typed_seed)

    def _build_more(self) -> None:
        self.more = QToolButton()
        self.more.setText(tr("More"))
        self.more.setAccessibleName(tr("More parameters"))
        self.more.setCheckable(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._rows.add_across(self.more)
        self.advanced = AdvancedParameters(self._draft, self._rows, self)
        self.more.toggled.connect(self._fold)

    def _fold(self, unfolded: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self.advanced.fold(unfolded)

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

    # --- what the person does ---

    def _pick_model(self, _: int) -> None:
        chosen = self.model.currentData()
        asked = {
            OPEN_FOLDER: self.folder_asked,
            OPEN_FILE: self.file_asked,
            GET_MODELS: self.models_asked,
        }
        if chosen in asked:
            self._show_model()
            asked[chosen].emit()
        elif chosen is not None:
            self.model_chosen.emit(chosen)

    def _typed_seed(self, text: str) -> None:
        if text:
            self._draft.pin_seed(min(int(text), MAX_SEED))
        else:
            self._draft.set_random_seed(True)

    # --- what the draft says ---

    def _show(self, names: frozenset[str]) -> None:
        request = self._draft.stored()
        if "model" in names:
            self._show_model()
        if "steps" in names:
            self.steps.set_value(request.steps)
        if "guidance" in names:
            self.guidance.set_value(request.guidance)
        if "seed" in names:
            self._show_seed()

    def _show_model(self) -> None:
        self.model.setCurrentIndex(max(0, self.model.findData(self._draft.request.model)))

    def _show_seed(self) -> None:
        draft = self._draft
        seed = draft.stored().seed
        self.die.setChecked(draft.random_seed)
        text = "" if seed is None else str(seed)
        if self.seed.text() != text:
            self.seed.setText(text)
        self.seed.setObjectName("dim" if draft.random_seed else "")
        self.seed.setPlaceholderText(tr("random"))
        self.seed.style().polish(self.seed)


def _bytes_words(entry: ModelEntry) -> str:
    """How large its files are, in powers of ten as download pages say it."""
    if not entry.bytes:
        return tr("missing")
    if entry.bytes >= 10**9:
        return f"{entry.bytes / 1e9:.1f} GB"
    return f"{entry.bytes / 1e6:.0f} MB"
