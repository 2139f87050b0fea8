"""Pictures as latents of each family, whole and in tiles, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from core.engine.diffusion.families import sd
from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.networks.configuration import Configuration
from core.engine.diffusion.parts.device import choose_device
from core.engine.diffusion.parts.noise import cpu_generator
from core.engine.diffusion.picture_inputs.encoding import (
    encode,
    encoding_noise,
    inpainting_channels,
    instruct_channels,
    mask_tensor,
    to_autoencoder,
    to_denoiser,
    values_of,
)
from core.models.library.library import Library
from core.system.errors import ModelMissing
from tests.core.engine.diffusion import flow_models, ldm_files

CPU = torch.device("cpu")
STARTER = Path(Library(Path("nowhere")).find("starter").ref().path)


@pytest.fixture(scope="module")
def model() -> sd.StableDiffusion:
    return sd.load(str(STARTER), choose_device("cpu"), lambda: None)


def drawing(height: int = 96, width: int = 128) -> NDArray[np.uint8]:
    down, across = np.mgrid[0:height, 0:width]
    disc = (down - height / 2) ** 2 + (across - width / 2) ** 2 < (height / 3) ** 2
    return np.stack([down * 2, across, np.where(disc, 220, 40)], -1).astype(np.uint8)


def autoencoder(**config: object) -> AutoencoderKL:
    torch.manual_seed(3)
    return AutoencoderKL.from_config(ldm_files.SMALLEST["vae"] | config).eval()


def test_pixels_are_what_decoding_gives_back(model: sd.StableDiffusion) -> None:
    pixels = drawing()
    latents = model.encode(pixels)
    assert latents.shape == (1, 4, 12, 16) and latents.dtype == torch.float32
    back = np.frombuffer(model.decode(latents)[0].rgb, np.uint8).reshape(pixels.shape)
    apart = (back.astype(float) - pixels) ** 2
    assert 10 * np.log10(255**2 / apart.mean()) > 20


def test_values_reach_from_minus_one_to_one() -> None:
    values = values_of(np.array([[[0, 255, 128]]], np.uint8), CPU)
    assert values.shape == (1, 3, 1, 1)
    assert values.flatten().tolist() == pytest.approx([-1, 1, 128 / 127.5 - 1], abs=1e-7)
    turned = drawing().transpose(1, 0, 2)[::-1]  # of no order in memory that torch takes
    assert values_of(turned, CPU).shape == (1, 3, 128, 96)


@pytest.mark.parametrize("config", [flow_models.VAE, ldm_files.VAE], ids=["flow", "unet"])
def test_the_scale_is_the_familys(config: dict[str, object]) -> None:
    """diffusers' own pipelines: (mean - shift) * scale; processors sum in another order."""
    from diffusers import AutoencoderKL as Theirs

    torch.manual_seed(3)
    theirs = Theirs.from_config(config).eval()
    ours = AutoencoderKL.from_config(config)
    ours.load_state_dict(theirs.state_dict())
    pixels = drawing(32, 48)
    found = encode(ours.eval(), pixels)
    with torch.no_grad():
        mean = theirs.encode(values_of(pixels, CPU)).latent_dist.mean
    expected = (mean - (theirs.config.shift_factor or 0)) * theirs.config.scaling_factor
    assert found.shape[1] == theirs.config.latent_channels
    assert torch.allclose(found, expected, atol=5e-5)
    assert torch.allclose(to_autoencoder(found, ours.config), mean, atol=5e-5)


def test_channels_with_statistics_of_their_own() -> None:
    """diffusers' XL pipelines: (latents - mean) * scale / deviation."""
    statistics = {"latents_mean": [1.0, -2.0, 0.0, 3.0], "latents_std": [2.0, 1.0, 4.0, 8.0]}
    config = autoencoder(scaling_factor=0.5, **statistics).config
    latents = torch.ones(1, 4, 1, 1)
    expected = [0.0, 1.5, 0.125, -0.125]
    assert to_denoiser(latents, config).flatten().tolist() == pytest.approx(expected)
    assert torch.allclose(to_autoencoder(to_denoiser(latents, config), config), latents)
    half = Configuration(dict(config) | {"latents_std": None})
    assert float(to_denoiser(latents, half)[0, 0]) == 0.5, "one alone counts for nothing"
    for wrong in ([1.0], [1.0, 2.0, 3.0, "4"], "mean", [1.0, 2.0, 3.0, float("nan")]):
        with pytest.raises(ValueError, match="latents_mean"):
            autoencoder(latents_mean=wrong)


