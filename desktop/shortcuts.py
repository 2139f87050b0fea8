"""Which key belongs to which command: the person's own before the defaults, and never two commands on one key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from desktop.commands import BY_ID, COMMANDS, WINDOW, Command
from desktop.strings import tr, tr_data

_PORTABLE = QKeySequence.SequenceFormat.PortableText
_MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)

Keys = dict[str, tuple[str, ...]]


def normal(key: str) -> str:
    """A key as Qt writes it; "" for what is none, or is a sequence of several."""
    found = QKeySequence(key, _PORTABLE)
    if found.count() != 1 or found[0].key() in (Qt.Key.Key_unknown, *_MODIFIERS):
        return ""
    return found.toString(_PORTABLE)


def shown(key: str) -> str:
    """A key as the system writes it."""
    return QKeySequence(key, _PORTABLE).toString(QKeySequence.SequenceFormat.NativeText)


def meet(one: Command, other: Command) -> bool:
    """Whether a focus exists in which both commands' keys work."""
    return one.scope == other.scope or WINDOW in (one.scope, other.scope)


def owner_of(key: str, command: str, keys: Mapping[str, Iterable[str]]) -> str:
    """The other command that has this key where `command` would want it; "" for none."""
    return next((id for id, its in keys.items() if id != command and key in its and meet(BY_ID[id], BY_ID[command])), "")


def resolve(custom: Iterable[tuple[str, str]]) -> tuple[Keys, tuple[str, ...]]:
    """Every command's keys, and a sentence for each key of the settings, or default, that had to give way.

    A person's key takes the place of the command's own; "" means none. Of two commands that were given the same key the later loses
    it, and a default gives way to a person's key.
    """
    keys: Keys = {}
    sentences: list[str] = []
    refused: set[str] = set()
    for id, wanted in custom:
        if id not in BY_ID:
            continue  # of another version: kept in the file
        label, key = tr_data(BY_ID[id].label), normal(wanted)
        if wanted and not key:
            refused.add(id)
            sentences.append(tr("{key} is no key; {command} keeps its own.", key=wanted[:40], command=label))
        elif id in keys:
            continue
        elif key and (other := owner_of(key, id, keys)):
            refused.add(id)
            sentences.append(tr("{key} is the key of {other} already; {command} keeps its own.", key=shown(key), command=label,
                                other=tr_data(BY_ID[other].label)))
        else:
            keys[id] = (key,) if key else ()
    for row in COMMANDS:
        if row.id in keys:
            continue
        mine, others = list[str](), keys
        for at, default in enumerate((row.key, *row.more)):
            key = normal(default)
            if key and (other := owner_of(key, row.id, others)):
                if not at:
                    sentences.append(tr("{key} is your key for {other} now; {command} has another one or none.", key=shown(key),
                                        command=tr_data(row.label), other=tr_data(BY_ID[other].label)))
            elif key:
                mine.append(key)
        keys[row.id] = tuple(mine)
    return {row.id: keys[row.id] for row in COMMANDS}, tuple(sentences)


def with_key(custom: Iterable[tuple[str, str]], command: str, key: str, take_from: str = "") -> tuple[tuple[str, str], ...]:
    """The person's keys with this one for `command` ("" for none); `take_from` is left without."""
    kept = dict(custom)
    if take_from:
        kept[take_from] = ""
    kept[command] = key
    if key == normal(BY_ID[command].key):
        del kept[command]
    return tuple(sorted(kept.items()))
