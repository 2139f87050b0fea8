"""What a card would be told, as far as a processor can say; and that nothing of a step asks a
device for a number: tensors on the meta device have none to give."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.engine.diffusion.accelerators.arithmetic import (
    lay_channels_last,
    set_up,
    wants_channels_last,
)
from core.engine.diffusion.networks.autoencoder import AutoencoderKL
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import Denoiser, guided
from core.sampling.levels.training_noise import training_alphas_cumprod
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import NoiseTable
from tests.core.engine.diffusion.accelerators.test_graphs import SMALL
from tests.core.sampling.test_samplers import told_as_needed

ASKS = {"dpm_adaptive"}  # chooses its steps by the error of the last one


def test_the_arithmetic_is_decided_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    set_up(torch.device("cpu"))
    assert torch.backends.cudnn.benchmark
    set_up(torch.device("cuda"))
    assert not torch.backends.cudnn.benchmark
    assert torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32


def test_which_cards_want_channels_last(monkeypatch: pytest.MonkeyPatch) -> None:
    card = torch.device("cuda")
    for capability, wants in (((6, 1), False), ((7, 5), True), ((9, 0), True)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _, it=capability: it)
        assert wants_channels_last(card) is wants
    assert not wants_channels_last(torch.device("cpu"))
    assert not wants_channels_last(torch.device("mps"))
    monkeypatch.setenv("CALOTYPE_WITHOUT", "channels-last")
    assert not wants_channels_last(card)


def test_filters_laid_channels_last_keep_their_numbers_and_features_follow() -> None:
    torch.manual_seed(0)
    unet = UNet.from_config(SMALL).eval().requires_grad_(False)
    told = torch.rand(1, 4, 8, 8), torch.tensor([5.0]), torch.rand(1, 3, 12)
    before = unet(*told)
    state = {name: tensor.clone() for name, tensor in unet.state_dict().items()}
    lay_channels_last(unet)
    assert all(torch.equal(state[name], tensor) for name, tensor in unet.state_dict().items())
    convolutions = [layer for layer in unet.modules() if isinstance(layer, nn.Conv2d)]
    last = torch.channels_last
    assert all(layer.weight.is_contiguous(memory_format=last) for layer in convolutions)
    seen: list[bool] = []
    # before its attention, behind which a processor has narrow features in torch's usual order
    first = next(layer for name, layer in unet.named_modules() if name.endswith("resnets.0"))
    first.register_forward_hook(
        lambda module, told, out: seen.append(out.is_contiguous(memory_format=last))
    )
    assert torch.allclose(unet(*told), before, atol=1e-5) and seen == [True]


@pytest.mark.parametrize("guidance", [1.0, 7.5])
@pytest.mark.parametrize("freeu", [False, True])
def test_the_network_and_guidance_ask_no_device_for_a_number(guidance: float, freeu: bool) -> None:
    with torch.device("meta"):
        unet = UNet.from_config(SMALL).requires_grad_(False)
        text = [Conditioning(torch.empty(1, 3, 12)) for _ in range(2)]
        x = torch.empty(1, 4, 8, 8)
    if freeu:
        unet.enable_freeu(0.9, 0.2, 1.5, 1.6)
    table = NoiseTable(training_alphas_cumprod(0.00085, 0.012, 1000))
    network = Denoiser(unet, table, "epsilon", torch.float32, lambda: None)
    with torch.no_grad():
        found = guided(network, *text, guidance, rescale=0.5)(x, 3.0)
    assert found.is_meta and found.shape == x.shape


@pytest.mark.parametrize("name", sorted(set(SAMPLERS) - ASKS))
def test_samplers_ask_no_device_for_a_number(name: str) -> None:
    x = torch.empty(1, 4, 8, 8, device="meta")
    sigmas = (14.0, 5.0, 2.0, 0.5, 0.0)
    steps = SAMPLERS[name].sample(
        told_as_needed(name, lambda x, sigma: x * 0.5),
        x,
        sigmas,
        lambda a, b: torch.empty_like(x),
        eta=1.0,
    )
    assert all(now.is_meta and x0.is_meta for now, x0 in steps)


def test_the_decoder_asks_no_device_for_a_number() -> None:
    config = {"block_out_channels": [8, 8], "norm_num_groups": 4, "layers_per_block": 1}
    kinds = {
        "down_block_types": ["DownEncoderBlock2D"] * 2,
        "up_block_types": ["UpDecoderBlock2D"] * 2,
    }
    with torch.device("meta"):
        vae = AutoencoderKL.from_config(config | kinds | {"latent_channels": 4})
        assert vae.decode(torch.empty(1, 4, 8, 8)).shape == (1, 3, 16, 16)
