"""What joins the queue, the Models room and the form in the window: who hears whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.form.submit import Asking, Ways
from desktop.queue.announcements import QueueVoice
from desktop.shell.model_intake import TakingIn
from desktop.state.services import Desk
from desktop.widgets.announce import announce

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


def asking(window: MainWindow, desk: Desk) -> Asking:
    """The way from the form into the queue."""
    ways = Ways(
        settled=window.prompt.settled,
        show_making=window._show_making,
        get_models=window.get_models,
        take_prompt=window.prompt.prompt.replace_text,
        machine=lambda: window.room.machine,
    )
    return Asking(
        desk.stores,
        desk.service,
        records=desk.records,
        notice=window.notice,
        models=window.models,
        ways=ways,
        window=window,
    )


def join(window: MainWindow, desk: Desk) -> None:
    """Connect them, once all are made."""
    room, drawer = window.room, window.stage.drawer
    room.follow(desk.service)
    room.chosen_pictures = window.chosen.pictures
    room.get_asked.connect(window.get_models)
    room.eight_bit_asked.connect(window.fit.eight_bit_asked)
    window.taking_in = TakingIn(room, window.models, window.notice, window.go_models)
    window.models.room_asked.connect(lambda path: (window.go_models(), room.show_model(path)))
    drawer.use_portraits(room.portraits, room.portrait_of, window.models.name_of)
    window.voice = QueueVoice(desk.service, window)
    window.voice.told.connect(lambda words, urgent: announce(window, words, urgent=urgent))
    drawer.models_asked.connect(window.go_models)
