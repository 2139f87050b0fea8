"""Each declared parameter does something: changed alone, it makes another picture. Whoever declares
one and forgets the engine hears it here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import get_args

import pytest
from safetensors.torch import save_file

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.values.declared.parameter import DeclaredField, declared_fields, with_values
from core.values.events import Event
from core.values.job import Job, ModelRef
from core.values.noise import Noise
from core.values.picture import Pixels
from core.values.request import Request
from tests.core.engine.diffusion.test_tiny import tensors_of

# of these another model or file is a part, or a large picture or network, or they are no picture's
# own; tests of their own
ELSEWHERE = {
    "count",
    "model",
    "loras",
    "vae",
    "refiner",
    "refiner_at",
    "token_merging",
    "matrices",
    "start",
    "upscale",
    "parent",
    "document",
    "sweep",
    "branch",
    "template",
    "negative_template",
    "styles",
}
FIELDS = [
    pytest.param(field, id=".".join(field.path))
    for field in declared_fields(Request)
    if field.path[0] not in ELSEWHERE and field.path != ("levels", "shift")  # of flow models
]
# all that another parameter needs to have an effect: words with weights, noise of steps, a batch
BASE = Request(
    prompt="a (red:1.4) house",
    negative_prompt="fog",
    seed=1,
    steps=3,
    width=128,
    height=64,
    guidance=6.0,
    sampler="euler_ancestral",
    noise=Noise(variation_seed=3, variation_strength=0.4, batch_size=2),
    compatibility="a1111",
)
SPECIAL = {
    ("prompt",): "a (red:1.4) boat",
    ("negative_prompt",): "snow",
    ("width",): 64,
    ("height",): 128,
    ("steps",): 4,
    ("noise", "resized_from"): (64, 64),
    ("noise", "batch_size"): 4,
    ("guidance_until",): 0.5,
    ("compatibility",): "comfyui",
    ("noise", "batch_index"): 1,
    ("levels", "sigmas"): (14.0, 3.0, 0.5, 0.0),
    ("hires", "mode"): "by_hand",
    ("hires", "sampler"): "euler",
    ("levels", "discard_penultimate"): True,
    ("levels", "keep_penultimate"): True,
    ("emphasis",): "ignore",
    ("hires", "upscaler"): "lanczos",  # the ways of enlarging latents differ by roundings
}
# one of the samplers that take it, some of which there has to be
CHURNED = {("sampler",): "euler", ("fresh_noise", "s_churn"): 20.0}
BY_HAND = {("hires", "mode"): "by_hand"}

Picture = Callable[[Request], Pixels]


def tell_nobody(event: Event) -> None:
    """The engine's events are not asked for here."""


@pytest.fixture(scope="module")
def picture(smallest: ModelRef, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Picture]:
    decoder = tmp_path_factory.mktemp("tiny") / "taesd.safetensors"
    save_file(tensors_of("diffusers"), decoder)
    tiny = ModelRef("taesd", "taesd", "", str(decoder))

    def made(request: Request) -> Pixels:
        return engine.run(Job(request.check(), smallest, tiny=tiny), tell_nobody).pixels

    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:
        yield lru_cache(made)


def another(field: DeclaredField) -> object:
    """An allowed value that is not the one of BASE."""
    declared = field.declaration
    if field.path in SPECIAL:
        return SPECIAL[field.path]
    if parts := get_args(field.kind):
        return tuple(1.3 for _ in parts)
    if declared.choices:
        return next(choice for choice in declared.choices if choice != field.of(BASE))
    return declared.low + 2 if field.kind is int else declared.low + 0.5


@pytest.mark.parametrize("field", FIELDS)
def test_it_makes_another_picture(picture: Picture, field: DeclaredField) -> None:
    # a batch's one tensor is ComfyUI's alone
    comfyui = field.path in (("noise", "batch_index"), ("noise", "batch_size"))
    base = with_values(BASE, {("compatibility",): "comfyui"} if comfyui else {})
    if field.path[0] == "hires" and field.path[1] != "mode":
        base = with_values(base, BY_HAND)
    if field.path == ("levels", "keep_penultimate"):
        base = with_values(base, {("sampler",): "dpm_2"})
    if field.path[0] == "fresh_noise":
        base = with_values(base, CHURNED)
    changed = with_values(base, {field.path: another(field)})
    assert changed != base
    same = picture(changed) == picture(base)
    assert not same
