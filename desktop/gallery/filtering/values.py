"""Menus of what the fields of a search can be asked for: some always the same, some the names that
the gallery's pictures have, which are read when their menu opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu
from shiboken6 import isValid

from desktop.gallery.filtering.terms import exactly
from desktop.gallery.filtering.words import DATES, FIELDS, HAS, IS
from desktop.pictures.marking.names import Names
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr, tr_data

MOST = 40  # names in one menu; the field's completion finds all
STARS = 5
NAMED = ("model", "lora", "sampler", "schedule", "tag", "album", "program", "folder")
_IN_THE_MENU = ("model", "lora", "sampler", "tag", "album", "program", "folder")
_SIZES = (512, 768, 1024, 2048)

Chosen = Callable[[str], object]  # gets a term as it is typed


class ValueMenus(QObject):
    """`names` is asked in a task."""

    def __init__(self, names: Names, tasks: SerialTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._names = names
        self._tasks = tasks

    def has(self, field: str) -> bool:
        """Whether there is a menu of this field's values."""
        return field in (*NAMED, "is", "has", "rating", "date", "size")

    def whole(self, menu: QMenu, chosen: Chosen) -> None:
        """All fields that there is a menu for, each with its values."""
        self._submenu(menu, tr("Rating"), "rating", chosen)
        self._put(menu, tr_data(IS["favourite"]), "is:favourite", chosen)
        self._put(menu, tr_data(IS["rejected"]), "is:rejected", chosen)
        menu.addSeparator()
        self._submenu(menu, tr("Date"), "date", chosen)
        self._submenu(menu, tr("Size"), "size", chosen)
        for field in _IN_THE_MENU:
            self._submenu(menu, tr_data(FIELDS[field]), field, chosen)
        menu.addSeparator()
        self._submenu(menu, tr("State"), "is", chosen)
        self._submenu(menu, tr("What it has"), "has", chosen)

    def _submenu(self, menu: QMenu, words: str, field: str, chosen: Chosen) -> None:
        self.fill(menu.addMenu(words), field, chosen)

    def fill(self, menu: QMenu, field: str, chosen: Chosen) -> None:
        """The values of a field."""
        match field:
            case "rating":
                self._fill_ratings(menu, chosen)
            case "date":
                for value, words in DATES.items():
                    self._put(menu, tr_data(words), f"date:{value}", chosen)
                menu.addSeparator()
                self._fill_months(menu, chosen)
            case "size":
                for side in _SIZES:
                    words = tr("Longer side from {n} pixels", n=side)
                    self._put(menu, words, f"size:>={side}", chosen)
            case "is" | "has":
                for value, words in (IS if field == "is" else HAS).items():
                    self._put(menu, tr_data(words), f"{field}:{value}", chosen)
            case _:
                self._read(menu, field, chosen)

    def _fill_ratings(self, menu: QMenu, chosen: Chosen) -> None:
        for n in range(STARS, 0, -1):
            words = tr("5 stars") if n == STARS else tr("{n} stars and more", n=n)
            if n == 1:
                words = tr("1 star and more")
            self._put(menu, words, f"rating:{n}" if n == STARS else f"rating:>={n}", chosen)
        self._put(menu, tr("No rating"), "rating:0", chosen)

    def _fill_months(self, menu: QMenu, chosen: Chosen) -> None:
        """This month and those before it, and two years."""
        from PySide6.QtCore import QDate, QLocale

        first = QDate.currentDate()
        for back in range(6):
            month = first.addMonths(-back)
            words = QLocale().toString(month, "MMMM yyyy")
            self._put(menu, words, f"date:{month.toString('yyyy-MM')}", chosen)
        menu.addSeparator()
        for back in range(2):
            year = str(first.year() - back)
            self._put(menu, year, f"date:{year}", chosen)

    def _put(self, menu: QMenu, words: str, term: str, chosen: Chosen) -> None:
        action = menu.addAction(words.replace("&", "&&"))
        action.triggered.connect(lambda _=False: chosen(term))

    def _read(self, menu: QMenu, field: str, chosen: Chosen) -> None:
        """Names of the gallery: once the menu opens, for it alone."""
        menu.addAction(tr("Looking...")).setEnabled(False)
        asked: list[bool] = []

        def open_it() -> None:
            if not asked:
                asked.append(True)
                self._tasks.submit(
                    partial(self._names, field), partial(self._found, menu, field, chosen)
                )

        menu.aboutToShow.connect(open_it)

    def _found(
        self, menu: QMenu, field: str, chosen: Chosen, names: Sequence[tuple[str, int]]
    ) -> None:
        if not isValid(menu):
            return
        menu.clear()
        for name, count in names[:MOST]:
            # behind a tab stands what a menu shows at its right edge
            shown = name if count < 0 else f"{name}	{count:,}"
            self._put(menu, shown, exactly(field, name), chosen)
        if not names:
            menu.addAction(tr("There are none yet")).setEnabled(False)
