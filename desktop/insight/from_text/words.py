"""The first two stations: the texts as they were typed, and the tokens that the model reads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSpinBox, QTextEdit

from desktop.form.prompt.language.token_text import show_reading
from desktop.insight.from_text.answers import Answers
from desktop.insight.from_text.station import Rows, Station
from desktop.state.library import LibraryState
from desktop.widgets import theme
from desktop.widgets.controls import Combo, guard_wheel, row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.remarks.model_reading import ModelReading

MOST_SIGNS = 4000  # of a text that are shown here; the form has all of it
MOST_IDS = 5  # tokens whose numbers are named
TALLEST = 260  # pixels of the tokens; more are scrolled to


class Words(Station):
    """The prompt and the negative prompt."""

    def __init__(self) -> None:
        super().__init__(
            tr("Words"),
            (
                tr(
                    "A picture begins with words. The networks reckon with numbers and never see a "
                    "letter; the next two stations turn one into the other."
                ),
                tr(
                    "Brackets, changes over the steps and names of LoRAs are instructions to the "
                    "program: it carries them out and takes them out of the text first."
                ),
                tr(
                    "The negative prompt is a second text, and guidance leads away from what the "
                    "model makes of it; where it is empty, away from what it makes of no words."
                ),
            ),
            saves=False,
        )
        self.prompt = _text(tr("Prompt"))
        self.negative = _text(tr("Negative prompt"))
        self.negative.setObjectName("dim")
        self.lines.addWidget(self.prompt)
        self.lines.addWidget(self.negative)
        self.typed = _text(tr("As it was typed"))
        self.typed.setObjectName("dim")
        self.lines.addWidget(self.typed)

    def clear(self) -> None:
        if self.picture is None:
            return
        request = self.picture.job.request
        self.prompt.setText(request.prompt[:MOST_SIGNS] or tr("no words"))
        words = tr("Kept away: {words}", words=request.negative_prompt[:MOST_SIGNS])
        self.negative.setText(words)
        self.negative.setVisible(bool(request.negative_prompt.strip()))
        words = tr("Typed as: {words}", words=request.template[:MOST_SIGNS])
        self.typed.setText(words)
        self.typed.setVisible(bool(request.template.strip()))

    def rows(self) -> Rows:
        if self.picture is None:
            return ()
        request = self.picture.job.request
        return (
            (tr("Letters of the prompt"), f"{len(request.prompt):,}"),
            (tr("Words of the prompt"), f"{len(request.prompt.split()):,}"),
            (tr("Letters of the negative prompt"), f"{len(request.negative_prompt):,}"),
            (tr("Guidance"), f"{request.guidance:g}"),
        )


class Tokens(Station):
    """What the text encoders are given of each text, token by token, with the borders of chunks."""

    def __init__(self, answers: Answers, library: LibraryState, tokens: theme.Tokens) -> None:
        super().__init__(
            tr("Tokens"),
            (
                tr(
                    "A tokenizer cuts the text into pieces of a fixed list that was made before "
                    "the model was trained: a frequent word is one token, a rare one several."
                ),
                tr(
                    "CLIP's encoders read 75 tokens at a time, with a start and an end around "
                    "them. A longer text becomes several chunks that are read apart, so that words "
                    "of one chunk know nothing of those of another."
                ),
                tr(
                    "A token is only its number in the list. What it means is not in that number; "
                    "that comes at the next station."
                ),
            ),
            saves=False,
        )
        self._answers = answers
        self._library = library
        self._tokens = tokens
        self.readings: dict[bool, ModelReading] = {}  # by whether it is the negative prompt
        self.which = Combo(tr("Text"), tr("Which of the two texts is shown as tokens."))
        self.which.addItem(tr("Prompt"), False)
        self.which.addItem(tr("Negative prompt"), True)
        self.step = QSpinBox()
        self.step.setAccessibleName(tr("Step"))
        self.step.setToolTip(tr("In which step the text is shown: words may change on the way."))
        guard_wheel(self.step)
        self._step_words = QLabel(tr("Step"))
        self._step_words.setBuddy(self.step)
        self.body = QTextEdit()
        self.body.setReadOnly(True)
        self.body.setTabChangesFocus(True)
        self.body.setUndoRedoEnabled(False)
        self.body.setAccessibleName(tr("Tokens of this text"))
        self.body.setToolTip(tr("Each box is a token; a word of several boxes is cut into pieces."))
        self.lines.addWidget(row(self.which, self._step_words, self.step, None))
        self.lines.addWidget(self.body)
        self.which.currentIndexChanged.connect(self._choose)
        self.step.valueChanged.connect(self._show)

    def clear(self) -> None:
        self.readings.clear()
        self.body.clear()
        self._fit()

    def begin(self) -> None:
        self._choose()

    def _choose(self) -> None:
        is_negative = bool(self.which.currentData())
        if is_negative in self.readings:
            self._take(is_negative, self.readings[is_negative])
            return
        picture, library = self.picture, self._library.disk
        if picture is None:
            return
        request = picture.job.request

        def read() -> ModelReading:
            from core.service.remarks.model_reading import read_drawn

            entry = library.find(request.model)
            return read_drawn(library, entry, request, is_negative=is_negative)

        self._answers.work(read, partial(self._take, is_negative))

    def _take(self, is_negative: bool, reading: ModelReading) -> None:
        self.readings[is_negative] = reading
        if is_negative != bool(self.which.currentData()):
            return
        self.step.blockSignals(True)
        self.step.setRange(1, reading.steps)
        self.step.blockSignals(False)
        for part in (self._step_words, self.step):
            part.setVisible(len(reading.ends) > 1)
        self._show()

    def _show(self) -> None:
        reading = self.readings.get(bool(self.which.currentData()))
        if reading is not None:
            show_reading(self.body, reading, self.step.value(), self._tokens)
            self._fit()
        self.tell()

    def _fit(self) -> None:
        """As high as its text, as far as that goes."""
        document = self.body.document()
        document.setTextWidth(self.body.viewport().width())
        edges = 2 * self.body.frameWidth()
        self.body.setFixedHeight(min(round(document.size().height()) + edges, TALLEST))

    def rows(self) -> Rows:
        reading = self.readings.get(bool(self.which.currentData()))
        if reading is None:
            return ()
        texts = reading.at(self.step.value())
        read = [one for text, _ in texts for one in reading.of(text)]
        first = [one for one in read if one.encoder == read[0].encoder]
        chunks = [chunk for one in first for chunk in one.chunks]
        tokens = sum(len(chunk.ids) for chunk in chunks)
        several = len({one.encoder for one in read})
        found = [
            (tr("Tokens"), f"{tokens:,}"),
            (tr("Chunks"), f"{len(chunks)}"),
            (tr("Their numbers in the list"), _listed([one for c in chunks for one in c.ids])),
            (tr("Different texts over the steps"), f"{len(reading.ends)}"),
            (tr("Text encoders that read it"), f"{several}"),
        ]
        lost = sum(len(one.left_out) for one in read)
        if lost:
            found.append((tr("Words without a token"), f"{lost}"))
        return found

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self._tokens = tokens
        self._show()


def _listed(ids: list[int]) -> str:
    more = " ..." if len(ids) > MOST_IDS else ""
    return ", ".join(str(one) for one in ids[:MOST_IDS]) + more


def _text(name: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAccessibleName(name)
    return label
