"""What `calotype sweep` does: sets a sweep up or takes one up again, makes what is missing of it,
and writes the grid."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from core.cli.generate import request_of
from core.cli.shared.options import GenerateOptions
from core.cli.shared.output import print_error
from core.cli.shared.rendering import Report, WantedPicture, check_out, render
from core.cli.start_files import pictures_from_files
from core.cli.sweeping.axes import axes_asked, changed, redone
from core.cli.sweeping.checking import check_same_recipe, check_typed
from core.cli.sweeping.options import SweepOptions
from core.cli.sweeping.telling import cell_facts, grid_facts, tell_before
from core.engine.contract.protocol import known_weights
from core.service.stores import Stores
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.names import kind_named
from core.service.sweeps.axes.reading import axis_named, name_and_values
from core.service.sweeps.grid.drawing import Grid
from core.service.sweeps.grid.writing import grid_kind, kind_of, remove_grids, write_grid
from core.service.sweeps.making.asking import name_of
from core.service.sweeps.making.foretelling import sentence
from core.service.sweeps.making.grid_cells import GridCell, cells_of_sweep
from core.service.sweeps.making.now import SweepNow, Values, read_again, sweep_asked
from core.store.jobs import QueuedJob
from core.store.sweeps.sweep_rows import jobs_of_sweep, pictures_by_cell
from core.system.errors import InvalidRequest, KnownError, WorldError
from core.system.json import to_plain
from core.values.job import JobState
from core.values.request import Request
from core.values.resolved_request import random_seed
from core.values.sweeping.sweep import MAX_CELLS, Axis, Sweep, base_of, new_sweep

LAST = "last"
_ENDED = (JobState.FAILED, JobState.STOPPED)


def make_sweep(
    stores: Stores,
    chosen: GenerateOptions,
    options: SweepOptions,
    report: Report,
    picture_format: str,
) -> int:
    """Make the cells that are not there yet, reporting each, then write the grid and report it;
    the exit code: 1 where a cell could not be made.

    Raises KnownError for what is wrong with what was asked for, and KeyboardInterrupt where a
    person ends it; what was made stays, and `--go-on` makes the rest.
    """
    known_weights(chosen.program.weights)
    check_typed(chosen)
    kind = _grid_kind(chosen, options)
    known, sweep = _asked(stores, chosen, options)
    now = sweep_asked(stores, known, sweep)
    again = redone(known, sweep, options.redo or [])
    missing = now.missing_cells(again)
    unmade = (cell for cell in now.cells if cell.values in again and cell.request is None)
    for cell in dict.fromkeys((*now.refused, *unmade)):
        print_error(f"Left out: {cell.name}: {cell.refusal}", 0)
    if waiting := now.waiting():
        print_error(f"{len(waiting)} of the cells wait in the queue already.", 0)
    device = chosen.program.device
    foretold = tell_before(stores, known, now, missing, device, picture_format)
    if options.only_tell:
        report(to_plain(foretold), sentence(foretold))
        return 0
    failed = _kept_and_made(stores, chosen, now, again, report, picture_format)
    grid = _grid_of(read_again(stores, now), failed)
    begun = time.perf_counter()
    paths = write_grid(grid, _grid_target(stores, chosen, sweep, kind), kind)
    report(grid_facts(grid, paths, time.perf_counter() - begun), str(paths[0]))
    return 1 if failed else 0


def _grid_kind(chosen: GenerateOptions, options: SweepOptions) -> str:
    """Of the grid's file, before anything is made. Raises KnownError for one that cannot be."""
    out = chosen.program.out
    check_out(out)
    if out is None or out.is_dir() or not out.suffix:
        return kind_of(options.grid)
    if not grid_kind(out):
        raise InvalidRequest(
            "out", f'A grid cannot be written as "{out.suffix[:20]}".', "Choose png, webp or pdf."
        )
    return grid_kind(out)


