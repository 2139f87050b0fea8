"""The wildcards of a folder: text files with a line for each value, and YAML or JSON files whose
lists are values and whose keys are folders. Names are looked up among what lies there, never on
the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from core.system.json_files import parse_json
from core.system.regular_files import read_words

MAX_FILE = 2**24  # bytes
MAX_FILES = 20_000
MAX_VALUES = 500_000  # of one file
MAX_DEPTH = 16  # folders within folders, keys within keys
LONGEST = 4_000  # characters of a value
KINDS = (".txt", ".yaml", ".yml", ".json")
_WEIGHT = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})::")


@dataclass(frozen=True, slots=True)
class Value:
    """What a wildcard may stand for, and how often beside the others."""

    text: str
    weight: float = 1.0


@dataclass(slots=True)
class Wildcards:
    """Those of `folder`, read when they are first asked for. `troubles` holds a sentence for each
    file that could not be used."""

    folder: Path
    troubles: list[str] = field(default_factory=list[str])
    _files: list[tuple[str, Path]] | None = field(default=None, init=False)
    _values: dict[str, tuple[Value, ...]] = field(
        default_factory=dict[str, tuple[Value, ...]], init=False
    )
    _read: set[Path] = field(default_factory=set[Path], init=False)

    def values(self, name: str) -> tuple[Value, ...]:
        """What `name` may stand for; "*" in it stands for any part of a name, within a folder.
        Nothing where there is no such wildcard."""
        wanted = name.strip().casefold().strip("/")
        pattern = _pattern(wanted)
        for known, path in self._all_files():
            is_text = path.suffix.lower() == ".txt"
            may_hold = pattern.fullmatch(known) is not None if is_text else True
            if may_hold and path not in self._read:
                self._read.add(path)
                self._take(path)
        if "*" not in wanted:
            return self._values.get(wanted, ())
        names = sorted(known for known in self._values if pattern.fullmatch(known))
        return tuple(value for known in names for value in self._values[known])

    def names(self) -> tuple[str, ...]:
        """All that can be asked for, in order."""
        for _, path in self._all_files():
            if path not in self._read:
                self._read.add(path)
                self._take(path)
        return tuple(sorted(name for name, values in self._values.items() if values))

    def files(self) -> tuple[Path, ...]:
        """All files of the folder that are looked into."""
        return tuple(path for _, path in self._all_files())

    def listed(self) -> tuple[str, ...]:
        """As `names`, but text files are not opened: those that hold no values are named too."""
        for _, path in self._all_files():
            if path.suffix.lower() != ".txt" and path not in self._read:
                self._read.add(path)
                self._take(path)
        texts = {known for known, path in self._all_files() if path.suffix.lower() == ".txt"}
        return tuple(sorted(texts | {name for name, values in self._values.items() if values}))

    def _all_files(self) -> list[tuple[str, Path]]:
        if self._files is None:
            found = sorted(files_in(self.folder))[:MAX_FILES]
            self._files = [(name_of(self.folder, path), path) for path in found]
        return self._files

    def _take(self, path: Path) -> None:
        try:
            found = values_of(self.folder, path)
        except (OSError, ValueError) as fault:
            reason = " ".join(str(fault).split())[:120]
            self.troubles.append(f"The wildcards of {path.name} cannot be used: {reason}.")
            return
        for name, values in found.items():
            self._values[name] = (*self._values.get(name, ()), *values)


def values_of(folder: Path, path: Path) -> dict[str, tuple[Value, ...]]:
    """What stands in a file, by the names that ask for it. Raises OSError where it cannot be read,
    ValueError where it is too large, or no YAML or JSON where it should be."""
    words = read_words(path, MAX_FILE)
    match path.suffix.lower():
        case ".txt":
            return dict(_of_text(name_of(folder, path), words))
        case ".json":
            return dict(_listed(parse_json(words)))
        case _:
            return dict(_listed(_yaml(words)))


def files_in(folder: Path) -> Iterator[Path]:
    """Regular files of the known kinds, links into other places left out."""
    for where, folders, names in os.walk(folder):
        depth = len(Path(where).relative_to(folder).parts)
        folders[:] = [] if depth >= MAX_DEPTH else [n for n in sorted(folders) if n[0] != "."]
        for name in names:
            path = Path(where, name)
            if name.lower().endswith(KINDS) and name[0] != "." and not path.is_symlink():
                yield path


def name_of(folder: Path, path: Path) -> str:
    """What asks for a text file in a prompt."""
    return "/".join(path.relative_to(folder).with_suffix("").parts).casefold()


def _pattern(name: str) -> re.Pattern[str]:
    """ "*" is any part of one name, "**" of folders too."""
    parts = re.split(r"(\*\*+|\*)", name[:200])
    return re.compile(
        "".join(
            "[^/]*" if part == "*" else ".*" if part[:1] == "*" else re.escape(part)
            for part in parts
        ),
        re.DOTALL,
    )


def _of_text(name: str, text: str) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """A value a line; lines that begin with # are comments."""
    lines = (line.strip() for line in text.splitlines())
    values = [_value(line) for line in lines if line and not line.startswith("#")]
    if len(values) > MAX_VALUES:
        raise ValueError(f"it has more than {MAX_VALUES:,} lines")
    yield name, tuple(values)


def _value(line: str) -> Value:
    match = _WEIGHT.match(line)
    if match is None:
        return Value(line[:LONGEST])
    return Value(line[match.end() :][:LONGEST], float(match[1]))


def _yaml(text: str) -> object:
    """What a text says. Raises ValueError for what is no YAML, or has names for values that are
    used again, by which a small file can say very much."""
    import yaml

    class Plain(yaml.SafeLoader):
        """Without aliases."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            """Raises ValueError for an alias."""
            if cast("Any", self).check_event(yaml.AliasEvent):
                raise ValueError("it repeats itself by aliases")
            return super().compose_node(parent, index)

    try:
        return yaml.load(text, Plain)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise ValueError(f"it is no YAML{where}: {fault.problem or fault.context}") from fault
    except (yaml.YAMLError, RecursionError) as fault:
        raise ValueError("it is no YAML") from fault


def _listed(whole: object) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Lists by the keys that lead to them. Raises ValueError for too many values."""
    todo: list[tuple[tuple[str, ...], object]] = [((), whole)]
    count = 0
    while todo:
        keys, there = todo.pop()
        if isinstance(there, dict) and len(keys) < MAX_DEPTH:
            table = cast("dict[object, object]", there)
            todo += [((*keys, str(key).casefold()), value) for key, value in table.items()]
        elif isinstance(there, list) and keys:
            items = [item for item in cast("list[object]", there) if _is_text(item)]
            count += len(items)
            if count > MAX_VALUES:
                raise ValueError(f"it has more than {MAX_VALUES:,} values")
            yield "/".join(keys), tuple(_value(str(item)) for item in items)
        elif keys and isinstance(there, str | int | float) and _is_text(there):
            yield "/".join(keys), (_value(str(there)),)


def _is_text(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
