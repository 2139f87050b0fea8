"""A sweep, for the folder that later versions open."""

from __future__ import annotations

import json
from typing import Any

from core.engine.contract.protocol import Engine, OnEvent
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.service.sweeps.making.now import sweep_now
from core.system.errors import WorldError
from core.system.json import dumps
from core.values.job import Job
from core.values.picture import Result
from core.values.request import Request
from core.values.sweeping.sweep import Axis, base_of, new_sweep


class Refusing:
    """An engine to which the world is never right."""

    def run(self, job: Job, on_event: OnEvent) -> Result:
        """Raises WorldError."""
        raise WorldError("The cell came to nothing.", "Make it again.")


def sweep(stores: Stores, fake: Engine, request: Request) -> None:
    """Along three axes, with a value that is left out and a model that is nowhere: of the cells
    that can be, two are made, one failed and one was stopped."""
    axes = (
        Axis("steps", ("2", "3", "4"), skipped=("4",)),
        Axis("sampler", ("euler", "heun")),
        Axis("model", ("starter", "nowhere")),
    )
    new = new_sweep(base_of(request, 80), axes, "A house in many ways", "the second row is best")
    stores.sweeps.keep(new)
    jobs = stores.jobs.add(sweep_now(stores, new).missing())
    assert len(jobs) == 4
    refusing: Any = Refusing()
    for engine in (fake, fake, refusing):
        assert Runner(stores, engine).run_one(lambda event: None)
    stores.jobs.stop_waiting(jobs[3].id)


def cells(stores: Stores) -> list[dict[str, Any]]:
    """Each sweep with where its cells stand, and the picture of each that is made."""
    found: list[dict[str, Any]] = []
    for one in stores.sweeps.all():
        now = sweep_now(stores, one)
        stands = {",".join(cell.key): now.stand(cell).name.lower() for cell in now.cells}
        made = {",".join(key): picture.id for key, picture in now.pictures.items()}
        can_be = (cell for cell in now.cells if not cell.refusal)  # the others are said by the day
        said = {",".join(cell.key): now.said(cell) for cell in can_be if now.said(cell)}
        found.append(
            {"sweep": json.loads(dumps(one)), "cells": stands, "pictures": made, "said": said}
        )
    return found
