"""What the composition root hands to the window."""

from __future__ import annotations

from dataclasses import dataclass

from core.models.library import ModelEntry
from core.runner import Stores
from core.settings import Settings
from core.store.thumbnails import Thumbnails
from desktop import session, theme
from desktop.backstage import Backstage
from desktop.draft import Draft
from desktop.worker import JobService


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that outlives the window's panels."""

    stores: Stores
    settings: Settings
    session: session.Session
    service: JobService
    draft: Draft
    records: Backstage
    images: Backstage
    thumbnails: Thumbnails
    tokens: theme.Tokens
    entries: tuple[ModelEntry, ...]
