"""The status line: device, network, and whether the picture asked for fits into memory,
with one click to make it fit."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtWidgets import QStatusBar, QToolButton, QToolTip, QWidget

from core.service.stores import Stores
from core.values.device import Device, Fits, MemoryMode
from core.values.request_parts.hires import AUTO
from desktop.state.draft import Draft
from desktop.state.library import LibraryState
from desktop.state.tasks import SerialTasks
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.figures import span_words, time_words
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.models.files.families import Family
    from core.models.files.fit import Fit
    from core.service.fit_prediction import Remedy
    from core.values.request import Request

SETTLED_MS = 250
MOSTLY = 100  # to 1: who gets the room that is left
ROOM = 8  # pixels beside the words of a remark
WATCHED = frozenset(
    {
        "model",
        "width",
        "height",
        "steps",
        "guidance",
        "sampler",
        "guidance_from",
        "guidance_until",
        "feature_reuse",
        "token_merging",
        "decoder",
        "matrices",
        "hires",
        "start",
        "schedule",
        "levels",
        "eta",
        "fresh_noise",
        "compatibility",
    }
)


def status_button(text: str, why: str) -> QToolButton:
    """A word in the status line that explains itself when pressed."""
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(text)
    button.setToolTip(why)
    button.clicked.connect(lambda: _show_tooltip(button))
    return button


def _remarks_of_numbers(request: Request, row: Family) -> tuple[str, ...]:
    """Not for the GUI thread: a schedule's levels may take 50 ms to be reckoned."""
    from core.service.remarks.numbers import number_remarks

    return number_remarks(request, row)


def _show_tooltip(button: QToolButton) -> None:
    """Above the button, since the status line is at the lower edge of the screen."""
    QToolTip.showText(button.mapToGlobal(QPoint(0, -60)), button.toolTip(), button)


class FitWatch(QObject):
    """Follows the form and the library and shows at `button`: fits, fits in a slower way, or does
    not, with memory and seconds."""

    eight_bit_asked = Signal()

    def __init__(
        self,
        stores: Stores,
        library: LibraryState,
        draft: Draft,
        records: SerialTasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._stores = stores
        self._library = library
        self._draft = draft
        self._records = records
        self._offer: Remedy | None = None
        self.button = QToolButton()
        self.button.setObjectName("fit")
        self.button.setAccessibleName(tr("Fit into memory"))
        self.button.setVisible(False)
        self.button.clicked.connect(self._pressed)
        self.remark = ElidedLabel()
        self.remark.setObjectName("slow")
        self.remark.setAccessibleName(tr("Remarks"))
        self.remark.hide()
        self.refine = QToolButton()
        self.refine.setText(tr("Use hires fix"))
        self.refine.setAccessibleName(self.refine.text())
        self.refine.setObjectName("answer")
        self.refine.setVisible(False)
        self.refine.clicked.connect(self._use_hires)
        self._remarks: tuple[str, ...] = ()
        self._of_numbers: tuple[str, ...] = ()  # what is to be said of them, reckoned backstage
        self._why = ""
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self.refresh)
        self._connection = draft.changed.connect(self._changed)
        library.changed.connect(self._timer.start)
        library.machine_changed.connect(self._timer.start)

    def start(self) -> None:
        """After the first paint: what is to be said of the form as it is."""
        self._timer.start()

    def _changed(self, names: frozenset[str]) -> None:
        if names & WATCHED:
            self._timer.start()

    def use_draft(self, draft: Draft) -> None:
        """Another room's form is in front."""
        if draft is not self._draft:
            self._draft.changed.disconnect(self._connection)
            self._draft = draft
            self._connection = draft.changed.connect(self._changed)
            self._timer.start()

    def say(self) -> None:
        """What a person should know of size and numbers before a picture is made: a short line, all
        of it where fits and seconds are explained.

        What is said of the texts stands under them (form/prompt/remark_line.py).
        """
        from core.service.remarks.hires import OFFER, composition_remarks, hires_helps, hires_remark
        from core.service.remarks.sizes import mode_remarks

        request = self._draft.stored()
        row = self._draft.family
        known = self._library.entry(request.model) is not None
        warnings = (
            (*composition_remarks(request, row), *mode_remarks(request, row)) if known else ()
        )
        told = (hires_remark(request, row), *self._of_numbers) if known else ()
        self._remarks = (*warnings, *filter(None, told))
        self._show_remarks(warning=bool(warnings))
        self.refine.setVisible(known and hires_helps(request, row))
        self.refine.setToolTip(tr_data(OFFER))
        self.button.setToolTip("\n".join((*self._remarks, self._why)))

    def _show_remarks(self, *, warning: bool) -> None:
        """No wider than their words, so that what answers them stands beside them."""
        words = " ".join(self._remarks)
        self.remark.setObjectName("slow" if warning else "dim")
        self.remark.style().polish(self.remark)
        self.remark.setMaximumWidth(self.remark.fontMetrics().horizontalAdvance(words) + ROOM)
        self.remark.set_full(words)
        self.remark.setAccessibleDescription(words)
        self.remark.setVisible(bool(words))

    def _use_hires(self) -> None:
        self._draft.put("hires.mode", AUTO)

    def refresh(self) -> None:
        """Say what the size wants said; predict in the background, then show."""
        from core.service.remarks.canvas import resolved_hires

        self.say()
        asked = partial(_remarks_of_numbers, self._draft.stored(), self._draft.family)
        self._records.submit(asked, self._note_numbers)
        request, _ = resolved_hires(self._draft.stored(), self._draft.family)
        entry = self._library.entry(request.model)
        kind, there = self._library.machine
        weights = self._library.weights
        if entry is None or not entry.ready or there == 0:
            self.button.setVisible(False)
            return

        def predict() -> tuple[Fit, Remedy]:
            from core.service.fit_prediction import fit_of_request, free_memory

            available = free_memory() if there < 0 else there
            return fit_of_request(self._stores, entry, request, kind, available, weights)

        self._records.submit(predict, self._show, lambda _: self.button.setVisible(False))

    def _note_numbers(self, remarks: tuple[str, ...]) -> None:
        if remarks != self._of_numbers:
            self._of_numbers = remarks
            self.say()

    def _show(self, fit_and_remedy: tuple[Fit, Remedy]) -> None:
        fit, self._offer = fit_and_remedy
        state, words, reasons = _verdict(fit, self._offer)
        if fit.seconds_span is not None:
            words += " · " + tr("about {time}", time=span_words(*fit.seconds_span))
            if fit.loading:
                time_more = time_words(fit.loading)
                reasons.append(tr("Loading the model takes about {time} more.", time=time_more))
        self._why = " ".join(reasons)
        mark = {Fits.YES: "●", Fits.SLOW: "◐", Fits.NO: "○"}[state]
        self.button.setText(f"{mark} {words}")
        self.button.setAccessibleName(words)
        self.button.setToolTip("\n".join((*self._remarks, self._why)))
        self.button.setAccessibleDescription(self.button.toolTip())
        self.button.setProperty("state", state.value)
        self.button.style().polish(self.button)
        self.button.setVisible(True)

    def _pressed(self) -> None:
        offer = self._offer
        if offer is not None and offer.eight_bit:
            self.eight_bit_asked.emit()
        elif offer is not None and offer.size:
            width, height = offer.size
            self._draft.set(width=width, height=height)
        else:
            _show_tooltip(self.button)