def _grid_target(stores: Stores, chosen: GenerateOptions, sweep: Sweep, kind: str) -> Path:
    """A file, or a folder."""
    out = chosen.program.out
    if out is None:
        target = stores.places.sweeps / f"{sweep.id}.{kind}"
        remove_grids(target)
        return target
    return out if out.is_dir() or out.suffix else out.with_suffix(f".{kind}")


def _asked(stores: Stores, chosen: GenerateOptions, options: SweepOptions) -> tuple[Known, Sweep]:
    """The sweep that is meant, with all that was typed for it."""
    if options.go_on:
        sweep = _gone_on_with(stores, options)
        check_same_recipe(chosen, options, sweep)
    else:
        sweep = _begun(stores, chosen, options)
    known = Known(stores.library, stores.places, sweep.base)
    sweep = changed(known, sweep, options)
    sweep.check()
    return known, sweep


def _begun(stores: Stores, chosen: GenerateOptions, options: SweepOptions) -> Sweep:
    """A sweep of what was typed: the one that was begun so and is not whole, or a new one."""
    base = _base(stores, chosen, options)
    known = Known(stores.library, stores.places, base)
    base, axes = axes_asked(known, options)
    begun = None if options.anew else _begun_before(stores, base, axes, "seed" in chosen.typed)
    if begun is not None:
        print_error(f"Goes on with sweep {begun.id}, which was begun so; --anew makes another.", 0)
        return begun
    return new_sweep(base, axes, options.name or name_of(base, axes))


def _begun_before(
    stores: Stores, base: Request, axes: tuple[Axis, ...], seed_typed: bool
) -> Sweep | None:
    """The newest sweep of the same request and axes of which cells are missing. Where the seed was
    typed, also one with fewer values: it gets the further ones."""
    for kept in stores.sweeps.all():
        seed = base.seed if seed_typed else kept.base.seed
        names = [axis.name for axis in kept.axes]
        if kept.base != replace(base, seed=seed) or names != [axis.name for axis in axes]:
            continue
        pairs = list(zip(kept.axes, axes, strict=True))
        if seed_typed and all({*old.values} <= {*new.values} for old, new in pairs):
            wanted = replace(kept, axes=axes)
        elif all(old.values == new.values for old, new in pairs):
            wanted = kept
        else:
            continue
        if _lacks_cells(stores, wanted):
            return wanted
    return None


def _lacks_cells(stores: Stores, sweep: Sweep) -> bool:
    """Whether there are cells to make, now or once what they need is here: those that do not suit
    are never made."""
    there = pictures_by_cell(stores.database, stores.gallery, sweep.stack)
    if all(sweep.place(values).cell in there for values in sweep.cells()):
        return False
    if sweep.count > MAX_CELLS:  # which is said later
        return True
    cells = cells_of_sweep(Known(stores.library, stores.places, sweep.base), sweep)
    left = (cell for cell in cells if cell.key not in there)
    return any(cell.request is not None or cell.lacks for cell in left)


def _base(stores: Stores, chosen: GenerateOptions, options: SweepOptions) -> Request:
    """The request that is varied, as `generate` would make it."""
    if not chosen.has_prompt and options.prompts is None and not chosen.program.init:
        raise InvalidRequest(
            "prompt",
            "Missing argument 'PROMPT': say what to draw.",
            "Or give a file of prompts with --prompts.",
        )
    if not chosen.has_prompt and not chosen.program.init:
        chosen = replace(chosen, picture={**chosen.picture, "prompt": ""})
    if "model" not in chosen.typed:
        chosen = _on_first_model(stores, chosen, options)
    if not chosen.program.init:
        request: Request = request_of(chosen, stores.library)
    else:
        wanted, _ = pictures_from_files(stores, chosen)
        if len(wanted) != 1:
            raise InvalidRequest(
                "init", "A sweep starts from one picture.", "Choose one file with --init."
            )
        request = wanted[0].asked
    return base_of(request, random_seed() if request.seed is None else request.seed)


