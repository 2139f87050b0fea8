"""What a power cut could take, read from the order of what was done to files (pages of man 2 fsync:
content and names last apart).

A file's content lasts once it was synced after its last write, its name once its folder was synced
after it was given. The rules:

1. No file gets a name by rename or link before its content lasts (a folder: everything below it),
   and none is written under its final name. (SQLite writes into its own files; it knows how.)
2. No file that was there before is deleted while what has its content now does
   not last, name and content.
3. What was done when the deed said it was done lasts.

Caches, locks and SQLite's index of its journal are none of it: they may be lost; SQLite itself sees
to the names of its journals. What is called .NAME, NAME.part or NAME.partial, and what lies in such
a folder, has no final name yet.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MAY_BE_LOST = re.compile(
    r"(thumbnails|models-index)\.db[^/]*$|-shm$|\.lock$|/lock$|\.seal$|\.suspect$|/logs(/|$)|/temporary(/|$)"
)
NOT_FINAL = re.compile(r"/\.[^/]*$|\.part$|\.partial(/|$)")
WRITTEN_IN_PLACE = re.compile(
    r"/\.|\.part\b|\.partial\b|\.(db|sqlite|users|swap)\b|-wal$|-journal$"
)


@dataclass(frozen=True, slots=True)
class Step:
    """`kind`: "make" (an empty file), "write", "sync", "rename", "link", "delete", "folder" (made),
    "unfolder"; `to`: the new name."""

    kind: str
    path: str
    to: str = ""


class Order:
    """Takes the steps one by one. `there`: the paths at the beginning; `homes`: where the content
    of each of these files is at the end."""

    def __init__(self, there: Iterable[str], homes: Mapping[str, str]) -> None:
        self.violations: list[str] = []
        self.at_the_end: list[str] = []
        self._known = set(there)
        self._homes = dict(homes)
        self._dirty: set[str] = set()
        self._made: set[str] = set()
        self._unnamed: set[str] = set()

    def take(self, step: Step) -> None:
        """One step, in its turn."""
        if step.kind in ("make", "folder"):
            if step.path not in self._known:
                self._known.add(step.path)
                self._unnamed.add(step.path)
            if step.kind == "make":
                self._made.add(step.path)
        elif step.kind == "write":
            self._dirty.add(step.path)
            if step.path in self._made and not WRITTEN_IN_PLACE.search(step.path):
                self._complain(f"{step.path} was written under its final name")
        elif step.kind == "sync":
            self._dirty.discard(step.path)
            self._unnamed -= {path for path in self._unnamed if os.path.dirname(path) == step.path}
        elif step.kind in ("rename", "link"):
            self._named(step)
        else:
            self._gone(step.path)

    def _named(self, step: Step) -> None:
        if not NOT_FINAL.search(step.to):
            for path in sorted(self._below(self._dirty, step.path)):
                self._complain(
                    f"{step.kind} of {step.path} to {step.to} before the content of "
                    f"{os.path.basename(path)} was synced"
                )
            for path in sorted(self._below(self._unnamed, step.path) - {step.path}):
                self._complain(
                    f"{step.kind} of {step.path} to {step.to} before the name "
                    f"{os.path.basename(path)} in it was synced"
                )
        if step.kind == "rename":
            for held in (self._dirty, self._unnamed, self._known, self._made):
                moved = self._below(held, step.path)
                held -= moved
                held |= {step.to + path[len(step.path) :] for path in moved}
            self._homes = {
                _moved(old, step.path, step.to): home
                for old, home in self._homes.items()
                if old != step.to
            }
        self._known.add(step.to)
        self._unnamed.add(step.to)

    def _gone(self, path: str) -> None:
        home = self._homes.pop(path, None)
        if home is not None and home != path and not MAY_BE_LOST.search(path):
            if home not in self._known:
                self._complain(f"{path} was deleted before {home} was there")
            elif home in self._dirty:
                self._complain(f"{path} was deleted before the content of {home} was synced")
            elif above := sorted(
                one for one in self._unnamed if home == one or home.startswith(one + "/")
            ):
                self._complain(
                    f"{path} was deleted before the name {above[0]} was synced in its folder"
                )
        for held in (self._dirty, self._unnamed, self._known):
            held.discard(path)

    def end(self) -> None:
        """The deed said that it was done."""
        self.at_the_end = [
            f"done, and the content of {path} was not synced"
            for path in sorted(self._dirty)
            if not MAY_BE_LOST.search(path)
        ]
        self.at_the_end += [
            f"done, and the name {path} was not synced in its folder"
            for path in sorted(self._unnamed)
            if not MAY_BE_LOST.search(path) and not path.endswith("-wal")
        ]

    def _complain(self, sentence: str) -> None:
        if (
            not any(MAY_BE_LOST.search(word) for word in sentence.split())
            and sentence not in self.violations
        ):
            self.violations.append(sentence)

    @staticmethod
    def _below(paths: set[str], folder: str) -> set[str]:
        return {path for path in paths if path == folder or path.startswith(folder + "/")}


def _moved(path: str, old: str, new: str) -> str:
    return new + path[len(old) :] if path == old or path.startswith(old + "/") else path


def contents(folders: Iterable[Path]) -> dict[str, str]:
    """The sha256 of every file below these folders, by path; the folders
    below them too, with ""."""
    found: dict[str, str] = {}
    for folder in folders:
        found[str(folder)] = ""
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                found[str(path)] = ""
    return found


def judged(
    steps: Sequence[Step], before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """What the steps of a deed did wrong (rules 1 and 2), and what did not last
    when it was done (rule 3).

    `before` and `after`: contents() around it.
    """
    places: dict[str, str] = {}
    for path, digest in after.items():
        places.setdefault(digest, path)
    homes = {
        path: path if after.get(path) == digest else places[digest]
        for path, digest in before.items()
        if digest and digest in places
    }
    order = Order(before, homes)
    for step in steps:
        order.take(step)
    order.end()
    return order.violations, order.at_the_end
