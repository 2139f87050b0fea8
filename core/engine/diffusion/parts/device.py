"""Which device computes and with which number format; every branch says why it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TypeVar

import torch

from core.engine.contract.networks import NETWORKS
from core.engine.contract.protocol import known_weights
from core.system.errors import InvalidRequest, WorldError
from core.values.device import Device
from core.values.request import Request
from core.values.request_parts.time_saving import FULL

Versions = tuple[tuple[str, str], ...]
MERGING = "2"  # raised where other tokens are taken together
OWN_NETWORKS: Versions = (("networks", NETWORKS),)


@dataclass(frozen=True, slots=True)
class ComputeDevice:
    """`dtype` is the networks' number format; sampling itself is always float32. `eight_bit`: the
    denoiser's weights in int8."""

    device: torch.device
    dtype: torch.dtype
    eight_bit: bool = False

    @property
    def label(self) -> str:
        """Short name for people: "cpu", "cuda:0 (NVIDIA ...)"."""
        if self.device.type == "cuda":
            return f"{self.device} ({torch.cuda.get_device_name(self.device)})"
        return str(self.device)

    @property
    def memory_key(self) -> str:
        """`label`, and that weights are in eight bits or in bfloat16: under which it is
        remembered what memory sufficed."""
        if self.eight_bit:
            return f"{self.label} 8bit"
        return f"{self.label} bf16" if self.dtype is torch.bfloat16 else self.label


Network = TypeVar("Network", bound=torch.nn.Module)


def ready(network: Network, device: torch.device) -> Network:
    """The network itself on the device, to be used and not to be trained."""
    return network.to(device).eval().requires_grad_(False)


def _available(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    if kind == "xpu":
        return torch.xpu.is_available()
    return kind == "cpu"


def choose_device(wanted: str, weights: str = "full") -> ComputeDevice:
    """The place for `wanted` ("auto", "cpu", "mps", "xpu", "cuda", "cuda:N")
    and `weights` ("full", "8bit", "bf16").

    Raises InvalidRequest for other words, WorldError for a device that is not here, or has no bf16.
    """
    if wanted == "auto":
        wanted = next(kind for kind in ("cuda", "xpu", "mps", "cpu") if _available(kind))
    try:
        device = torch.device(wanted)
    except RuntimeError:
        raise InvalidRequest(
            "device", f'There is no device "{wanted}".', "Use auto, cpu, mps, xpu, cuda or cuda:N."
        ) from None
    if not _available(device.type):
        raise WorldError(
            f"This machine offers no {device.type} device to this installation.",
            "Use --device auto or cpu.",
        )
    number = device.index if device.type == "cuda" else None
    if number is not None and number >= torch.cuda.device_count():
        raise WorldError(
            f"There is no {device}; {torch.cuda.device_count()} CUDA devices are present.",
            "Use --device cuda:0.",
        )
    if known_weights(weights) == "bf16":
        return ComputeDevice(device, _bfloat16(device))
    dtype = torch.float32 if device.type == "cpu" else torch.float16
    return ComputeDevice(device, dtype, eight_bit=weights == "8bit")


def _bfloat16(device: torch.device) -> torch.dtype:
    """The format itself. Raises WorldError where it would be slower than the usual one: without
    instructions for matrices of bf16 a processor widens every number first."""
    if device.type != "cpu":
        raise WorldError(
            "bf16 is for processors; a graphics card reckons in float16.", "Use --weights full."
        )
    if not multiplies_bfloat16():
        raise WorldError(
            "This processor multiplies no bf16 matrices (it has neither AMX nor AVX512-BF16).",
            "Use --weights full.",
        )
    return torch.bfloat16


def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for matrices of bfloat16."""
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()


@cache
def library_versions() -> Versions:
    """Of diffusers and transformers, for models some of whose networks are theirs."""
    return tuple((name, version(name)) for name in ("diffusers", "transformers"))


def fingerprint(compute: ComputeDevice, networks: Versions) -> tuple[tuple[str, str], ...]:
    """All that decides the bits of a picture besides its recipe; `networks` says whose a model's
    networks are, and of which version."""
    return (
        ("device", compute.label),
        ("dtype", str(compute.dtype).removeprefix("torch.")),
        ("torch", str(torch.__version__)),
        *networks,
        ("threads", str(torch.get_num_threads())),
        ("cpu", torch.backends.cpu.get_cpu_capability()),
        *((("weights", "8bit"),) if compute.eight_bit else ()),
    )


def saving_time(request: Request, why_no_int8: str) -> Versions:
    """Of the ways to save time that a request asks for, as the fingerprint has them; none where
    it asks for none. `why_no_int8`: why matrices are multiplied in full all the same, if so."""
    known: list[tuple[str, str]] = []
    if request.feature_reuse > 1:
        known.append(("features", f"1 in {request.feature_reuse}"))
    if request.token_merging:
        known.append(("merged", f"{request.token_merging:g} ({MERGING})"))
    if request.decoder != FULL:
        known.append(("decoder", request.decoder))
    if request.matrices != FULL and not why_no_int8:
        known.append(("matrices", request.matrices))
    return tuple(known)


def describe() -> list[Device]:
    """Every device of this machine that torch can use, the fastest first."""
    import psutil

    devices: list[Device] = []
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        card = torch.cuda.get_device_properties(index)
        free = torch.cuda.mem_get_info(index)[0]
        devices.append(Device(f"cuda:{index}", card.name, card.total_memory, free))
    memory = psutil.virtual_memory()
    for kind, name in (("xpu", "Intel graphics"), ("mps", "Apple graphics")):
        if _available(kind):
            devices.append(Device(kind, name, memory.total, memory.available))
    processor = torch.backends.cpu.get_cpu_capability()
    devices.append(Device("cpu", processor, memory.total, memory.available))
    return devices
