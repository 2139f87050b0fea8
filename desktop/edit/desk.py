"""Everything that the room Edit works with, joined: documents, canvas, form, results, panels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from core.service.starting.usual_values import OF_DOCUMENT
from core.store.jobs import QueuedJob
from core.values.editing.document import Document
from core.values.picture import Picture
from core.values.request import CheckedRequest
from desktop.edit import desk_commands
from desktop.edit.acts.asking import AskingActs
from desktop.edit.acts.clipboard import Clipboard
from desktop.edit.acts.comparing import BeforeAfter
from desktop.edit.acts.layers import LayerActs
from desktop.edit.canvas.canvas import Canvas
from desktop.edit.document.painting import Target
from desktop.edit.form import DocumentForm, form_for_new
from desktop.edit.help_texts import help_texts
from desktop.edit.page import EditPage, work_column
from desktop.edit.panels.canvas_menu import CanvasMenu
from desktop.edit.panels.result_line import ResultLine
from desktop.edit.panels.side import EditSide
from desktop.edit.panels.tabs import DocumentTabs
from desktop.edit.panels.tools import ToolColumn, ToolOptionsLine
from desktop.edit.work.arrivals import Arrivals
from desktop.edit.work.letters import LettersToCanvas
from desktop.edit.work.open_documents import OpenDocuments
from desktop.edit.work.results import Results
from desktop.edit.work.tab import Tab
from desktop.shared.context import RoomContext
from desktop.state.draft import Draft
from desktop.state.session import Session
from desktop.widgets.i18n import tr

Act = Callable[[], object]


class EditDesk(QObject):
    """Built in slices: what holds the work, the form, and what stands around the canvas."""

    def __init__(self, context: RoomContext, page: EditPage) -> None:
        super().__init__(context.window)
        self._context = context
        self._signals = context.signals
        self.page = page
        self._last = ""  # the document that was shown at the last exit
        self._formed: Tab | None = None  # the one whose form stands in the draft
        self._filling = False
        created = context.services.draft
        self.draft = Draft(created.family, self, follows=OF_DOCUMENT)
        self._services = replace(context.services, draft=self.draft)
        self.documents = OpenDocuments(self._services, context.notice, self)
        self.canvas = Canvas()
        self.results = Results(
            self._services,
            self.documents,
            self.canvas,
            trash=context.trash,
            notice=context.notice,
            parent=self,
        )
        self.arrivals = Arrivals(
            self._services,
            self.documents,
            otherwise=partial(form_for_new, created),
            notice=context.notice,
            window=context.window,
            parent=self,
        )

    def build_form(self) -> Iterator[None]:
        """The form, which takes longest, slice by slice."""
        self.form = DocumentForm(self._services, self._context.notice, self._context.window)
        yield from self.form.slices()
        self.form.asked.connect(self._ask)
        self.form.get_models.connect(self._signals.get_models)
        self.form.select_model.connect(self._signals.select_model)
        self.form.show_models.connect(self._signals.show_models)
        self.draft.changed.connect(self._note_form)
        self.draft.history.stepped.connect(self._signals.possible_changed)
        self.draft.history.stepped.connect(self._context.notice.drop_idle)
        self.draft.step_undone.connect(self._signals.told)
        # a press of the mouse leaves the keys where they are, on the canvas or in a text
        self.form.side.generate.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def build_around(self) -> Iterator[None]:
        """Tabs, tools, layers, and who hears whom, slice by slice."""
        self.tabs = DocumentTabs(self.documents)
        self.tools = ToolColumn(self.canvas)
        yield
        self.options = ToolOptionsLine(self.canvas)
        self.line = ResultLine(self.results, self._services.service)
        yield
        self.side = EditSide(self._context.newest)
        self.layers = LayerActs(self.side.layers, self._services, self)
        yield
        self.asking = AskingActs(self.canvas, self._context.window)
        self.menu = CanvasMenu(self.canvas)
        self.clipboard = Clipboard(self.canvas, self._services, self._context.notice)
        self.before_after = BeforeAfter(
            self.canvas, self._services, self._context.notice, self._context.window
        )
        work = work_column(self.tabs, self.tools, self.options, self.canvas, self.line)
        yield
        yield from self.page.place(self.form.side, work, self.side)
        self._context.current.follow(self.side.history.grid)
        self._context.notice.lie_over(self.canvas)  # Generate, results and live stay in reach
        self._connect()
        yield
        self._show()

    def _connect(self) -> None:
        signals, documents = self._signals, self.documents
        documents.shown.connect(self._show)
        documents.listed.connect(signals.possible_changed)
        documents.listed.connect(self._tell_titles)
        documents.could_reopen.connect(self._show_reopen)
        LettersToCanvas(self.canvas, self.side.layers, self.line, self.tools, self.tabs)
        self.tabs.close_asked.connect(documents.close)
        self.line.left.connect(self.canvas.setFocus)
        self.canvas.began.connect(self.results.step_aside)
        self.canvas.began.connect(self.layers.settle)
        self.canvas.rested.connect(self.results.come_back)
        self.canvas.said.connect(signals.told)
        self.canvas.viewed.connect(self._note_view)
        self.results.changed.connect(signals.possible_changed)
        self.arrivals.saved.connect(self._saved)
        self.arrivals.brought.connect(self._take_up)
        self.arrivals.newer_found.connect(signals.possible_changed)
        signals.edit_file.connect(self._open)
        signals.add_layer.connect(self._add_layer)
        self._services.service.started.connect(self._note_seed)
        self.page.splitter.splitterMoved.connect(lambda *_: signals.session_changed.emit())
        acts = self.handlers()
        for button, command_id, _ in (*self.line.buttons(), *self.page.empty.buttons()):
            button.clicked.connect(lambda _=False, act=acts[command_id]: act())
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.applicationStateChanged.connect(self._look_outside)

    # --- its life ---

    def begin(self) -> None:
        """The window has been painted."""
        self.form.begin()
        self.documents.begin(self._last)

    def end(self) -> None:
        """The window closes."""
        self.form.prompt.settled()
        self.layers.settle()
        self.documents.keep_records()
        self.arrivals.end()
        self.form.end()

    def session(self, kept: Session) -> Session:
        """What the next start should find."""
        current = self.documents.current
        document = current.id if current is not None else ""
        kept = replace(kept, edit_splitter=self.page.widths(), document=document)
        return self.form.session(replace(kept, mask_tint=self.canvas.is_tinted()))

    def restore(self, kept: Session) -> None:
        """What `session` kept."""
        self._last = kept.document
        self.canvas.show_tint(kept.mask_tint)
        if kept.edit_splitter:
            self.page.restore(kept.edit_splitter)
        self.form.restore(kept)

    # --- the document that is shown ---

    def _show(self) -> None:
        """Another document: its form, its picture, its layers."""
        tab = self.documents.current
        self._bring_form(tab)
        self.canvas.show_document(
            None if tab is None else tab.open, None if tab is None else tab.record.view
        )
        self.results.begin_anew()
        self.layers.use(None if tab is None else tab.open, "" if tab is None else tab.id)
        if tab is not None and tab.open is not None:
            tab.open.stepped.connect(self._stepped, Qt.ConnectionType.UniqueConnection)
        self.page.show_work(tab is not None, self.canvas)
        self._frame_words()
        self.arrivals.look_for_newer()
        self._signals.session_changed.emit()
        self._signals.possible_changed.emit()

    def _bring_form(self, tab: Tab | None) -> None:
        if tab is self._formed:
            return
        if self._formed is not None:
            self._formed.form = self.form.put_away()
        self._formed = None
        if tab is not None:
            self.form.bring(tab.form or self.form.first_state(tab.record, tab.document))
        self._formed = tab

    def _note_form(self, names: frozenset[str]) -> None:
        """What is typed is kept with the document."""
        tab = self._formed
        if tab is not None:
            record = replace(
                tab.record, request=self.draft.stored(), random_seed=self.draft.random_seed
            )
            self.documents.record(tab, record, soon=True)
        if "model" in names:
            self._frame_words()

    def _note_view(self) -> None:
        """How the document is looked at is kept with it."""
        tab = self.documents.current
        if tab is not None and self.canvas.document() is tab.open:
            self.documents.record(tab, replace(tab.record, view=self.canvas.view()), soon=True)

    def _note_seed(self, job: QueuedJob) -> None:
        """The form of the document that is being made shows the seed."""
        tab = self._formed
        if tab is not None and job.request.document == tab.id and job.request.seed is not None:
            self.draft.note_seed(job.request.seed)

    def _stepped(self, _: str) -> None:
        self._frame_words()
        if (tab := self.documents.current) is not None:
            self.documents.thumbnails.refresh(tab)
        self._signals.possible_changed.emit()

    def _frame_words(self) -> None:
        """What the model sees, and the size it is rendered at."""
        if self.documents.current is not None and (document := self.documents.current.document):
            self.canvas.set_frame_words(self.form.follow(document))

    def toggle_target(self) -> None:
        """Paint on the mask, or on the layer."""
        of_layer = self.canvas.target() is Target.LAYER
        self.canvas.set_target(Target.MASK if of_layer else Target.LAYER)
        words = tr("Tools select what is made anew.") if of_layer else tr("Tools paint the layer.")
        self._signals.told.emit(words)

    def toggle_tint(self) -> None:
        """Tint what is selected, or show its outline alone."""
        shown = not self.canvas.is_tinted()
        self.canvas.show_tint(shown)
        words = tr("The mask is tinted.") if shown else tr("Of the mask the outline is seen alone.")
        self._signals.told.emit(words)
        self._signals.session_changed.emit()

    # --- what comes from elsewhere ---

    def _ask(self, request: CheckedRequest) -> None:
        self.results.ask(request, random_seed=self.draft.random_seed)

    def _open(self, path: object) -> None:
        from pathlib import Path

        assert isinstance(path, Path)
        self._signals.go.emit("edit")
        self.arrivals.open_file(path)

    def _add_layer(self, path: object) -> None:
        from pathlib import Path

        assert isinstance(path, Path)
        self._signals.go.emit("edit")
        self.arrivals.add_layer(path)

    def _take_up(self, document: Document) -> None:
        """What one does first with a new document: paint on an empty sheet, and say of a picture
        what is to be made anew."""
        self.canvas.set_target(Target.LAYER if document.is_clear else Target.MASK)

    def paint_live(self, on: bool) -> None:
        """What is answered then are colours, where nothing is selected that they are for."""
        tab = self.documents.current
        if on and tab is not None and tab.document is not None and tab.document.mask() is None:
            self.canvas.set_target(Target.LAYER)

    def _saved(self, picture: Picture) -> None:
        self._context.newest.add(picture)
        self._signals.picture_made.emit(picture)

    def _tell_titles(self) -> None:
        tabs = self.documents.tabs
        self._signals.titled.emit({tab.id: tab.record.title or tr("Untitled") for tab in tabs})

    def _look_outside(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.arrivals.look_for_newer()

    def _show_reopen(self) -> None:
        self.page.empty.show_reopen(self.documents.closed > 0)
        self._signals.possible_changed.emit()

    # --- the form, to Create and back ---

    def form_from_create(self) -> None:
        """What Create's form holds, into this one; can be undone."""
        self.form.take_form(self._context.services.draft.stored(), tr("Copy form from Create"))
        self._context.notice.say(
            tr("The form of Create stands here now."),
            label=tr("Undo"),
            action=self.draft.undoer(),
            topic="form",
        )

    def form_to_create(self) -> None:
        """What this form holds, into Create's; can be undone."""
        self._signals.take_request.emit(self.form.prompt.settled())

    # --- undo, by focus ---

    def _in_form(self) -> bool:
        """Whether the keys go into the form, or into a text elsewhere that keeps its own steps."""
        focus = QApplication.focusWidget()
        if focus is None:
            return False
        return self.form.side.isAncestorOf(focus) or isinstance(focus, QPlainTextEdit | QLineEdit)

    def step(self, *, back: bool) -> None:
        """Undo or redo, of the form or of the document."""
        tab = self.documents.current
        if self._in_form() or tab is None or tab.open is None:
            (self.form.actions.undo if back else self.form.actions.redo)()
            return
        words = tab.open.undo() if back else tab.open.redo()
        if words:
            self._signals.told.emit(words)

    def step_words(self, *, back: bool) -> tuple[bool, str]:
        """Whether that can do something now, and the name of the step."""
        tab = self.documents.current
        if self._in_form() or tab is None or tab.open is None:
            return self.form.actions.step_words(back=back)
        words = tab.open.undo_words() if back else tab.open.redo_words()
        return bool(words), words

    # --- commands ---

    def close(self) -> None:
        """The document that is shown."""
        if (tab := self.documents.current) is not None:
            self.documents.close(tab)

    def paste(self) -> None:
        """As a layer, or as a document where none is open."""
        if not self.clipboard.paste():
            self.arrivals.paste()

    def handlers(self) -> dict[str, Act]:
        """By id, what commands do here."""
        return desk_commands.handlers(self)

    def possible(self, *, in_front: bool) -> dict[str, bool]:
        """By id, which of them can do something now."""
        return desk_commands.possible(self, in_front=in_front)

    def details(self) -> dict[str, str]:
        """Which steps undo and redo would take."""
        return {
            "undo": self.step_words(back=True)[1],
            "redo": self.step_words(back=False)[1],
        }

    # --- help ---

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        """Buttons that are commands."""
        of_form = (row for row in self.form.buttons() if row[1] != "start-file")
        of_page = (*self.line.buttons(), *self.page.empty.buttons())
        return (*of_form, *of_page, *self.tools.command_buttons())

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        """A sentence for each control that has none of its own."""
        return help_texts(self)
