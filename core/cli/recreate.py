"""`calotype recreate`: pictures made again from their recipes, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.cli.shared.options import ProgramOptions
from core.cli.shared.output import print_error
from core.cli.shared.rendering import RenderBar, Report, engine_spec, spare_sources
from core.engine import open_engine
from core.engine.contract.protocol import known_weights
from core.service.again.recreate import Again, Verdict, again, verdict
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.system.errors import KnownError


def recreate_pictures(
    stores: Stores, paths: Sequence[Path], program: ProgramOptions, report: Report
) -> int:
    """Make each again and report how it compares; the exit code. Nothing is saved. Of several files
    one that cannot be made again costs no other. Without `program.weights` each is made with those
    that its recipe names.

    Raises KnownError for an option, KeyboardInterrupt where a person ends it.
    """
    if program.weights:
        known_weights(program.weights)
    wanted: list[Again] = []
    code = 0
    for path in paths:
        try:
            wanted.append(again(stores, path))
        except KnownError as error:
            code = print_error(str(error), error.exit_code)
    for weights in dict.fromkeys(program.weights or one.weights for one in wanted):
        own = [one for one in wanted if (program.weights or one.weights) == weights]
        code = _recreate(stores, own, replace(program, weights=weights), report) or code
    return code


def _recreate(
    stores: Stores, wanted: Sequence[Again], program: ProgramOptions, report: Report
) -> int:
    """All with one engine; the exit code of the last one that failed, else 0."""
    code = 0
    with open_engine(engine_spec(stores, program, wanted[0].entry)) as engine, RenderBar() as bar:
        engine.prepare()
        runner = Runner(stores, engine)
        for number, each in enumerate(wanted):
            spare_sources(stores, [one.request for one in wanted[number:]])
            try:
                made = runner.rendered(each.request, bar.hear, each.mode)
                _tell(report, each, verdict(each, made))
            except KnownError as error:
                code = print_error(str(error), error.exit_code)
    return code


def _tell(report: Report, asked: Again, found: Verdict) -> None:
    values: dict[str, object] = {
        "path": str(asked.path),
        "format": asked.parsed.format,
        "identical": found.identical,
        "max_abs_diff": found.greatest,
        "psnr": found.psnr,
        "reasons": list(found.reasons),
    }
    lines = [f"{asked.path}: identical" if found.identical else f"{asked.path}: {_apart(found)}"]
    lines += (f"  {reason}" for reason in found.reasons)
    report(values, "\n".join(lines))


def _apart(found: Verdict) -> str:
    if found.greatest is None:
        return "of another size"
    return f"differs by up to {found.greatest} of 255, PSNR {found.psnr} dB"
