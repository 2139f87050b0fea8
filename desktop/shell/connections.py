"""What joins the queue, the Models room and the form in the window: who hears whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from desktop.form.submission import Submission, WindowHooks
from desktop.state.services import Services
from desktop.widgets.announce import announce

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow


def make_submission(window: MainWindow, services: Services) -> Submission:
    """The way from the form into the queue."""
    hooks = WindowHooks(
        settled=window.prompt.settled,
        show_making=window.show_making,
        get_models=window.get_models,
        take_prompt=window.prompt.prompt.replace_text,
    )
    return Submission(
        services.stores,
        services.service,
        services.library,
        records=services.database_tasks,
        notice=window.notice,
        models=window.model_choice,
        hooks=hooks,
        window=window,
    )


def connect_all(window: MainWindow, services: Services) -> None:
    """Connect the parts of the window, once all are made."""
    _connect_form(window, services)
    _connect_models(window, services)
    _connect_pictures(window)
    _connect_jobs(window, services)
    window.settings_page.changed.connect(window.change_settings)
    services.draft.changed.connect(lambda _: window.saver.start())
    window.splitter.splitterMoved.connect(lambda *_: window.saver.start())


def _connect_form(window: MainWindow, services: Services) -> None:
    window.side.generate_asked.connect(window.generate)
    window.loras.add_asked.connect(window.insert_word)
    for panel in (window.parameters, window.prompt):
        panel.models_asked.connect(window.get_models)
    services.draft.history.stepped.connect(window.notice.drop_idle)


def _connect_models(window: MainWindow, services: Services) -> None:
    room = window.models_room
    models = window.model_choice
    models.model_used.connect(window.use_entry)
    models.words_known.connect(window.prompt.set_words)
    models.insert_asked.connect(window.prompt.insert)
    models.room_asked.connect(window.show_model)
    room.use_asked.connect(window.use_item)
    room.get_controller.asked.connect(window.status.note_connection)
    room.follow(services.service)
    room.chosen_pictures = window.picture_commands.pictures
    room.get_asked.connect(window.get_models)
    room.eight_bit_asked.connect(window.fit.eight_bit_asked)
    services.service.warm_changed.connect(models.use_warm)


def _connect_pictures(window: MainWindow) -> None:
    stage = window.stage
    current = window.current
    stage.follow_asked.connect(window.follow)
    window.gallery.emptied.connect(window.trash.empty)
    window.trash.changed.connect(window.gallery_changed)
    window.trash.deleted.connect(current.note_deleted)
    window.trash.restored.connect(current.note_restored)
    current.following.connect(stage.set_following)
    current.changed.connect(window.saver.start)
    current.changed.connect(window.command_states.soon)
    stage.viewer.customContextMenuRequested.connect(window.picture_commands.menu_of_viewer)
    for grid in (window.history.grid, window.gallery.grid):
        grid.customContextMenuRequested.connect(partial(window.picture_commands.menu, grid))
        grid.activated.connect(lambda _: window.picture_commands.show_large())


def _connect_jobs(window: MainWindow, services: Services) -> None:
    service = services.service
    drawer = window.stage.drawer
    window.stage.progress.connect(window.show_progress)
    drawer.edit_asked.connect(window.form.take_job)
    drawer.use_library(services.library, window.models_room.portraits)
    drawer.models_asked.connect(window.go_models)
    window.voice.announced.connect(lambda words, urgent: announce(window, words, urgent=urgent))
    service.started.connect(lambda job: services.draft.note_seed(job.request.seed))
    service.finished.connect(window.finished)
    service.finished.connect(lambda _: window.fit.refresh())
    service.error.connect(window.complain)
    service.found_devices.connect(window.status.use_devices)
    service.found_devices.connect(window.settings_page.use_devices)
    service.noted.connect(lambda words: window.notice.say_once(words, "noted"))