def _verdict(fit: Fit, remedy: Remedy) -> tuple[Fits, str, list[str]]:
    """How a picture fits, the words for it, and the sentences that explain them."""
    needed = fit.peak_bytes / 1e9
    figures = tr(
        "This picture needs about {needed:.1f} GB of memory; {there:.1f} GB are free.",
        needed=needed,
        there=fit.available_bytes / 1e9,
    )
    if not fit.fits:
        words, ways_out = _ways_out(needed, remedy)
        return Fits.NO, words, [figures, *ways_out]
    if fit.mode is not MemoryMode.RESIDENT:
        words = tr("Fits with help · {needed:.1f} GB", needed=needed)
        slower = tr("It is made in smaller portions, which takes longer.")
        return Fits.SLOW, words, [figures, slower]
    return Fits.YES, tr("Fits · {needed:.1f} GB", needed=needed), [figures]


def _ways_out(needed: float, remedy: Remedy) -> tuple[str, list[str]]:
    """The words where a picture that needs so many GB does not fit, and what can be done."""
    if remedy.eight_bit:
        pressing = tr(
            "Press to keep weights in 8 bits: that takes half of the memory or less, for "
            "nearly the same picture."
        )
        return tr("Does not fit · use 8-bit weights"), [tr("It fits with 8-bit weights."), pressing]
    if remedy.size:
        width, height = remedy.size
        words = tr("Does not fit · make it {width} x {height}", width=width, height=height)
        return words, [tr("Press to take the largest size that fits.")]
    words = tr("Does not fit · {needed:.1f} GB", needed=needed)
    return words, [tr("Choose a smaller model, or close other programs.")]


class StatusLine:
    """Fills a window's status bar."""

    def __init__(self, bar: QStatusBar, device: str, fit: FitWatch) -> None:
        name = tr("automatic") if device == "auto" else device.upper()
        self.device = status_button(
            tr("Device: {name}", name=name),
            tr(
                "What computes the pictures: the fastest device this machine has, "
                "or the one chosen in Settings."
            ),
        )
        self.network = status_button(
            tr("Works offline · no connections made"),
            tr(
                "Calotype has no network code that runs by itself: prompts and "
                "pictures stay on this machine."
            ),
        )
        self.fit = fit
        self._idle = ""  # what is said of a card that is not used
        for part in (self.device, fit.button, self.network):
            bar.addWidget(part)
        bar.addWidget(fit.remark, MOSTLY)
        bar.addWidget(fit.refine)
        bar.addWidget(QWidget(), 1)  # takes what the remark leaves
        bar.setSizeGripEnabled(False)

    def note_connection(self, host: str) -> None:
        """A person asked for something from the network."""
        self.network.setText(
            tr("Last connection: {host}, {time}", host=host, time=time.strftime("%H:%M"))
        )
        self.network.setToolTip(
            tr(
                "Calotype connects only for what you ask: a search, a look at an address, a "
                "download. Prompts and pictures stay on this machine."
            )
        )
        self.network.setAccessibleName(self.network.text())

    def use_devices(self, devices: list[Device]) -> None:
        """Name what the engine found."""
        if devices:
            name = devices[0].name if devices[0].id != "cpu" else tr("processor")
            self._name_device(tr("Device: {name}", name=name))

    def note_idle_card(self, advice: tuple[str, str] | None) -> None:
        """There is a graphics card that this build cannot use: the device says so,
        and what to do about it when pressed."""
        if advice is not None:
            self._idle = tr("graphics card idle")
            self.device.setToolTip(" ".join(advice))
            self.device.setProperty("state", "slow")
            self.device.style().polish(self.device)
            self._name_device(self.device.text())

    def _name_device(self, text: str) -> None:
        if self._idle and self._idle not in text:
            text = f"{text} · {self._idle}"
        self.device.setText(text)
        self.device.setAccessibleName(text)
