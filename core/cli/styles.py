"""`calotype styles`: takes files over, writes a person's own into one, lists all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.cli.shared.output import print_error, print_result
from core.service.words.style_files import all_styles, export_styles, import_styles
from core.system.errors import KnownError
from core.system.paths import Places


def list_styles(where: Places, take: Sequence[Path], export: Path | None, *, as_json: bool) -> None:
    """All styles, a line each. A file that cannot be taken over is told and costs no other; the
    last such KnownError is raised once all are listed."""
    failed: KnownError | None = None
    for path in take:
        try:
            came = import_styles(where, path)
            print_error(f"{path.name}: {len(came.names)} of {came.found} styles are new.", 0)
        except KnownError as fault:
            if failed is not None:
                print_error(str(failed), 0)
            failed = fault
    found = all_styles(where)
    if export is not None:
        export_styles(export, [found.styles[name] for name in found.styles if name in found.mine])
    for style in found.styles.values():
        values = {
            "name": style.name,
            "category": style.category,
            "prompt": style.prompt,
            "negative_prompt": style.negative,
            "parameters": dict(style.parameters),
            "preview": style.preview,
            "mine": style.name in found.mine,
        }
        print_result(as_json, values, f"{style.category or '-'}: {style.name}: {style.prompt}")
    for trouble in found.troubles:
        print_error(trouble, 0)
    if failed is not None:
        raise failed
