"""What `calotype doctor` and the report page say: facts about this machine and installation,
without names or prompts."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil

from core.service.incidents import saved_incidents
from core.service.report import SHOWN_INCIDENTS
from core.service.stores import open_stores
from core.store.documents.document_store import DocumentStore
from core.store.sources.source_store import SourceStore
from core.system import gpus
from core.system.errors import KnownError
from core.system.paths import RESOURCES, Places
from core.system.version import program_version
from core.values.device import Device

_PACKAGES = (
    "torch",
    "diffusers",
    "transformers",
    "huggingface-hub",
    "safetensors",
    "tokenizers",
    "pillow",
    "PySide6-Essentials",
)
REPAIR = (
    "Install Calotype again." if getattr(sys, "frozen", False) else "Run packaging/start.py again."
)
LOW_DISK = 2 * 2**30  # bytes
LOW_MEMORY = 2 * 2**30  # bytes


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def collect_facts(where: Places, devices: Sequence[Device] | None = None) -> dict[str, Any]:
    """All facts by name; "problems" is a list of {"problem", "remedy"},
    "incidents" of {"when", "message"}.

    `devices` are those an engine has found already; without them torch is loaded to ask it.
    """
    problems: list[dict[str, str]] = []
    report: dict[str, Any] = {
        "calotype": program_version(),
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "versions": {package: _version(package) for package in _PACKAGES},
        "memory": {
            "total": psutil.virtual_memory().total,
            "available": psutil.virtual_memory().available,
        },
    }
    for package, package_version in report["versions"].items():
        if package_version == "missing":
            problems.append({"problem": f"{package} is not installed.", "remedy": REPAIR})
    report["disk"] = _disk(where, problems)
    report["sources"] = asdict(SourceStore(where.sources).usage())
    report["documents"] = asdict(DocumentStore(where.documents).usage())
    report["database"] = _database(where, problems)
    present = _devices(problems) if devices is None else devices
    report["devices"] = [asdict(device) for device in present]
    report["incidents"] = [
        {"when": round(incident.when), "message": incident.message}
        for incident in saved_incidents(where.incidents)[:SHOWN_INCIDENTS]
    ]
    if report["memory"]["available"] < LOW_MEMORY:
        problems.append(
            {
                "problem": "Less than 2 GB of memory is free.",
                "remedy": "Close other programs before making pictures.",
            }
        )
    if idle := gpus.idle_card():
        problems.append({"problem": idle[0], "remedy": idle[1]})
    if not (RESOURCES / "starter" / "unet").is_dir():
        problems.append(
            {"problem": "The starter model is missing.", "remedy": "Install Calotype again."}
        )
    report["problems"] = problems
    return report


def _disk(where: Places, problems: list[dict[str, str]]) -> dict[str, int]:
    folder = where.root
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    if usage.free < LOW_DISK:
        problems.append(
            {
                "problem": "Less than 2 GB of disk space is free.",
                "remedy": "Free some space, or move the data with --data DIR.",
            }
        )
    return {"total": usage.total, "free": usage.free}


def _database(where: Places, problems: list[dict[str, str]]) -> dict[str, Any]:
    try:
        stores = open_stores(where)
        try:
            db = stores.database.connection()
            health = {
                "state": db.execute("PRAGMA quick_check(1)").fetchone()[0],
                "version": db.execute("PRAGMA user_version").fetchone()[0],
                "pictures": db.execute("SELECT count(*) FROM pictures").fetchone()[0],
                "waiting": stores.jobs.waiting(),
            }
            if stores.database.notice:
                problems.append(
                    {"problem": stores.database.notice, "remedy": "Run calotype gallery check."}
                )
            return health
        finally:
            stores.close()
    except KnownError as error:
        problems.append({"problem": error.message, "remedy": error.hint})
    except sqlite3.Error as error:
        problems.append(
            {
                "problem": f"The database answered: {error}.",
                "remedy": "Start the window once; it repairs the database.",
            }
        )
    return {"state": "unreadable"}


def _devices(problems: list[dict[str, str]]) -> list[Device]:
    from core.engine import describe_devices

    try:
        return describe_devices()
    except (ImportError, OSError, RuntimeError) as error:
        problems.append(
            {"problem": f"The computing library cannot be loaded: {error}.", "remedy": REPAIR}
        )
        return []
