"""The canvas: shows an open document, large, and takes pointer, pen and keys to the tool in use."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.values.editing.record import View
from desktop.edit.canvas.backing import Backing
from desktop.edit.canvas.candidate import Candidate
from desktop.edit.canvas.drawing import draw_document, draw_frame, draw_mask
from desktop.edit.canvas.marching import Marching
from desktop.edit.canvas.pointing import PointedWidget
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.document.painting import Target
from desktop.edit.document.reading_out import Description
from desktop.edit.tools.brush import BrushTool, draw_cross, draw_outline
from desktop.edit.tools.making import MAKERS
from desktop.edit.tools.moving import FrameTool
from desktop.edit.tools.table import ToolId, ToolOptions
from desktop.edit.tools.tool import Tool, ToolContext
from desktop.edit.tools.view import Placement
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr

_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Canvas(PointedWidget):
    """`viewed`: zoom, place or angle changed. `zoomed`: the words for it. `said`: a sentence for
    the status line. `tool_changed`, `options_changed`, `target_changed`: what is used, how, and
    what on. `began`: something is being done to the document, so a result no longer lies over it;
    `rested`: nothing is any more, whether or not it came to a step. `compared`: the slider of a
    result moved, 0 to 1."""

    viewed = Signal()
    zoomed = Signal(str)
    said = Signal(str)
    tool_changed = Signal()
    options_changed = Signal()
    target_changed = Signal()
    began = Signal()
    rested = Signal()
    compared = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Canvas"))
        self._document: OpenDocument | None = None
        self._view = View()
        self._tool_id = ToolId.BRUSH
        self._tool: Tool | None = None
        self._options = ToolOptions()
        self._target = Target.MASK
        self._frame_words = ""
        self._by_keys = False
        self._candidate: Candidate | None = None
        self._extent = QSizeF(), QRectF()  # that was drawn last
        self._outlined = QRect()  # where the brush's outline was drawn last
        self._backing = Backing(self._draw_below)
        self._marching = Marching(self, lambda: self.is_busy() or self._candidate is not None)
        self._is_tinted = True
        self._unfinished = QRect()  # of the document, what is not drawn yet
        self._description = Description(self, self.document)
        self._drawing_on = QTimer(self, interval=0, singleShot=True)
        self._drawing_on.timeout.connect(self._draw_on)

    def sizeHint(self) -> QSize:
        return QSize(640, 520)

    # --- what is shown ---

    def show_document(self, document: OpenDocument | None, view: View | None = None) -> None:
        """Show another document, or none, as it was looked at last."""
        self.settle()
        if self._document is not None:
            self._connect(self._document, False)
            if self._document is not document:
                self._document.rest()
        if document is not None:
            self._connect(document, True)
        self._document = document
        self._candidate = None
        self._tool = self._made()
        self._view = view or View()
        self._description.start()
        self._renew()

    def _connect(self, document: OpenDocument, connect: bool) -> None:
        slots = (
            (document.masked, self._masked),
            (document.painted, self._painted),
            (document.restructured, self._restructured),
            (document.stepped, self._stepped),
            (document.interrupted, self.settle),
        )
        for signal, slot in slots:
            if connect:
                signal.connect(slot)
            else:
                signal.disconnect(slot)

    def document(self) -> OpenDocument | None:
        """The one that is shown."""
        return self._document

    def set_frame_words(self, words: str) -> None:
        """What stands above the frame: its size and the one it is rendered at."""
        if words != self._frame_words:
            self._frame_words = words
            self.update()

    def _painted(self, area: QRect) -> None:
        around = self.on_widget(QRectF(area), 3)
        self._backing.spoil(around)
        self.update(around)

    def _masked(self, area: QRect) -> None:
        self._marching.spoil(self.on_widget(QRectF(area), 3))

    def _restructured(self) -> None:
        """Pixels that look otherwise are told of; only another extent moves all of them."""
        if self._document is not None and self._extent != self.placement().extent():
            self._renew()
        self.update()

    def _stepped(self, words: str) -> None:
        self._description.start()
        if self.hasFocus():
            announce(self, words)

    def _renew(self) -> None:
        """All is drawn again."""
        self._extent = self.placement().extent()
        self._backing.spoil()
        self._marching.spoil()
        self._say_zoom()
        self.update()

    def is_tinted(self) -> bool:
        """Whether what is selected has a tint, beside its outline."""
        return self._is_tinted

    def show_tint(self, shown: bool) -> None:
        """Tint what is selected, or leave it as it is within its outline."""
        self._is_tinted = shown
        self._backing.spoil()
        self.update()

    # --- a result over it ---

    def show_candidate(self, image: QImage, box: QRect) -> None:
        """Lay a result over the document, at a box of it."""
        kept = self._candidate
        split = kept.split if kept is not None and kept.box == box else 0.0
        self._candidate = Candidate(image, box, split)
        self.update()

    def hide_candidate(self) -> None:
        """The document alone."""
        self._candidate = None
        self.update()

    def has_candidate(self) -> bool:
        """Whether a result lies over the document."""
        return self._candidate is not None

    def show_before(self, before: bool) -> None:
        """Uncover what is below the result, as long as that is asked for."""
        if self._candidate is not None:
            self._candidate = replace(self._candidate, before=before)
            self.update()

    def compare(self, split: float) -> None:
        """Uncover the left part of what is below, 0 to 1."""
        if self._candidate is not None:
            self._candidate = replace(self._candidate, split=min(max(split, 0.0), 1.0))
            self.compared.emit(self._candidate.split)
            self.update()

    # --- the tool ---

    def tool(self) -> ToolId:
        """The one in use."""
        return self._tool_id

    def set_tool(self, tool: ToolId) -> None:
        """Use another one."""
        if tool is self._tool_id:
            return
        self.settle()
        self._tool_id = tool
        self._tool = self._made()
        self.show_cursor()
        self.tool_changed.emit()
        self.update()

    def options(self) -> ToolOptions:
        """What tools are set to."""
        return self._options

    def set_options(self, options: ToolOptions) -> None:
        """Set them otherwise."""
        if options != self._options:
            self._options = options
            self.options_changed.emit()
            self.update(self._outlined.united(self._outline()))

    def swap_colours(self) -> None:
        """The second colour is the one that is painted with."""
        self.set_options(
            replace(self._options, colour=self._options.second, second=self._options.colour)
        )

    def target(self) -> Target:
        """What is painted on."""
        return self._target

    def set_target(self, target: Target) -> None:
        """Paint on something else."""
        if target is not self._target:
            self.settle()
            self._target = target
            self.target_changed.emit()

    def confirm(self) -> bool:
        """Do what a tool has prepared, a crop or a lasso; whether there was anything."""
        return self._tool is not None and self._tool.confirm()

    def give_up(self) -> bool:
        """Forget what a tool has begun; whether there was anything."""
        return self._tool is not None and self._tool.cancel()

    def settle(self) -> None:
        """What a tool has begun is done where it is as good as done, else forgotten."""
        if self._tool is not None:
            self._tool.leave()
            self.rested.emit()

    def is_busy(self) -> bool:
        """Whether a tool has begun something that is no step yet."""
        return self._tool is not None and self._tool.is_busy()

    def _made(self) -> Tool | None:
        if self._document is None:
            return None
        context = ToolContext(
            document=self._document,
            placement=self.placement,
            options=self.options,
            set_options=self.set_options,
            target=self.target,
            say=self.said.emit,
            update=self._update_area,
        )
        return MAKERS[self._tool_id](context)

    def _update_area(self, area: QRectF | None) -> None:
        if area is None:
            self.update()
        else:
            self.update(self.on_widget(area, 4))

    # --- how it lies ---

    def placement(self) -> Placement:
        """How the document lies in the widget now."""
        sheet, frame = QSizeF(1, 1), None
        if self._document is not None:
            sheet, frame = QSizeF(self._document.size), self._document.document.frame
        return Placement(self._view, QSizeF(self.size()), sheet, self.devicePixelRatioF(), frame)

    def view(self) -> View:
        """How the document is looked at, to be kept."""
        return self._view

    def set_view(self, view: View) -> None:
        """Look at it like this."""
        if view == self._view:
            return
        before = self.placement()
        self._view = view
        self._scroll_or_renew(before, self.placement())
        self.viewed.emit()

    def _scroll_or_renew(self, before: Placement, now: Placement) -> None:
        """A mere pan by whole pixels moves what is drawn already."""
        same = (before.zoom, before.view.angle, before.view.mirrored)
        if same != (now.zoom, now.view.angle, now.view.mirrored) or now.view.angle % 90:
            self._renew()
            return
        way = now.to_widget(QPointF()) - before.to_widget(QPointF())
        self._backing.scroll(round(way.x() * now.ratio), round(way.y() * now.ratio))
        self._marching.spoil()
        self._say_zoom()
        self.update()

    def on_widget(self, area: QRectF, margin: int = 0) -> QRect:
        """Around an area of the document, in the widget, with so many pixels more."""
        around = self.placement().transform().mapRect(area).toAlignedRect()
        return around.adjusted(-margin, -margin, margin, margin)

    def _say_zoom(self) -> None:
        self.zoomed.emit("" if self._document is None else self.placement().words())

    def resizeEvent(self, event: object) -> None:
        self._renew()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A ring says so to who came by keys; who points at the picture sees it undisturbed."""
        self._by_keys = event.reason() in _KEYS
        super().focusInEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._renew()
        elif event.type() == QEvent.Type.ActivationChange:
            self._marching.go()

    # --- how it looks ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        self._backing.resize(self.size(), self.devicePixelRatioF())
        if self._document is not None:
            self._document.hurry()
        self._backing.paint(painter, event.rect(), palette.color(palette.ColorRole.Dark))
        if self._document is not None:
            placement = self.placement()
            self._marching.paint(painter, event.rect(), placement, self._document)
            self._draw_above(painter, self._document, placement)
            self._unfinished = self._unfinished.united(self._document.unfinished())
            if not self._unfinished.isEmpty():
                self._drawing_on.start()
        if self.hasFocus() and self._by_keys:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(palette.color(palette.ColorRole.Highlight)), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)

    def _draw_on(self) -> None:
        """What took too long to be drawn with the rest."""
        area, self._unfinished = self._unfinished, QRect()
        self._painted(area)

    def _draw_below(self, painter: QPainter, exposed: QRect) -> None:
        if self._document is not None:
            placement = self.placement()
            draw_document(painter, placement, self._document, exposed)
            if self._is_tinted:
                draw_mask(painter, placement, self._document, exposed)

    def _draw_above(self, painter: QPainter, document: OpenDocument, placement: Placement) -> None:
        if self._candidate is not None:
            self._candidate.draw(painter, placement)
        self._draw_frame(painter, document, placement)
        if self._tool is not None:
            painter.save()
            self._tool.draw(painter, placement)
            painter.restore()
        if self._by_keys and self._pointer is not None:
            draw_cross(painter, self._pointer)
        self._outlined = self._outline()
        if not self._outlined.isNull() and self._pointer is not None:
            painter.save()
            draw_outline(painter, placement, self._pointer, self._options.size)
            painter.restore()

    def _draw_frame(self, painter: QPainter, document: OpenDocument, placement: Placement) -> None:
        if self._tool_id is ToolId.CROP:
            return
        tool = self._tool if isinstance(self._tool, FrameTool) else None
        frame = tool.box() if tool is not None else document.document.frame
        grabbed = tool.grabbed() if tool is not None else None
        bare = self._candidate is None or self._candidate.before
        draw_frame(painter, placement, frame, grabbed, words=self._frame_words, bare=bare)

    def say_place(self, point: QPointF) -> None:
        """Where the pointer is that keys move."""
        x, y = math.floor(point.x()), math.floor(point.y())
        self.said.emit(tr("Pixel {x}, {y}", x=x, y=y))

    def _outline(self) -> QRect:
        """Where the brush's outline lies in the widget; empty where none is shown."""
        if self._pointer is None or not isinstance(self._tool, BrushTool) or self.is_panning():
            return QRect()
        placement = self.placement()
        reach = int(max(self._options.size / 2 * placement.zoom / placement.ratio, 12)) + 4
        at = self._pointer.toPoint()
        return QRect(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
