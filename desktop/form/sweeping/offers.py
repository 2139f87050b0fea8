"""What the axes of a sweep offer: what can be varied here, and of each axis the values that can be
ticked or how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.values.model import ModelKind
from desktop.form.sweeping.axis_line import Choices
from desktop.form.sweeping.panel import SweepPanel
from desktop.state.services import Services
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.models.library.model_entry import ModelEntry

STYLE = "style"
MOST_STYLES = 200  # that a list still shows


class AxisOffers(QObject):
    """Follows the library and the form. Call `look_again` when the axes are opened: styles lie in
    files."""

    def __init__(self, services: Services, panel: SweepPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._panel = panel
        self._styles: Choices | None = None  # not read yet
        self._wildcards: tuple[str, ...] = ()
        services.library.changed.connect(self._offer)
        self._offer()

    def look_again(self) -> None:
        """Files may have changed."""
        self._styles = None
        self._offer()

    def follow_prompt(self) -> None:
        """Its wildcards may be others."""
        if self._wildcards_now() != self._wildcards:
            self._offer()

    def _wildcards_now(self) -> tuple[str, ...]:
        from core.prompt.wildcards.drawing import WILDCARD

        texts = self._services.draft.request
        found = WILDCARD.findall(f"{texts.prompt}\n{texts.negative_prompt}")
        return tuple(dict.fromkeys(found))

    def _offer(self) -> None:
        from core.service.sweeps.axes.offered import offered_axes

        self._wildcards = self._wildcards_now()
        loras = [one.id for one in self._entries(ModelKind.LORA)]
        self._panel.offer(offered_axes(loras, self._wildcards))
        self.offer_values()

    def _entries(self, kind: ModelKind) -> list[ModelEntry]:
        entries = (item.entry for item in self._services.library.items)
        return [entry for entry in entries if entry.kind == kind and entry.ready]

    def offer_values(self) -> None:
        """Of each axis what can be ticked, or how its values are written."""
        from core.service.sweeps.axes.offered import choices_of_axis, example_of

        known = self._known()
        for line in self._panel.lines:
            name = line.name()
            choices = choices_of_axis(name, known)
            line.offer_values(choices, "" if choices else example_of(name))
        if self._styles is None and STYLE in {line.name() for line in self._panel.lines}:
            self._read_styles()

    def _known(self) -> dict[str, Choices]:
        entry = self._services.library.entry(self._services.draft.request.model)
        sizes = entry.family_row.sizes if entry is not None else ()
        models = _named(self._entries(ModelKind.CHECKPOINT))
        none = (("none", tr("none")),)
        return {
            "model": models,
            "refiner": none + models,
            "vae": none + _named(self._entries(ModelKind.VAE)),
            "lora": none + _named(self._entries(ModelKind.LORA)),
            "size": tuple((f"{w}x{h}", f"{w} × {h}") for w, h in sizes),
            "hires": (("off", tr("off")), ("auto", tr("auto")), ("1.5", "1.5 ×"), ("2", "2 ×")),
            STYLE: none + self._styles if self._styles else (),
        }

    def _read_styles(self) -> None:
        self._styles = ()  # asked for
        places = self._services.stores.places

        def read() -> Choices:
            from core.prompt.styles.files import OWN, styles_in

            names = styles_in(OWN, places.styles).styles
            return tuple((name, name) for name in names) if len(names) <= MOST_STYLES else ()

        def here(styles: Choices) -> None:
            self._styles = styles
            if styles:
                self.offer_values()

        self._services.gallery_tasks.submit(read, here)


def _named(entries: list[ModelEntry]) -> Choices:
    return tuple((entry.id, entry.name) for entry in entries)
