"""Single files in the original layout load to the same networks as diffusers folders, offline."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import torch

from core.engine.diffusion.families import sd, source
from core.engine.diffusion.parts import conditioning
from core.engine.diffusion.parts.denoiser import Denoiser, guided
from core.engine.diffusion.parts.device import choose_device
from core.models.files.header_inspection import Inspection
from core.sampling.samplers import SAMPLERS
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES
from core.values.model import ModelKind
from core.values.request import Request
from tests.core.engine.diffusion import ldm_files

# about offsets its own schedulers lack
pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning:diffusers"),
    # how its Euler schedule asks NumPy
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
TOKENIZER = RESOURCES / "starter" / "tokenizer"


@pytest.fixture
def families(tmp_path: Path) -> Path:
    return ldm_files.families(tmp_path / "families", TOKENIZER)


def _load(
    path: Path,
    family: str,
    families: Path,
    monkeypatch: pytest.MonkeyPatch,
    prediction: str = "epsilon",
) -> sd.StableDiffusion:
    """Tiny widths fit no real family, so the inspection is handed over; sockets are closed."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(
        source,
        "inspect",
        lambda where: Inspection(
            str(where), ModelKind.CHECKPOINT, family, prediction, layout="ldm"
        ),
    )
    return sd.load(str(path), choose_device("cpu"), lambda: None, families)


def _estimate(model: sd.StableDiffusion) -> torch.Tensor:
    """One guided look of the denoiser at fixed noise, through the whole conditioning."""
    texts = [
        conditioning.encode_all(model.towers, text, 1, torch.device("cpu"))
        for text in ("a (red:1.2) house", "")
    ]
    if model.sized:
        texts = [conditioning.with_size_numbers(text, 64, 64, None) for text in texts]
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1)) * 5
    denoise = guided(
        Denoiser(model.unet, model.noise, model.prediction, torch.float32, lambda: None),
        *texts,
        6.0,
    )
    with torch.no_grad():
        return denoise(x, 5.0)


