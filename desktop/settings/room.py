"""The room Settings: what holds for the whole program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room

if TYPE_CHECKING:
    from desktop.state.starting import DiskUse


class SettingsRoom(BuiltRoom):
    """The panel, joined to the window; in safe mode, whose settings are not the person's, it is
    only to be looked at."""

    def __init__(self, context: RoomContext) -> None:
        from desktop.settings.panel import SettingsPanel

        super().__init__(context.window)
        self._services = services = context.services
        self._signals = context.signals
        self.page = self.panel = SettingsPanel(services.settings, context.commands)
        self.first_focus = self.panel

    def slices(self) -> Iterator[None]:
        yield from self.panel.slices()
        services = self._services
        self.panel.changed.connect(self._signals.settings_changed)
        self.panel.shown.connect(self._look_at_disk)
        services.service.found_devices.connect(self.panel.use_devices)
        if services.service.devices:
            self.panel.use_devices(services.service.devices)
        self.panel.setEnabled(not services.safe)
        if not services.safe:
            self._signals.choose_setting.connect(self.panel.take)

    def _look_at_disk(self) -> None:
        """Beside what is written."""
        from desktop.state.starting import disk_use

        def show(usage: DiskUse) -> None:
            self.panel.show_kept(usage.sources.count, usage.sources.bytes)
            self.panel.show_documents(usage.documents.count, usage.documents.bytes)

        stores = self._services.stores
        self._services.gallery_tasks.submit(partial(disk_use, stores), show)

    def _show_keys(self) -> None:
        self._signals.go.emit(SETTINGS.id)
        self.panel.show_keys()

    def handlers(self) -> dict[str, Callable[[], object]]:
        return {"shortcuts": self._show_keys}

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        words = "Everything that holds for the whole program, and the keys of all commands."
        return ((self.panel, words),)


SETTINGS = Room(
    id="settings",
    number=3,
    name="Settings",
    icon="settings",
    key="Ctrl+,",
    help="Goes to the Settings of the whole program and its keys.",
    other_words="preferences options",
    build=SettingsRoom,
    modules=("desktop.settings.panel",),
    hears=lambda signals: (signals.choose_setting,),
    answers=("shortcuts",),
)
