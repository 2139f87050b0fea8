"""A picture's recipe at other guidance scales, for the command line: what the view Guidance shows
of them in the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.engine.contract.protocol import OnEvent
from core.service.insight.guiding.own_span import Span, own_span
from core.service.making.runner import Rendered, Runner
from core.service.stores import Stores
from core.service.sweeps.cells import Cell, cells_of, over
from core.service.sweeps.figures import figures_of, settled_at
from core.values.picture import Pixels
from core.values.resolved_request import ResolvedRequest

Keep = Callable[[str, Pixels], str]  # a picture's name and itself to its file's path


@dataclass(frozen=True, slots=True)
class ExplainedGuidance:
    """The same recipe at another guidance scale: `CellFigures` of its picture beside the recipe's
    own one."""

    value: float
    saturation: float
    clipped: float
    difference: float | None
    visible: float | None
    picture: str


@dataclass(frozen=True, slots=True)
class GuidanceStrip:
    """All of them in the order they were asked for. `settled` is the scale from which on nothing
    one can see changes up to the highest; None where even the highest two are told apart. `own` is
    the span of saturation of the model's own pictures in the gallery; None where nothing was asked
    for."""

    cells: tuple[ExplainedGuidance, ...] = ()
    settled: float | None = None
    own: Span | None = None


def guidance_strip(
    stores: Stores,
    runner: Runner,
    made: Rendered,
    values: Sequence[float],
    keep: Keep,
    on_event: OnEvent,
) -> GuidanceStrip:
    """The picture `made` at each of these scales, all of which a request may have. Renders: not for
    the GUI thread. Raises what the engine raises, WorldError where the disk refuses."""
    if not values:
        return GuidanceStrip()
    rendered: list[tuple[ExplainedGuidance, Pixels]] = []
    for cell in cells_of(made.job.request, over("guidance", values)):
        pixels = runner.rendered(_request_of(cell), on_event).result.pixels
        figures = figures_of(pixels, made.result.pixels)
        one = ExplainedGuidance(
            value=_request_of(cell).guidance,
            saturation=figures.saturation,
            clipped=figures.clipped,
            difference=figures.difference,
            visible=figures.visible,
            picture=keep(f"guidance-{cell.name}", pixels),
        )
        rendered.append((one, pixels))
    rising = sorted(rendered, key=lambda one: one[0].value)
    place = settled_at([pixels for _, pixels in rising])
    return GuidanceStrip(
        cells=tuple(one for one, _ in rendered),
        settled=None if place is None else rising[place][0].value,
        own=own_span(stores, made.job.request),
    )


def _request_of(cell: Cell) -> ResolvedRequest:
    assert cell.request is not None  # the scales were looked at before
    return cell.request
