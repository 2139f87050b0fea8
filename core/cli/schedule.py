"""`calotype schedule`: a noise schedule as data, and as a drawing."""

from __future__ import annotations

from pathlib import Path

from core.cli.shared.output import print_result
from core.engine.contract.parity import asked_sigmas
from core.models.library.model_entry import ModelEntry
from core.sampling.schedules import FlowTable, log_snr
from core.service.insight.plot import Curve, Plot, svg_of
from core.system.atomic_files import replace_file
from core.system.errors import disk_refusals
from core.values.request import Request
from core.values.request_parts.levels import Levels


def asked_of(sampler: str, schedule: str, steps: int | None, levels: Levels) -> Request:
    """A request for so many steps; without a count for as many as `levels` lists, or the usual."""
    if steps is None:
        steps = len(levels.sigmas) - 1 if levels.sigmas else Request().steps
    return Request(sampler=sampler, schedule=schedule, steps=steps, levels=levels)


def print_schedule(entry: ModelEntry, asked: Request, plot: Path | None, *, as_json: bool) -> None:
    """Of the sampler, schedule, steps and noise levels that are `asked` for, with a model's noise;
    drawn into the file `plot` as well. Raises InvalidRequest for what there is none of, WorldError
    where the disk refuses."""
    request = asked.check()
    table = entry.noise(*entry.family_row.sizes[0], request.levels.shift)
    levels = asked_sigmas(request, table, entry.family)
    flow = isinstance(table, FlowTable)
    values = {
        "timesteps": [table.timestep(s) for s in levels[:-1]],
        "sigmas": list(levels),
        "log_snr": [log_snr(s, flow=flow) for s in levels[:-1]],
    }
    if plot is not None:
        name = "a list" if request.levels.sigmas else request.schedule
        drawing = svg_of(_plot(entry.name, name, levels, is_even=flow))
        with disk_refusals(f"{plot} could not be written", "Choose another place with --plot."):
            replace_file(plot, drawing.encode())
    rows = [
        f"{i:4d} {t:9.3f} {s:12.6f}"
        for i, (t, s) in enumerate(zip(values["timesteps"], levels[:-1], strict=True))
    ]
    print_result(as_json, values, "\n".join(rows))


def _plot(model: str, schedule: str, levels: tuple[float, ...], *, is_even: bool) -> Plot:
    points = tuple((float(step), level) for step, level in enumerate(levels) if is_even or level)
    return Plot(
        title=f"Noise of {schedule}, {len(levels) - 1} steps, {model}",
        across="Step",
        up="Sigma" if is_even else "Sigma (logarithmic)",
        curves=(Curve(schedule, points),),
        is_logarithmic=not is_even,
    )