def test_a_draw_is_the_same_again_and_moves_no_other_noise() -> None:
    vae = autoencoder()
    pixels = drawing(32, 32)
    mean = encode(vae, pixels)
    drawn = encode(vae, pixels, draw=encoding_noise(7))
    assert torch.equal(drawn, encode(vae, pixels, draw=encoding_noise(7)))
    assert not torch.equal(drawn, encode(vae, pixels, draw=encoding_noise(8)))
    with torch.no_grad():
        moments = vae.encode(values_of(pixels, CPU))
    unit = encoding_noise(7).draw(tuple(mean.shape))
    spread = torch.exp(moments.logvar / 2) * vae.config.scaling_factor
    assert torch.allclose(drawn, mean + unit * spread, atol=1e-6)
    start = torch.randn(mean.shape, generator=cpu_generator(7))
    assert not torch.equal(unit, start), "not the start noise of the seed"


def test_tiles_are_as_decoding_has_them_and_hear_of_a_cancel() -> None:
    vae = autoencoder()
    pixels = drawing(128, 176)
    heard: list[int] = []
    whole = encode(vae, pixels, between=lambda: heard.append(1))
    assert len(heard) >= 4, "also where there is one tile"
    vae.tile(8)
    tiled: list[int] = []
    in_tiles = encode(vae, pixels, between=lambda: tiled.append(1))
    assert in_tiles.shape == whole.shape and not torch.equal(in_tiles, whole)
    tiles = 3 * 4  # of 8 latents in steps of 6
    assert len(tiled) == tiles * len(heard)

    class Stopped(BaseException):
        pass

    def stop() -> None:
        tiled.append(1)
        if len(tiled) > len(heard) * (tiles + 3):
            raise Stopped

    with pytest.raises(Stopped):
        encode(vae, pixels, between=stop)
    assert len(tiled) == len(heard) * (tiles + 3) + 1


def test_an_inpainting_model_is_shown_mask_and_masked_picture() -> None:
    vae = autoencoder()
    pixels = drawing(32, 48)
    mask = np.zeros((32, 48), np.uint8)
    mask[8:24, 16:32] = 255
    mask[0, 0] = 127  # less than half is not masked
    small = mask_tensor((mask[::8, ::8] >= 128).astype(np.float32), CPU)
    found = inpainting_channels(vae, pixels, mask, small)
    assert found.shape == (1, 5, 4, 6) and torch.equal(found[:, :1], small)
    values = values_of(pixels, CPU) * torch.from_numpy(mask < 128)
    with torch.no_grad():
        expected = vae.encode(values).mean * vae.config.scaling_factor
    assert torch.equal(found[:, 1:], expected)


def test_all_masked_is_what_text_alone_gives(model: sd.StableDiffusion) -> None:
    config = dict(model.unet.config)
    model.unet.config = Configuration(config | {"in_channels": 9})
    assert model.picture_channels == 5
    all_masked = np.full((64, 64), 255, np.uint8)
    ones = torch.ones(1, 1, 8, 8)
    shown = model.inpainting_channels(drawing(64, 64), all_masked, ones)
    blank = model.extra_channels((1, 4, 8, 8))
    model.unet.config = Configuration(config)
    assert model.picture_channels == 0
    assert blank is not None and torch.allclose(shown, blank, atol=1e-6)


def test_an_instruct_model_is_shown_latents_at_the_autoencoders_own_scale() -> None:
    vae = autoencoder()
    pixels = drawing(32, 32)
    shown = instruct_channels(vae, pixels)
    assert torch.allclose(shown * vae.config.scaling_factor, encode(vae, pixels), atol=1e-6)


def test_a_tiny_autoencoder_leaves_encoding_to_the_models_own(
    model: sd.StableDiffusion, tmp_path: Path
) -> None:
    from diffusers import AutoencoderTiny

    save_file(AutoencoderTiny(latent_channels=4).state_dict(), tmp_path / "taesd.safetensors")
    pixels = drawing(64, 64)
    own = model.encode(pixels)
    model.use_vae(str(tmp_path / "taesd.safetensors"))
    model.vae.tile(4)
    assert not isinstance(model.vae, AutoencoderKL) and model.encoder.tile_side == 4
    model.vae.tile(None)
    found = model.encode(pixels)
    model.use_vae("")
    assert torch.equal(found, own)


def test_a_file_without_an_encoder_borrows_the_models_own(
    model: sd.StableDiffusion, tmp_path: Path
) -> None:
    weights = load_file(next((STARTER / "vae").glob("*.safetensors")))
    decoder = {
        name: tensor * 0.9
        for name, tensor in weights.items()
        if not name.startswith(("encoder.", "quant_conv."))
    }
    save_file(decoder, tmp_path / "decoder.safetensors")
    pixels = drawing(64, 64)
    own = model.encode(pixels)
    values = model.decode(own)[1]
    model.use_vae(str(tmp_path / "decoder.safetensors"))
    encoded = model.encode(pixels)
    decoded = model.decode(own)[1]
    model.use_vae("")
    assert torch.equal(encoded, own)
    assert not torch.equal(decoded, values)
    partly = {name: tensor for name, tensor in weights.items() if "encoder.mid" not in name}
    save_file(partly, tmp_path / "partly.safetensors")
    with pytest.raises(ModelMissing):
        model.use_vae(str(tmp_path / "partly.safetensors"))