def _on_first_model(
    stores: Stores, chosen: GenerateOptions, options: SweepOptions
) -> GenerateOptions:
    """Where models are varied and none was named, the defaults are those of the first."""
    for text in filter(None, (options.x, options.y, options.z)):
        name, values = name_and_values(text)
        if kind_named(name) == kind_named("model"):
            known = Known(stores.library, stores.places, Request())
            first = axis_named(name, values, known).values[0]
            return replace(chosen, picture={**chosen.picture, "model": first})
    return chosen


def _gone_on_with(stores: Stores, options: SweepOptions) -> Sweep:
    """The sweep that is taken up again. Raises WorldError where there is none."""
    if options.go_on != LAST:
        return stores.sweeps.get(str(options.go_on))
    kept = stores.sweeps.all()
    if not kept:
        raise WorldError("There is no sweep yet.", "Begin one with --x.")
    return kept[0]


def _claimed(
    stores: Stores, now: SweepNow, again: Collection[Values]
) -> tuple[tuple[GridCell, ...], tuple[QueuedJob, ...]]:
    """The cells that are missing now, in their order, and jobs of them that are ours from here on:
    somebody else may have gone on with the sweep since it was looked at. What was interrupted
    stands in the queue as failed or stopped and goes: it is made now."""
    with stores.sweeps.claiming():
        ours = jobs_of_sweep(stores.database, stores.jobs, now.sweep.id)
        stores.jobs.remove(*(job.id for job in ours if job.state in _ENDED))
        cells = read_again(stores, now).missing_cells(again)
        requests = [cell.request for cell in cells if cell.request is not None]
        return cells, stores.jobs.add(requests, running=True)


@contextmanager
def _given_back(stores: Stores, jobs: Sequence[QueuedJob]) -> Generator[None]:
    """Whatever ends it before all is made: what nobody makes any more is not left as running."""
    try:
        yield
    except BaseException:
        for job in jobs:
            left = stores.jobs.get(job.id)
            if left is not None and left.state is JobState.RUNNING:
                stores.jobs.finish(job.id, JobState.STOPPED)
        raise


@contextmanager
def _told_how_to_go_on(sweep: Sweep) -> Generator[None]:
    """Whoever ends it before all cells are made is told how the rest is made."""
    try:
        yield
    except (KnownError, KeyboardInterrupt):
        print_error(f"What is missing is made by calotype sweep --go-on {sweep.id}", 0)
        raise


def _kept_and_made(
    stores: Stores,
    chosen: GenerateOptions,
    now: SweepNow,
    again: Collection[Values],
    report: Report,
    picture_format: str,
) -> dict[Values, str]:
    """Keep the sweep and make what is missing and the cells `again`, in their order; a sentence for
    each that could not be made, by its values."""
    stores.sweeps.keep(now.sweep)
    failed: dict[Values, str] = {}
    cells, jobs = _claimed(stores, now, again)
    by_cell = {cell.key: cell.values for cell in cells}

    def on_failed(one: WantedPicture, fault: KnownError) -> None:
        failed[by_cell[one.request.sweep.cell]] = str(fault)
        print_error(f"Not made: {', '.join(one.request.sweep.cell)}: {fault}", 0)

    with _told_how_to_go_on(now.sweep), _given_back(stores, jobs):
        wanted = [_wanted(stores, now.sweep, cell) for cell in cells]
        if wanted:
            program = replace(chosen.program, out=None)
            render(
                stores,
                program,
                wanted,
                report,
                picture_format,
                together=True,
                on_failed=on_failed,
                jobs=jobs,
            )
    return failed


def _wanted(stores: Stores, sweep: Sweep, cell: GridCell) -> WantedPicture:
    assert cell.request is not None and cell.asked is not None  # as `in_making_order` says
    entry = stores.library.find(cell.request.model)
    return WantedPicture(cell.asked, cell.request, entry, cell_facts(sweep, cell))


def _grid_of(now: SweepNow, failed: dict[Values, str]) -> Grid:
    """What is there now."""
    made = {cell.values: now.pictures.get(cell.key) for cell in now.cells}
    return Grid(
        now.sweep,
        {values: picture for values, picture in made.items() if picture is not None},
        {cell.values: cell.refusal for cell in now.refused} | failed,
    )
