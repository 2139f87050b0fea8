"""Tiny autoencoders (TAESD and its kin): recognised in every layout, previews by them where time
allows, decoding with them on request."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from safetensors.torch import save_file

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families import sd
from core.engine.diffusion.networks.configuration import Configuration
from core.engine.diffusion.parts import preview
from core.engine.diffusion.parts.device import choose_device
from core.engine.diffusion.parts.preview import Previewer
from core.engine.diffusion.parts.tiny import load_tiny, load_tiny_autoencoder
from core.models.files.inspection import inspect
from core.models.library.library import Library
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES
from core.values.events import StepDone
from core.values.job import Job, ModelRef
from core.values.request import Request
from tests.core.engine.diffusion import ldm_files

STARTER = Library(Path("nowhere")).find("starter").ref()
CPU = torch.device("cpu")


def network(channels: int = 4) -> AutoencoderTiny:
    torch.manual_seed(3)
    return AutoencoderTiny(latent_channels=channels).eval()


def tensors_of(layout: str, channels: int = 4) -> dict[str, torch.Tensor]:
    """Its weights as diffusers, as TAESD's own two files in one, and as its
    decoder's file alone name them."""
    found: dict[str, torch.Tensor] = {}
    for name, tensor in network(channels).state_dict().items():
        part, _, number, rest = name.split(".", 3)
        # TAESD's decoder begins with a clamp, which has no weights
        own = f"{int(number) + (part == 'decoder')}.{rest}"
        if layout == "diffusers":
            found[name] = tensor
        elif layout == "one file":
            found[f"taesd_{part}.{own}"] = tensor
        elif part == layout:
            found[own] = tensor
    return found


@pytest.mark.parametrize("layout", ["diffusers", "one file", "decoder"])
@pytest.mark.parametrize("channels", [4, 16])
def test_every_layout_decodes_alike(layout: str, channels: int, tmp_path: Path) -> None:
    save_file(tensors_of(layout, channels), tmp_path / "taesd.safetensors")
    latents = torch.randn(1, channels, 8, 8)
    loaded = load_tiny_autoencoder(tmp_path / "taesd.safetensors", channels, CPU, torch.float32)
    with torch.no_grad():
        wanted = network(channels).decode(latents).sample
        torch.testing.assert_close(loaded.decode(latents), wanted, rtol=0, atol=1e-5)
    with pytest.raises(ModelMissing, match="does not fit"):
        load_tiny_autoencoder(tmp_path / "taesd.safetensors", 20 - channels, CPU, torch.float32)


