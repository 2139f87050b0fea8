"""Which key belongs to which command: the person's own before the defaults,
and never two commands on one key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from desktop.state.commands import ROOM, WINDOW, Command, Commands
from desktop.widgets.i18n import tr, tr_data

_PORTABLE = QKeySequence.SequenceFormat.PortableText
_MODIFIERS = (
    Qt.Key.Key_Control,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
)

Keys = dict[str, tuple[str, ...]]


def normal_key(key: str) -> str:
    """A key as Qt writes it; "" for what is none, or is a sequence of several."""
    sequence = QKeySequence(key, _PORTABLE)
    if sequence.count() != 1:
        return ""
    first = sequence[0]  # pyright: ignore[reportIndexIssue]: its stub lacks the operator
    if first.key() in (Qt.Key.Key_unknown, *_MODIFIERS):
        return ""
    return sequence.toString(_PORTABLE)


def display_key(key: str) -> str:
    """A key as the system writes it."""
    return QKeySequence(key, _PORTABLE).toString(QKeySequence.SequenceFormat.NativeText)


def share_focus(command: Command, other: Command) -> bool:
    """Whether a focus exists in which both commands' keys work."""
    scopes = {command.scope, other.scope}
    if scopes == {WINDOW, ROOM}:
        return False  # the room's goes first while it is in front
    return len(scopes) == 1 or WINDOW in scopes or ROOM in scopes


def owner_of(key: str, command: str, keys: Mapping[str, Iterable[str]], commands: Commands) -> str:
    """The other command that has this key where `command` would want it; "" for none."""
    return next(
        (
            command_id
            for command_id, its in keys.items()
            if command_id != command
            and key in its
            and share_focus(commands[command_id], commands[command])
        ),
        "",
    )


def usable_keys(
    custom: Iterable[tuple[str, str]], commands: Commands
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """A person's keys without those that cannot be, and a sentence for each of these.

    Of two commands that were given the same key the later loses it.
    What belongs to no command of this version is kept.
    """
    kept: dict[str, str] = {}
    sentences: list[str] = []
    taken: dict[str, tuple[str, ...]] = {}
    for command_id, wanted in custom:
        if command_id not in commands:
            kept.setdefault(command_id, wanted)
            continue
        key = normal_key(wanted)
        other = owner_of(key, command_id, taken, commands) if key else ""
        if wanted and not key:
            sentences.append(_is_no_key(wanted, commands[command_id]))
        elif other:
            sentences.append(_is_taken(key, commands[command_id], commands[other]))
        elif command_id not in kept:
            kept[command_id] = key
            taken[command_id] = _as_keys(key)
    return tuple(kept.items()), tuple(sentences)


def _is_no_key(wanted: str, command: Command) -> str:
    return tr(
        "{key} is no key, and {command} has its usual one again.",
        key=wanted[:40],
        command=tr_data(command.label),
    )


def _is_taken(key: str, command: Command, other: Command) -> str:
    return tr(
        "{key} was the key of both {other} and {command}; {command} has its usual one again.",
        key=display_key(key),
        command=tr_data(command.label),
        other=tr_data(other.label),
    )


def _as_keys(key: str) -> tuple[str, ...]:
    return (key,) if key else ()


def resolve(custom: Iterable[tuple[str, str]], commands: Commands) -> Keys:
    """Every command's keys. A person's key takes the place of the command's own ("" means none); a
    default that is a person's key for another command gives way."""
    kept, _ = usable_keys(custom, commands)
    keys: Keys = {command_id: _as_keys(key) for command_id, key in kept if command_id in commands}
    for row in commands.values():
        if row.id not in keys:
            defaults = [key for key in map(normal_key, (row.key, *row.more_keys)) if key]
            keys[row.id] = tuple(
                key for key in defaults if not owner_of(key, row.id, keys, commands)
            )
    return {command_id: keys[command_id] for command_id in commands}


def with_key(
    custom: Iterable[tuple[str, str]],
    command: str,
    key: str,
    commands: Commands,
    take_from: str = "",
) -> tuple[tuple[str, str], ...]:
    """The person's keys with this one for `command` ("" for none); `take_from` is left without."""
    kept = dict(custom)
    is_first = bool(take_from) and resolve(custom, commands)[take_from][:1] == (key,)
    if take_from and (key in kept.values() or is_first):
        kept[take_from] = ""  # else a second key of it, which gives way by itself
    kept[command] = key
    if key == normal_key(commands[command].key):
        del kept[command]
    return tuple(sorted(kept.items()))
