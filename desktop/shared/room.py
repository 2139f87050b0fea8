"""A room of the window: its row, from which rail, menu, keys, palette, help and session follow, and
what the window calls once it is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from core.service.stores import Stores
from core.system.settings import Settings
from desktop.pictures.grid import PictureGrid
from desktop.shared.context import RoomContext
from desktop.shared.signals import RoomSignals
from desktop.state.commands import VIEW, Command
from desktop.state.draft import Draft
from desktop.state.session import Session
from desktop.widgets import theme
from desktop.widgets.drop_target import RECIPE


class BuiltRoom(QObject):
    """A room that was built: what it shows, and what of the window's calls it answers. It sets
    `page` and `first_focus`, which has the keys when the room is opened the first time, and
    overrides what it needs of the rest."""

    page: QWidget
    first_focus: QWidget
    drop = RECIPE  # what a picture is dropped for that comes down beside all targets

    def in_front(self) -> bool:
        """Whether this room is the one that is shown."""
        return not self.page.isHidden()

    # --- its life ---

    def slices(self) -> Iterator[None]:
        """What is left to be built, a few milliseconds of work before each `yield` and behind the
        last. Before all of it is done nothing else here is called; `page` is behind the rail by
        then, not shown."""
        yield from ()

    def start(self) -> None:
        """The window has been painted: what takes a while may begin."""

    def end(self) -> None:
        """The window closes."""

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""

    def use_settings(self, settings: Settings) -> None:
        """A person changed a setting."""

    def session(self, kept: Session) -> Session:
        """`kept` with what this room wants to find again at the next start."""
        return kept

    def restore(self, kept: Session) -> None:
        """What `session` kept, at the start before the first paint."""

    def draft(self) -> Draft | None:
        """The form that Generate asks with while this room is in front; None for Create's."""
        return None

    # --- commands ---

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what those commands do that are this room's affair."""
        return {}

    def possible(self) -> dict[str, bool]:
        """By id, whether those of them that cannot always do something can now."""
        return {}

    def details(self) -> dict[str, str]:
        """By id, what a command would do just now, for its text in the menu; "" for no more."""
        return {}

    def search_field(self) -> QLineEdit | None:
        """Where Find goes; None where nothing is searched now."""
        return None

    def find_here(self) -> bool:
        """Find was asked for; whether what has the focus is looked through by itself, as a text
        is."""
        return False

    # --- pictures ---

    def grids(self) -> Sequence[PictureGrid]:
        """Where pictures are chosen: they get the menu and the keys of the picture commands."""
        return ()

    def chosen_in(self) -> PictureGrid | None:
        """The one of `grids` whose selection the picture commands work on while this room is in
        front; None where that is the current picture."""
        return None

    def canvases(self) -> Sequence[QWidget]:
        """Where commands of the scope "canvas" have their keys."""
        return ()

    def prompts(self) -> Sequence[QWidget]:
        """Where commands of the scope "prompts" have theirs."""
        return ()

    # --- help ---

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        """Each control that has no words of its own, and its sentence."""
        return ()

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        """Each button that is a command, with the command's id and the words of its tooltip, to
        which the command's key is added."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A row of desktop.shell.rooms.ROOMS, declared by the room's own module `room.py`.

    `id` is the name of its folder and of the command that goes there, for keys of a person's own;
    `number` is what the session file keeps of it and belongs to no other room, ever. `icon` is a
    file of resources/icons, `key` Qt's portable text, `help` the sentence that F1 says of its
    button. `commands` are those of its own, listed behind the one that goes there.

    A room that is not in front at the start is built when somebody wants it. `modules` are what
    that imports: they are read in a thread first. `ahead` says whether it is built as soon as the
    window is painted, since it has something to do before it is opened, or costs next to nothing;
    it is asked in the thread of the database. `hears` are the signals, and `answers` the commands
    beside its own, by which somebody wants something of this room; `unasked` are those of
    `commands` that cannot always do something, but may before it is built.
    """

    id: str
    number: int
    name: str
    icon: str
    help: str
    build: Callable[[RoomContext], BuiltRoom]
    key: str = ""
    other_words: str = ""
    commands: tuple[Command, ...] = ()
    modules: tuple[str, ...] = ()
    ahead: Callable[[Stores], bool] = lambda stores: False
    hears: Callable[[RoomSignals], tuple[SignalInstance, ...]] = lambda signals: ()
    answers: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()

    def all_commands(self) -> tuple[Command, ...]:
        """The command that goes there, and its own."""
        go = Command(self.id, self.name, VIEW, key=self.key, other_words=self.other_words)
        return (go, *self.commands)

    def answered(self) -> set[str]:
        """The ids of the commands for which it is built."""
        return {self.id, *(command.id for command in self.commands), *self.answers}