def test_a_layer_whose_number_is_none_is_explained(tmp_path: Path) -> None:
    """Python reads no number of so many digits."""
    save_file({"9" * 5000 + ".weight": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(ModelMissing, match="does not fit"):
        load_tiny_autoencoder(tmp_path / "x.safetensors", 4, torch.device("cpu"), torch.float32)


@pytest.mark.parametrize(
    ("name", "channels", "family"),
    [
        ("taesd", 4, "sd15"),
        ("TAESDXL", 4, "sdxl"),
        ("taesd3", 16, "sd3"),
        ("taef1", 16, "flux"),
        ("tiny", 16, ""),
        ("taesdxl/diffusion_pytorch_model", 4, "sdxl"),
        ("models--some--taesd/snapshots/abc/diffusion_pytorch_model", 4, "sd15"),
        ("sdxl files/taesd_decoder", 4, "sd15"),
    ],
)
def test_names_tell_the_families_apart(
    name: str, channels: int, family: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors_of("decoder", channels), path)
    found = inspect(path)
    assert (found.kind, found.variant, found.family, found.problems) == ("vae", "tiny", family, ())


def test_an_encoder_alone_is_explained(tmp_path: Path) -> None:
    save_file(
        {f"encoder.{name}": tensor for name, tensor in tensors_of("encoder").items()},
        tmp_path / "taesd_encoder.safetensors",
    )
    found = inspect(tmp_path / "taesd_encoder.safetensors")
    assert found.kind == "vae" and "only an encoder" in found.problems[0].sentence


def test_the_library_finds_one_for_a_family(tmp_path: Path) -> None:
    (tmp_path / "vae").mkdir()
    library = Library(tmp_path)
    assert library.tiny_for("sdxl") is None
    save_file(tensors_of("diffusers"), tmp_path / "vae" / "Tiny XL.safetensors")
    save_file(tensors_of("decoder", 16), tmp_path / "vae" / "taef1.safetensors")
    found = [
        ref.name if (ref := library.tiny_for(family)) else ""
        for family in ("sd15", "sdxl", "sdxl-refiner", "sd3", "flux", "starter")
    ]
    assert found == ["", "Tiny XL", "Tiny XL", "", "taef1", ""]


def test_previews_are_by_the_tiny_one_where_time_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the share alone decides, however fast the machine
    monkeypatch.setattr(preview, "TINY_SECONDS", 0.0)
    save_file(tensors_of("diffusers"), tmp_path / "taesd.safetensors")
    seen, latents = Previewer(torch.zeros(192, 4, 3, 3), torch.zeros(192)), torch.randn(1, 4, 8, 8)
    plain = seen.look(latents)
    seen.use(str(tmp_path / "taesd.safetensors"), CPU)
    with torch.no_grad():
        values = (network().decode(latents).sample[0].clamp(-1, 1) + 1) * 127.5
    wanted = values.round().byte().permute(1, 2, 0).contiguous().numpy().tobytes()
    slow, quick = seen.after_step(latents, 1e6), None
    seen.restart()
    quick = seen.after_step(latents, 1e-9)
    assert slow is not None and slow.rgb == wanted and quick == plain
    seen.use("", CPU)
    assert seen.after_step(latents, 1e6) == plain
    seen.use(str(tmp_path / "gone.safetensors"), CPU)
    assert seen.after_step(latents, 1e6) == plain, "what cannot be loaded costs no picture"


def test_a_picture_is_seen_and_made_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(tensors_of("diffusers"), tmp_path / "taesd.safetensors")
    tiny = ModelRef("taesd", "taesd", "sd15", str(tmp_path / "taesd.safetensors"))
    folder = ldm_files.folder_of("sd15", tmp_path / "tiny", RESOURCES / "starter" / "tokenizer")
    model, seen = Library(tmp_path).find(folder.name).ref(), list[bytes]()
    monkeypatch.setattr(preview, "TINY_SHARE", 1e9)
    monkeypatch.setattr(preview, "BUDGET", 1e9)
    request = Request(prompt="a house", seed=4, steps=3, width=64, height=64)

    def made(**refs: ModelRef) -> bytes:
        seen.clear()
        return engine.run(
            Job(request, model, **refs),
            lambda event: (
                seen.append(event.preview.rgb)  # type: ignore[arg-type]
                if isinstance(event, StepDone) and event.preview
                else None
            ),
        ).pixels.rgb

    with DiffusionEngine(EngineSpec(device="cpu")) as engine:
        own = made()
        assert made(tiny=tiny) == own
        looked = seen[-1]
        assert made(vae=tiny) == looked != own, (
            "the last look was what the tiny one makes of the finished latents"
        )
        assert made() == own


def test_an_inpainting_model_is_still_shown_grey_by_its_own(tmp_path: Path) -> None:
    save_file(tensors_of("decoder"), tmp_path / "taesd.safetensors")
    folder = ldm_files.folder_of("sd15", tmp_path / "tiny", RESOURCES / "starter" / "tokenizer")
    model = sd.load(str(folder), choose_device("cpu"), lambda: None)
    model.unet.config = Configuration(dict(model.unet.config) | {"in_channels": 9})
    before = sd.blank_picture(model, (1, 4, 8, 8))
    model.use_vae(str(tmp_path / "taesd.safetensors"))
    after = sd.blank_picture(model, (1, 4, 8, 8))
    assert before is not None and after is not None and torch.equal(before, after)


def test_the_starters_own_preview_decoder_loads_and_shows_what_the_full_one_shows() -> None:
    tiny = load_tiny(Path(STARTER.path))
    assert tiny is not None  # weights of another shape would be passed over quietly
    full = AutoencoderKL.from_pretrained(Path(STARTER.path) / "vae").eval()
    down, across = torch.meshgrid(
        torch.linspace(-1, 1, 128), torch.linspace(-1, 1, 128), indexing="ij"
    )
    disc = (down**2 + across**2 < 0.3).float()
    drawing = torch.stack([down * (1 - disc) + disc * 0.9, across * 0.5, -down])[None]
    with torch.no_grad():
        latents = full.encode(drawing).latent_dist.mean
        apart = (
            (tiny(latents).clamp(-1, 1) - full.decode(latents).sample.clamp(-1, 1)).square().mean()
        )
    assert 10 * torch.log10(4 / apart) > 20
