"""At a start where the person wants it: is there a newer version? Says so once, and shows its notes
and its page when pressed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.system.settings import Settings
from core.system.version import program_version
from desktop.state.tasks import NetworkTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.updates import Release

_log = logging.getLogger(__name__)


class UpdateCheck(QObject):
    """`asked` carries the host that was spoken to."""

    asked = Signal(str)

    def __init__(self, notice: NoticeBar, parent: QObject) -> None:
        super().__init__(parent)
        self._notice = notice
        self._errands = NetworkTasks(
            lambda error: _log.info("no answer about updates: %s", error), self
        )

    def check(self, settings: Settings, feed: Callable[[], str] | None = None) -> None:
        """One request, where it is wanted, possible, and not forbidden; `feed` gives the address
        (None: the one that comes with the program)."""

        def ask() -> Release | None:
            from core.models.fetch import connect
            from core.models.fetch.web_address import host_of
            from core.service import updates
            from core.system.tokens import AccessTokens

            if not (address := (feed or updates.feed_address)()):
                return None
            _, web = connect.connect(settings, AccessTokens())
            self.asked.emit(host_of(address))
            try:
                return updates.newer_release(web, address, program_version())
            finally:
                web.close()

        if settings.updates and not settings.offline:
            self._errands.submit(ask, self._show)

    def _show(self, release: Release | None) -> None:
        from desktop.app.news_dialog import NewsDialog

        if release is None:
            return
        words = tr("Calotype {version} is there.", version=release.version)
        lines = (line.strip() for line in release.notes.splitlines())
        if first := next((line for line in lines if line), ""):
            words += f" {first[:160]}"
        self._notice.say(
            words,
            label=tr("What is new"),
            action=lambda: NewsDialog(release, self._notice.window()).open(),
        )

    def end(self) -> None:
        """The window closes."""
        self._errands.close()
