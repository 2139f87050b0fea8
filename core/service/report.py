"""The report a person hands on: this machine, this installation, the last incidents; without
prompts and folder names unless asked."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from core.service.incidents import Incident, redact

SHOWN_INCIDENTS = 5
_SIZES = {"total", "available", "free", "held", "memory", "bytes"}


def compose_report(
    facts: Mapping[str, Any],
    incidents: Sequence[Incident] = (),
    *,
    prompts: Mapping[str, str] | None = None,
    folders: bool = False,
) -> str:
    """Plain text of `facts` (see core.service.doctor.collect_facts) and the latest incidents.

    `prompts` are the words of incidents' jobs by job id, where the person wants them in it;
    `folders` leaves folder names as they are.
    """
    lines = [
        line
        for key, value in facts.items()
        if key not in ("problems", "incidents")
        for line in _lines(key, value)
    ]
    problems = [f"problem: {p['problem']} {p['remedy']}" for p in facts.get("problems", ())]
    lines += problems or ["no problems found"]
    for incident in incidents[:SHOWN_INCIDENTS]:
        lines += [
            "",
            f"incident {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(incident.when))}",
        ]
        known = {
            key: value
            for key, value in incident.facts.items()
            if key != "time" and value not in ("", None, [])
        }
        lines += ["  " + line for key, value in known.items() for line in _lines(key, value)]
        if prompts and (words := prompts.get(str(incident.facts.get("job", "")))):
            lines.append(f"  prompt: {words}")
    text = "\n".join(lines)
    return text if folders else redact(text)


def _lines(key: str, value: Any) -> list[str]:
    """One fact, however deep, as "key: value" lines."""
    if isinstance(value, Mapping):
        lines: list[str] = []
        for name, inner in cast("Mapping[str, Any]", value).items():
            lines += _lines(f"{key} {name}" if key != "recipe" else name, inner)
        return lines
    if isinstance(value, list | tuple):
        rows = cast("list[Any]", value)
        if rows and all(isinstance(row, Mapping) for row in rows):
            return [f"{key}: {_in_line(row)}" for row in rows]
    text = _plain(key.rsplit(" ", 1)[-1], value)
    if "\n" in text.strip():
        return [f"{key}:", *(f"  {line}" for line in text.strip().splitlines())]
    return [f"{key}: {text}"]


def _in_line(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_plain(name, value)}" for name, value in facts.items())


def _plain(name: str, value: Any) -> str:
    if name in _SIZES and isinstance(value, int) and not isinstance(value, bool):
        return f"{value / 1e9:.1f} GB"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in cast("list[Any]", value))
    return str(value)
