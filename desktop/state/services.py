"""What the composition root hands to the window."""

from __future__ import annotations

from dataclasses import dataclass

from core.service.stores import Stores
from core.store.thumbnails import Thumbnails
from core.system.settings import Settings
from desktop.state import session
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.state.library import LibraryState
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that outlives the window's rooms. `safe`: the settings are not the person's.

    `gallery_tasks` only look: so a search never waits for what is written."""

    stores: Stores
    settings: Settings
    session: session.Session
    service: JobService
    draft: Draft
    library: LibraryState
    database_tasks: SerialTasks
    gallery_tasks: SerialTasks
    image_tasks: SerialTasks
    thumbnails: Thumbnails
    tokens: theme.Tokens
    safe: bool = False
