"""What a fault of native code in the window's process leaves, and what becomes of it."""

from __future__ import annotations

import contextlib
import faulthandler

from core.system.paths import Places
from core.system.regular_files import open_for_writing, open_regular

MAX_FAULT = 2**20  # bytes that are read of it


def catch_native_faults(where: Places) -> bool:
    """What a native fault of the window's process wrote last time becomes an incident;
    the next one will be written too.

    True where there was one.
    """
    file = where.logs / "window-fault.txt"
    text = ""
    with contextlib.suppress(OSError):
        try:
            with open_regular(file) as left:
                text = left.read(MAX_FAULT).decode("utf-8", "replace")
        except FileNotFoundError:
            text = ""
        if text.strip():
            from core.service.incidents import save_incident
            from core.system.version import program_version

            save_incident(
                where.incidents,
                where.logs / "calotype.log",
                RuntimeError("the window's process met a native fault"),
                facts={"kind": "window", "trace": text, "calotype": program_version()},
            )
        faulthandler.enable(open_for_writing(file))
    return bool(text.strip())
