"""`calotype bench`: this machine's figures, part by part, beside the plain way."""

from __future__ import annotations

from rich.progress import BarColumn, TextColumn

from core.cli.shared.output import print_result, progress_on_stderr
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.service.machine_speed import (
    FOOT,
    PARTS,
    job_of,
    label_of,
    limit_of,
    measure_machine,
    ratio_text,
    seconds_text,
    values_of,
)
from core.service.stores import Stores
from core.values.events import Event
from core.values.measurement import Measurement

_COLUMNS = "{:32} {:>9} {:>9} {:>7}  {}"


def print_machine_speed(stores: Stores, model: str, device: str, *, as_json: bool) -> None:
    """Measures with the model of this id or path, a line a part as it comes. Raises KnownError
    where model, device or disk refuse, and KeyboardInterrupt where a person ends it."""
    entry = stores.library.find(model)
    job = job_of(entry)
    request = job.request
    if not as_json:
        print(
            f"{entry.name}, {request.width} x {request.height}, guidance {request.guidance:g}, "
            f"device {device}"
        )
        print(_COLUMNS.format("", "ours", "plain", "ratio", "limit"))
    spec = EngineSpec(
        runs_in="process", device=device, warm_model=job.model, logs=str(stores.places.logs)
    )
    progress = progress_on_stderr(TextColumn("{task.description}"), BarColumn())
    task = progress.add_task("measuring", total=len(PARTS))

    def hear(found: Measurement) -> None:
        progress.advance(task)
        print_result(as_json, values_of(found), _line(found))

    def let_in(event: Event) -> None:
        """Nothing to show; an interrupt comes in here."""

    with open_engine(spec) as engine, progress:
        measure_machine(engine, job, stores.places.root, hear, let_in)
    if not as_json:
        print(FOOT)


def _line(found: Measurement) -> str:
    label, of_label = label_of(found)
    limit, of_limit = limit_of(found)
    return _COLUMNS.format(
        label.format(**of_label),
        seconds_text(found.ours),
        seconds_text(found.plain),
        ratio_text(found),
        limit.format(**of_limit),
    )
