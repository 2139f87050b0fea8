"""What went wrong, kept for the person to look at and to hand on: figures, the log, the recipe
without its words, the last preview.

An incident is a folder incidents/DATE-TIME-xxxx with incident.json, log.txt and perhaps
preview.png. Prompts, tokens and the names of the person's folders stay out of the texts; whoever
reports a fault can send them as they are.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.system.atomic_files import replace_file
from core.system.errors import EngineCrashed, KnownError
from core.system.json import to_plain
from core.system.json_files import read_table
from core.system.logs import SECRET
from core.system.regular_files import open_regular
from core.values.events import Event, Phase, PhaseStarted, Preview, StepDone
from core.values.picture import Pixels
from core.values.request import Request

KEPT = 20  # incidents
LOG_LINES = 200  # of the log's end
LATEST_TIME = 1e11  # seconds since 1970; what lies behind that is no time
MAX_INCIDENT = 2**20  # bytes read of an incident's file, and of the log's end
_log = logging.getLogger(__name__)
_HOMES = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\+Users\\+)[^/\\\s\"':]+")


class ProgressRecorder:
    """Passes events on, and remembers how far the picture got."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        self._on_event = on_event
        self.phase = Phase.WARMING
        self.step = self.steps = 0
        self.preview: Preview | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, PhaseStarted):
            self.phase = event.phase
        elif isinstance(event, StepDone):
            self.step = event.step
            self.steps = event.steps
            self.preview = event.preview or self.preview
        self._on_event(event)


@dataclass(frozen=True, slots=True)
class Incident:
    """One that was kept: its folder, when (seconds since 1970), and its figures as written."""

    folder: Path
    when: float
    facts: Mapping[str, Any]

    @property
    def message(self) -> str:
        """What happened, in a sentence."""
        return str(self.facts.get("message", ""))


def save_incident(
    root: Path,
    log: Path,
    error: Exception,
    request: Request | None = None,
    recorder: ProgressRecorder | None = None,
    facts: Mapping[str, object] | None = None,
) -> Path | None:
    """Write an incident below `root`; its folder, or None where the disk refuses,
    which the log then says."""
    from core.metadata.writing import encode_png

    folder = root / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    try:
        folder.mkdir(parents=True)
        text = json.dumps(
            _facts(error, request, recorder) | dict(facts or {}),
            indent=1,
            ensure_ascii=False,
            default=str,
        )
        words = (request.prompt, request.negative_prompt) if request is not None else ()
        replace_file(folder / "log.txt", redact(_tail(log), words).encode("utf-8", "replace"))
        if recorder is not None and recorder.preview is not None:
            seen = recorder.preview
            pixels = Pixels(seen.width, seen.height, seen.rgb)
            replace_file(folder / "preview.png", encode_png(pixels, None))
        replace_file(folder / "incident.json", redact(text, words).encode("utf-8", "replace"))
        _forget_old(root)
    except OSError as fault:
        _log.warning("the incident could not be kept: %s", fault.strerror)
        return None
    return folder


def saved_incidents(root: Path) -> tuple[Incident, ...]:
    """All incidents, newest first; what cannot be read is left out."""
    saved: list[Incident] = []
    for file in root.glob("*/incident.json"):
        with contextlib.suppress(OSError, ValueError):
            facts = read_table(file, MAX_INCIDENT)
            saved.append(Incident(file.parent, _seconds(facts.get("time")), facts))
    return tuple(sorted(saved, key=lambda incident: incident.when, reverse=True))


def _seconds(when: object) -> float:
    """What a file says of its time; 0 where that cannot be one."""
    return float(when) if isinstance(when, int | float) and 0 <= when < LATEST_TIME else 0.0


def redact(text: str, words: tuple[str, ...] = ()) -> str:
    """Without tokens, without names of home folders, without `words`."""
    for word in words:
        if len(word) > 3:  # shorter ones stand in other words too
            in_ascii = json.dumps(word)[1:-1]
            in_json = json.dumps(word, ensure_ascii=False)[1:-1]
            for form in (word, in_ascii, in_json):
                text = text.replace(form, "[prompt]")
    with contextlib.suppress(RuntimeError):
        home = str(Path.home())
        if len(home) > 1:
            text = text.replace(home, "~").replace(json.dumps(home)[1:-1], "~")
    return SECRET.sub("[token]", _HOMES.sub("~", text))


def _facts(
    error: Exception, request: Request | None, recorder: ProgressRecorder | None
) -> dict[str, object]:
    message = f"{type(error).__name__}: {error}"
    hint = ""
    if isinstance(error, KnownError):
        message = error.message
        hint = error.hint
    facts: dict[str, object] = {
        "time": time.time(),
        "message": message,
        "hint": hint,
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    if isinstance(error, EngineCrashed):
        facts |= error.facts
    if recorder is not None:
        facts |= {"phase": recorder.phase.value, "step": recorder.step, "steps": recorder.steps}
    if request is not None:
        facts["recipe"] = without_prompts(request)
    return facts


def without_prompts(request: Request) -> dict[str, object]:
    """A request's fields without what was asked for: prompts and names of LoRAs become
    their lengths and weights."""
    plain = to_plain(replace(request, prompt="", negative_prompt="", loras=()))
    return plain | {
        "prompt": f"[{len(request.prompt)} characters]",
        "negative_prompt": f"[{len(request.negative_prompt)} characters]",
        "loras": [lora.weight for lora in request.loras],
        "model": Path(request.model).name,
    }


def _tail(log: Path) -> str:
    with contextlib.suppress(OSError), open_regular(log) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - MAX_INCIDENT, 0))
        text = file.read(MAX_INCIDENT).decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-LOG_LINES:])
    return ""


def _forget_old(root: Path) -> None:
    folders = [folder for folder in root.iterdir() if folder.is_dir()]
    for old in sorted(folders, key=lambda folder: folder.name)[:-KEPT]:  # names begin with the time
        shutil.rmtree(old, ignore_errors=True)
