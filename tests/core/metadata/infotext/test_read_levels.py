"""The spacing of noise levels in the web UI's text, of the web UI itself and of its forks."""

from __future__ import annotations

import pytest

from core.metadata.a1111 import parse, write
from core.metadata.recipes import fields_of
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.levels import Levels

HEAD = "Steps: 4, Sampler: Euler, Schedule type: Karras, CFG scale: 7, Seed: 5, Size: 512x768"


@pytest.mark.parametrize(
    ("pairs", "levels", "ignored"),
    [
        (
            "Schedule max sigma: 9.5, Schedule min sigma: 0.1, Schedule rho: 5",
            Levels(rho=5.0, sigma_min=0.1, sigma_max=9.5),
            (),
        ),
        ("Schedule rho: 0, Sampler shift: 3", Levels(shift=3.0), ()),
        ('Sigmas: "9, 3, 1, 0.5, 0"', Levels(sigmas=(9.0, 3.0, 1.0, 0.5, 0.0)), ()),
        ("Schedule rho: 900, Shift: nan", None, ("Schedule rho: 900", "Shift: nan")),
        ('Sigmas: "1, 2, 0"', None, ("Sigmas: 1, 2, 0",)),
        # these of the web UI never ask for ends, which its text names all the same
        ("Schedule type: Uniform, Schedule min sigma: 0.1", None, ()),
        ("Schedule type: Simple, Schedule max sigma: 9.5", None, ()),
        (
            "Schedule type: Normal, Schedule max sigma: 9.5",
            Levels(sigma_max=9.5),
            (),
        ),
        ("Beta schedule alpha: 0.6, Beta schedule beta: 0.6", None, ()),
        # together they make no sense, so the first of them counts alone
        (
            "Schedule max sigma: 1, Schedule min sigma: 2",
            Levels(sigma_min=2.0),
            ("levels.sigma_max: 1",),
        ),
    ],
)
def test_levels_are_read(pairs: str, levels: Levels | None, ignored: tuple[str, ...]) -> None:
    found = parse({"parameters": f"a house\n{HEAD}, {pairs}, RNG: NV, Version: v1.10.1"})
    assert found is not None and found.ignored == ignored
    assert fields_of(found).get("levels") == levels
    if levels is not None:
        request = Request(**fields_of(found)).check()  # type: ignore[arg-type]
        again = parse({"parameters": write(Recipe(request, version="1"))})
        assert again is not None and fields_of(again)["levels"] == levels and not again.ignored


def test_a_beta_that_bends_otherwise_is_said() -> None:
    found = parse({"parameters": f"a house\n{HEAD}, Beta schedule alpha: 0.5, Version: v1.10.1"})
    assert found is not None and not found.ignored
    assert "Beta schedule alpha: 0.5: here 0.6" in found.approximated


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_comes_back_with_its_numbers_and_every_schedule(sampler: str) -> None:
    noise = FreshNoise(s_churn=3.0, s_tmin=0.2, s_tmax=7.0, s_noise=1.01)
    levels = Levels(rho=4.0, sigma_min=0.05, sigma_max=12.0, discard_penultimate=True)
    values = {"sampler": sampler, "eta": 0.35, "fresh_noise": noise, "levels": levels}
    for schedule in SCHEDULES:
        expected = {**values, "schedule": schedule, "seed": 5}
        request = Request("a house", **expected).check()  # type: ignore[arg-type]
        found = parse({"parameters": write(Recipe(request, version="1"))})
        assert found is not None and not found.ignored
        assert {name: fields_of(found).get(name) for name in expected} == expected