def test_what_a_person_says_it_predicts_wins_over_the_file(
    tmp_path: Path, families: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _load(
        ldm_files.file_of("sd15", tmp_path / "model.safetensors"), "sd15", families, monkeypatch
    )
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    text = conditioning.encode_all(model.towers, "a house", 1, torch.device("cpu"))

    def look() -> torch.Tensor:
        with torch.no_grad():
            return model.network(Request(), None, lambda: None).predict(x, 2.0, text)

    plain = look()
    model.predict_as("v")
    assert not torch.allclose(look(), plain)
    model.predict_as("")
    assert torch.equal(look(), plain)


@pytest.mark.parametrize("family", ldm_files.FAMILIES)
def test_file_and_folder_are_the_same_model(
    family: str, tmp_path: Path, families: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = _load(
        ldm_files.file_of(family, tmp_path / "model.safetensors"), family, families, monkeypatch
    )
    folder = sd.load(
        str(ldm_files.folder_of(family, tmp_path / "folder", TOKENIZER)),
        choose_device("cpu"),
        lambda: None,
        families,
    )
    for one, other in ((single.unet, folder.unet), (single.vae, folder.vae)):
        assert one.state_dict().keys() == other.state_dict().keys()
        assert all(
            torch.equal(a, b)
            for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
        )
    a, b = _estimate(single), _estimate(folder)
    assert torch.allclose(a, b, atol=1e-3), float((a - b).abs().max())
    pixels, _ = single.decode(a)
    assert pixels == folder.decode(a)[0]
    assert (pixels.width, pixels.height) == (64, 64)


def test_half_precision_v_prediction_and_damage(
    tmp_path: Path, families: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ldm_files.file_of("sd15", tmp_path / "model.safetensors", half=True)
    model = _load(path, "sd15", families, monkeypatch, "v")
    assert model.prediction == "v_prediction" and model.unet.conv_in.weight.dtype == torch.float32
    lacking = ldm_files.file_of("sd15", tmp_path / "lacking.safetensors")
    from safetensors.torch import load_file, save_file

    tensors = load_file(lacking)
    save_file(
        {
            name: value
            for name, value in tensors.items()
            if not name.startswith("first_stage_model.")
        },
        lacking,
    )
    with pytest.raises(ModelMissing, match="holds no VAE"):
        _load(lacking, "sd15", families, monkeypatch)
    tensors.pop("model.diffusion_model.middle_block.1.proj_in.weight")
    save_file(tensors, lacking)
    with pytest.raises(ModelMissing, match="unet"):
        _load(lacking, "sd15", families, monkeypatch)


def test_xl_agrees_with_diffusers_own_pipeline(tmp_path: Path) -> None:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline
    from transformers import CLIPTokenizer

    from core.engine import open_engine
    from core.engine.contract.protocol import EngineSpec
    from core.values.job import Job, ModelRef
    from core.values.request import Request

    folder = ldm_files.folder_of("sdxl", tmp_path / "xl", TOKENIZER)
    request = Request(
        "a red house",
        "stars",
        seed=3,
        width=64,
        height=96,
        steps=5,
        sampler="euler",
        schedule="discrete",
        guidance=5.0,
    )
    with open_engine(EngineSpec(device="cpu")) as engine:
        ours = engine.run(
            Job(request, ModelRef("xl", "XL", "sdxl", str(folder))), lambda event: None
        ).pixels
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing="linspace",
    )
    tokenizers = [
        CLIPTokenizer.from_pretrained(folder / name) for name in ("tokenizer", "tokenizer_2")
    ]
    pipe = StableDiffusionXLPipeline(
        **ldm_files.networks("sdxl"),
        tokenizer=tokenizers[0],
        tokenizer_2=tokenizers[1],
        scheduler=scheduler,
        force_zeros_for_empty_prompt=False,
        add_watermarker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    noise = torch.randn((1, 4, 12, 8), generator=torch.Generator("cpu").manual_seed(3))
    scheduler.set_timesteps(5)
    image = pipe(
        request.prompt,
        negative_prompt=request.negative_prompt,
        num_inference_steps=5,
        guidance_scale=5.0,
        width=64,
        height=96,
        latents=noise * float(scheduler.sigmas[0]) / float(scheduler.init_noise_sigma),
        output_type="pt",
    ).images[0]
    theirs = (image.permute(1, 2, 0).clamp(0, 1) * 255).round().byte().reshape(-1)
    difference = (
        theirs.int() - torch.frombuffer(bytearray(ours.rgb), dtype=torch.uint8).int()
    ).abs()
    assert int(difference.max()) <= 3, int(difference.max())


@pytest.mark.parametrize("sampler", ["euler", "ddim"])
@pytest.mark.parametrize(
    ("family", "prediction"),
    [("sd15", "epsilon"), ("sd21", "epsilon"), ("sd21", "v_prediction"), ("sdxl", "epsilon")],
)
def test_latents_are_those_of_diffusers_own_pipelines(
    family: str, prediction: str, sampler: str, tmp_path: Path
) -> None:
    """Handed the same start latents, timesteps and final alpha."""
    from diffusers import (
        DDIMScheduler,
        EulerDiscreteScheduler,
        StableDiffusionPipeline,
        StableDiffusionXLPipeline,
    )
    from transformers import CLIPTokenizer

    folder = ldm_files.folder_of(family, tmp_path / family, TOKENIZER)
    model = sd.load(str(folder), choose_device("cpu"), lambda: None)
    tokenizers = {
        name: CLIPTokenizer.from_pretrained(folder / name)
        for name in ("tokenizer", "tokenizer_2")
        if (folder / name).is_dir()
    }
    common = (
        ldm_files.networks(family)
        | tokenizers
        | {
            "scheduler": (DDIMScheduler if sampler == "ddim" else EulerDiscreteScheduler)(
                beta_start=0.00085,
                beta_end=0.012,
                beta_schedule="scaled_linear",
                timestep_spacing="trailing",
                prediction_type=prediction,
                **({"clip_sample": False, "set_alpha_to_one": True} if sampler == "ddim" else {}),
            )
        }
    )
    pipe = (
        StableDiffusionXLPipeline(
            **common, force_zeros_for_empty_prompt=False, add_watermarker=False
        )
        if family == "sdxl"
        else StableDiffusionPipeline(
            **common, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    )
    pipe.set_progress_bar_config(disable=True)
    noise = torch.randn((1, 4, 12, 8), generator=torch.Generator().manual_seed(3))
    theirs = pipe(
        "a red house",
        negative_prompt="stars",
        num_inference_steps=5,
        guidance_scale=5.0,
        width=64,
        height=96,
        latents=noise,
        output_type="latent",
    ).images
    levels = (*(model.noise.sigmas[int(t)] for t in pipe.scheduler.timesteps), 0.0)
    texts = [
        conditioning.encode_all(model.towers, text, 1, torch.device("cpu"))
        for text in ("a red house", "stars")
    ]
    if model.sized:
        texts = [conditioning.with_size_numbers(text, 64, 96, None) for text in texts]
    start = noise * (
        float(pipe.scheduler.init_noise_sigma)
        if sampler == "euler"
        else (1 + levels[0] ** 2) ** 0.5
    )
    with torch.no_grad():
        denoise = guided(
            Denoiser(model.unet, model.noise, prediction, torch.float32, lambda: None), *texts, 5.0
        )
        *_, (ours, _) = SAMPLERS[sampler].sample(
            denoise, start, levels, lambda a, b: torch.zeros_like(start)
        )
    assert float((ours - theirs).abs().max()) < 1e-4 * max(1.0, float(theirs.abs().max()))
