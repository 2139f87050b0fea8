"""Model families as data: what the window offers and which defaults suit; how they are loaded is the engine's affair."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """One row. `sizes` are the offered (width, height), the first being the default; `clip_skip` whether it applies."""

    id: str
    label: str
    sizes: tuple[tuple[int, int], ...]
    steps: int
    guidance: float
    sampler: str
    schedule: str
    clip_skip: bool = True
    min_size: int = 64
    max_size: int = 2048


_SD15_SIZES = ((512, 512), (512, 768), (768, 512), (512, 640), (640, 512))

FAMILIES: dict[str, Family] = {row.id: row for row in (
    Family("starter", "Starter", ((256, 256), (192, 256), (256, 192)), 20, 4.0, "dpmpp_2m", "discrete", clip_skip=False,
           min_size=128, max_size=384),
    Family("sd15", "Stable Diffusion 1.x", _SD15_SIZES, 20, 7.0, "dpmpp_2m", "karras"),
    Family("sd21", "Stable Diffusion 2.x", ((768, 768), (768, 512), (512, 768)), 25, 7.0, "dpmpp_2m", "karras"),
    Family("sd-unknown", "Stable Diffusion (other)", ((512, 512),), 20, 7.0, "dpmpp_2m", "karras"),
)}
