"""What every room is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from core.values.picture import Picture
from desktop.pictures.current import CurrentPicture
from desktop.pictures.marking.asking import MarkQuestions
from desktop.pictures.picture_model import PictureModel
from desktop.pictures.trash import TrashActions
from desktop.pictures.viewer import Viewer
from desktop.shared.signals import RoomSignals
from desktop.state.commands import Commands
from desktop.state.portraits import Portraits
from desktop.state.services import Services
from desktop.widgets.notices import NoticeBar


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomContext:
    """What rooms share. `window` is the parent of their dialogs; `viewer` shows the current
    picture large, in the room that places it; `newest` are the pictures of History;
    `chosen_pictures` answers which ones a command would work on now."""

    services: Services
    window: QWidget
    signals: RoomSignals
    commands: Commands
    notice: NoticeBar
    portraits: Portraits
    viewer: Viewer
    newest: PictureModel
    current: CurrentPicture
    trash: TrashActions
    questions: MarkQuestions
    chosen_pictures: Callable[[], list[Picture]]
