"""`calotype schedule`: a noise schedule as data, and as a drawing."""

from __future__ import annotations

from pathlib import Path

from core.cli.shared.output import print_result
from core.models.library.model_entry import ModelEntry
from core.sampling.schedules import FlowTable, log_snr, sigmas
from core.service.insight.plot import Curve, Plot, svg_of
from core.system.atomic_files import replace_file
from core.system.errors import disk_refusals
from core.values.request import Request


def print_schedule(
    entry: ModelEntry, asked: tuple[str, str, int], plot: Path | None, *, as_json: bool
) -> None:
    """Of `asked`, a sampler, a schedule and steps, with a model's noise; drawn into the file `plot`
    as well. Raises InvalidRequest for what there is none of, WorldError where the disk refuses."""
    sampler, schedule, steps = asked
    Request(sampler=sampler, schedule=schedule, steps=steps).check()
    table = entry.noise(*entry.family_row.sizes[0])
    levels = sigmas(schedule, steps, table=table, family=entry.family)
    flow = isinstance(table, FlowTable)
    values = {
        "timesteps": [table.timestep(s) for s in levels[:-1]],
        "sigmas": list(levels),
        "log_snr": [log_snr(s, flow=flow) for s in levels[:-1]],
    }
    if plot is not None:
        drawing = svg_of(_plot(entry.name, schedule, levels, is_even=flow))
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
