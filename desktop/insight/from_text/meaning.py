"""The station where tokens become vectors: the states that the denoiser is told of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from desktop.insight.from_text.answers import Answers
from desktop.insight.from_text.station import Rows, Station, milliseconds, part_words
from desktop.insight.from_text.tiles import image_of_plane
from desktop.widgets import theme
from desktop.widgets.figures import size_words
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.values.insight.questions import TextAnswer

ROW = 3  # pixels of a token's row in the map
TALLEST = 308  # pixels of the map; of longer texts rows are narrower
SHOWN_ROWS = 6  # of the table at once
FLOAT = 4  # bytes of a number of the states
MARK = 2  # pixels of the line around a row


class StateMap(QWidget):
    """The states as one picture: a row for each token, a column for each number. One row may be
    marked."""

    def __init__(self, tokens: theme.Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self._image = QImage()
        self._row = -1
        self.setAccessibleName(tr("What the text becomes"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(400, min(ROW * max(self._image.height(), 77), TALLEST))

    def show_states(self, image: QImage, description: str) -> None:
        """All of them."""
        self._image = image
        self._row = -1
        self.setAccessibleDescription(description)
        self.updateGeometry()
        self.update()

    def mark(self, row: int) -> None:
        """The row that is looked at; -1 for none."""
        self._row = row
        self.update()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self._tokens = tokens
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image.isNull():
            painter.fillRect(self.rect(), QColor(self._tokens.raised))
            return
        painter.drawImage(self.rect(), self._image)
        if self._row >= 0:
            high = self.height() / self._image.height()
            top = round(self._row * high)
            painter.setPen(QPen(QColor(self._tokens.accent), MARK))
            painter.drawRect(QRect(1, top - 1, self.width() - MARK, max(round(high), MARK) + 1))


class Meaning(Station):
    """The states of the prompt of the first step, how long each is, and near tokens."""

    def __init__(self, answers: Answers, tokens: theme.Tokens) -> None:
        super().__init__(
            tr("Meaning as numbers"),
            (
                tr(
                    "Each token is looked up as a vector, and the text encoder lets the vectors of "
                    "a chunk change one another: with CLIP each one learns of those before it."
                ),
                tr(
                    "The rows of this picture are what comes out, one for each token, with the end "
                    "and the places that fill the chunk. The denoiser looks at all of them in "
                    "every step, from every place of the picture."
                ),
                tr(
                    "Near tokens are those whose vectors point almost the same way before they are "
                    "read. That was learnt from how words are used beside pictures; it says that "
                    "words are used alike, not that they mean the same."
                ),
            ),
        )
        self._answers = answers
        self.answer: TextAnswer | None = None
        self._rows: list[int] = []  # of the map, by the table's
        self.map = StateMap(tokens)
        self.map.setToolTip(tr("Each row is a token, each column one number: grey is 0."))
        self.table_of = _table()
        self.table_of.currentCellChanged.connect(lambda row, *_: self._mark(row))
        self.lines.addWidget(self.map)
        self.lines.addWidget(self.table_of)

    def clear(self) -> None:
        self.answer = None
        self._rows.clear()
        self.map.show_states(QImage(), "")
        self.table_of.setRowCount(0)

    def begin(self) -> None:
        from core.prompt.grammar.plan import plan_prompts
        from core.values.insight.questions import TextQuestion

        if self.picture is None:
            return
        request = self.picture.job.request

        def read() -> str:
            plan = plan_prompts(request.prompt, "", request.program, request.steps)
            return plan.positive[0].rows[0].text

        def ask(text: str) -> None:
            self._answers.ask(TextQuestion(text), "text", self._take)

        self._answers.work(read, ask)

    def _take(self, answer: TextAnswer) -> None:
        self.answer = answer
        words = tr("{rows} rows of {n} numbers.", rows=answer.states.height, n=answer.width)
        self.map.show_states(image_of_plane(answer.states, 0), words)
        self._rows = [at for at, word in enumerate(answer.words) if answer.near[at]]
        self.table_of.setVisible(bool(self._rows))
        self.table_of.setRowCount(len(self._rows))
        for number, at in enumerate(self._rows):
            near = "   ".join(f'"{one.words}" {one.cosine:.2f}' for one in answer.near[at])
            for column, text in enumerate((answer.words[at], f"{answer.norms[at]:.1f}", near)):
                self.table_of.setItem(number, column, QTableWidgetItem(text))
        self.table_of.resizeRowsToContents()
        high = sum(self.table_of.rowHeight(row) for row in range(len(self._rows))[:SHOWN_ROWS])
        edges = 2 * self.table_of.frameWidth() + 2
        self.table_of.setFixedHeight(high + self.table_of.horizontalHeader().height() + edges)
        self.drawn()

    def _mark(self, row: int) -> None:
        self.map.mark(self._rows[row] if 0 <= row < len(self._rows) else -1)

    def rows(self) -> Rows:
        found: list[tuple[str, str]] = []
        answer = self.answer
        if answer is not None:
            shape = f"{answer.tokens} x {answer.width:,}"
            found.append((tr("Rows and numbers in each"), shape))
            count = answer.tokens * answer.width
            found.append((tr("Numbers in all"), f"{count:,} ({size_words(FLOAT * count)})"))
            span = f"{min(answer.norms):.1f} - {max(answer.norms):.1f}"
            found.append((tr("Length of a row"), span))
            if answer.vocabulary:
                found.append((tr("Tokens in the list"), f"{answer.vocabulary:,}"))
            found.append((tr("Time to read the text"), milliseconds(answer.seconds)))
        if self.parts is not None:
            found.append((tr("Learnt numbers of the text encoders"), part_words(self.parts.text)))
        return found

    def table(self, recipe: str) -> FigureTable | None:
        from core.service.insight.figure_table import FigureTable

        if (answer := self.answer) is None:
            return None
        words = answer.words or ("",) * len(answer.norms)
        return FigureTable(
            name="text-states",
            caption=tr("What the text encoders make of the prompt: a row for each token."),
            scale=tr("Black is {low}, white {high}.", **_ends(answer)),
            recipe=recipe,
            columns=("row", "token", "length"),
            rows=tuple(
                (float(row), word, norm)
                for row, (word, norm) in enumerate(zip(words, answer.norms, strict=True), 1)
            ),
        )

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.map.use_tokens(tokens)


def _ends(answer: TextAnswer) -> dict[str, str]:
    return {"low": f"{answer.states.low:.2f}", "high": f"{answer.states.high:.2f}"}


def _table() -> QTableWidget:
    table = QTableWidget(0, 3)
    table.setHorizontalHeaderLabels([tr("Token"), tr("Length"), tr("Nearest tokens (cosine)")])
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    header = table.horizontalHeader()
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setAccessibleName(tr("Tokens and their nearest ones"))
    table.setToolTip(tr("The row that is chosen here is marked in the picture above."))
    return table
