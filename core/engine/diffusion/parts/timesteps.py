"""The timestep a network is told for a noise level, as other programs reckon it: in single
precision, on whole timesteps."""

from __future__ import annotations

from collections.abc import Callable

import torch

from core.engine.contract.parity import lcm_stride, lcm_table
from core.engine.diffusion.parts.denoiser import Denoise
from core.sampling.schedules import NoiseTable
from core.values.program import Program

ToldTimestep = Callable[[float], float]
_SIGMA_DATA = 0.5
_LCM_SCALE = 10.0  # by which the web UI multiplies the timestep before the scalings


def told_timestep(compatibility: Program, sampler: str, table: NoiseTable) -> ToldTimestep:
    """sigma to timestep: fractional, as k-diffusion has it; whole in ComfyUI's way;
    one of 50 for the web UI's LCM."""
    if compatibility == Program.COMFYUI:
        return nearest_in_single(table)
    if compatibility == Program.A1111 and sampler == "lcm":
        few = nearest_in_single(lcm_table(table))
        stride = lcm_stride(table)
        return lambda sigma: few(sigma) * stride + stride - 1
    return table.timestep


def nearest_in_single(table: NoiseTable) -> ToldTimestep:
    """The first whole timestep whose log sigma is nearest, all in 32 bits:
    that decides between two equally far ones.

    A level halfway between two timesteps is taken as ComfyUI makes it,
    the exponential of the mean of both logarithms.
    """
    logs = torch.tensor(table.log_sigmas, dtype=torch.float64).float()

    def nearest(sigma: float) -> float:
        """The whole timestep of sigma."""
        level = torch.tensor(sigma, dtype=torch.float32)
        at = table.timestep(sigma)
        low = int(at)
        if abs(at - low - 0.5) < 1e-6:
            level = (0.5 * logs[low] + 0.5 * logs[low + 1]).exp()
        return float((level.log() - logs).abs().argmin())

    return nearest


def with_lcm_boundary(denoise: Denoise, told: ToldTimestep) -> Denoise:
    """The estimate drawn towards x by consistency models' boundary scalings (Luo et al. 2023,
    equation 9; sigma_data 0.5); shapes as `denoise` has them.

    The web UI gives the timestep to them times ten, so that next to nothing of x is left.
    """

    def scaled(x: torch.Tensor, sigma: float) -> torch.Tensor:
        """(n, c, h, w), as `denoise`."""
        time = told(sigma) * _LCM_SCALE
        skip = _SIGMA_DATA**2 / (time**2 + _SIGMA_DATA**2)
        out = time / (time**2 + _SIGMA_DATA**2) ** 0.5
        return out * denoise(x, sigma) + skip * x

    return scaled
