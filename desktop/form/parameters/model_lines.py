"""Lines of the networks that make a picture: the model, another VAE, and a refiner with the share
of the steps that is left to it."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.form.parameters.lines import ChoiceLine, Line, NumberLine
from desktop.state.draft import Draft
from desktop.widgets.controls import Combo, DetailDelegate
from desktop.widgets.i18n import tr, tr_data


class ModelLine(Line):
    """The panel fills it and takes what is chosen: some of its entries are no models."""

    def __init__(self, draft: Draft) -> None:
        declared = draft.declared["model"]
        self.combo = Combo(tr_data(declared.label), tr_data(declared.help))
        self.combo.setItemDelegate(DetailDelegate(self.combo))
        super().__init__(draft, {"model": self.combo})

    def show(self) -> None:
        self.combo.setCurrentIndex(max(0, self.combo.findData(self.draft.request.model)))


class OtherModelLine(ChoiceLine):
    """None of them, or one of those that are here; there only where there are some."""

    def __init__(self, draft: Draft, field: str, nothing: str) -> None:
        self._nothing = nothing
        super().__init__(draft, field)
        self.offer(())

    def offer(self, others: Sequence[tuple[str, str]]) -> None:
        """These (id, name); the one in use is there though it is offered no more."""
        self.combo.clear()
        self.combo.addItem(self._nothing, "")
        for value, name in others:
            self.combo.addItem(name, value)
        current = getattr(self.draft.stored(), self.field)
        if current and self.combo.findData(current) < 0:
            self.combo.addItem(current, current)
        self.show()

    def show(self) -> None:
        at = self.combo.findData(getattr(self.draft.stored(), self.field))
        self.combo.setCurrentIndex(max(0, at))

    def offered(self) -> bool:
        return self.combo.count() > 1


class RefinerLine(OtherModelLine):
    """A second model for the last steps, of those that have refiners."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "refiner", tr("none"))

    def offered(self) -> bool:
        return super().offered() and self.draft.family.id == "sdxl"


class RefinerFromLine(NumberLine):
    """There while a refiner is chosen."""

    def __init__(self, draft: Draft, refiner: RefinerLine) -> None:
        super().__init__(draft, "refiner_at")
        self._refiner = refiner

    def offered(self) -> bool:
        return self._refiner.offered() and bool(self.draft.stored().refiner)
