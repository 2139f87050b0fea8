"""A room of the window as one value: the row from which rail, menu, keys, palette, help and session
follow."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.state.commands import VIEW, Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A row of desktop.shell.rooms.ROOMS, declared by the room's own module `room.py`.

    `id` is the name of its folder and of the command that goes there, for keys of a person's own;
    `number` is what the session file keeps of it and belongs to no other room, ever. `icon` is a
    file of resources/icons, `key` Qt's portable text, `help` the sentence that F1 says of its
    button. `commands` are those of its own, listed behind the one that goes there.
    """

    id: str
    number: int
    name: str
    icon: str
    help: str
    key: str = ""
    other_words: str = ""
    commands: tuple[Command, ...] = ()

    def all_commands(self) -> tuple[Command, ...]:
        """The command that goes there, and its own."""
        go = Command(self.id, self.name, VIEW, key=self.key, other_words=self.other_words)
        return (go, *self.commands)
