"""Upscaling: how fast it is, what memory it takes, whether tiles show, and whether what comes out
is the same picture.

    python tests/bench/upscale.py speed [--model FILE] [--source 512]
        seconds per megapixel of the result: ours tile by tile, the same network in tiles that do
        not overlap, and spandrel's network in such tiles (where spandrel is installed)
    python tests/bench/upscale.py memory [--model FILE] [--sizes 1024 4096]
        the peak of an engine's process over what it holds with the model loaded; bar: 2 GB
    python tests/bench/upscale.py seams [--model FILE] [--source 700]
        the gradient across borders of tiles against lines 4 pixels beside, by the same of a picture
        made in the largest tiles (a picture has lines of its own); bar: median within 5 %
    python tests/bench/upscale.py same [--model FILE] [--source 512]
        two runs, byte for byte; scaled down again beside the source; bar: 30 dB

Without --model: random weights of Real-ESRGAN's size for speed and memory (four times, 23 blocks),
the starter's upscaler for the others. Pictures are the starter's drawings. Exit 1 where a bar is
missed. Memory on Linux.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from core.engine.contract.upscaling import SIDES, sides_for  # noqa: E402
from core.engine.diffusion.upscale import other_networks  # noqa: E402
from core.engine.diffusion.upscale.enlarging import Enlarging  # noqa: E402
from core.engine.diffusion.upscale.rrdb import RRDBNet  # noqa: E402
from core.engine.diffusion.upscale.tile_plan import FADE, Side  # noqa: E402
from core.engine.diffusion.upscale.upscaler import Upscaler, load_upscaler  # noqa: E402
from core.models.files.key_layouts.upscalers import (  # noqa: E402
    RRDB,
    UpscalerShape,
    runs_others,
)
from core.models.files.own_folder import UPSCALERS  # noqa: E402
from core.values.job import ModelRef  # noqa: E402

MOST_BYTES = 2 * 2**30
MOST_RATIO = 1.05
LEAST_DECIBELS = 30.0
BESIDE = 4  # pixels
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("speed", "memory", "seams", "same"))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--source", type=int, default=0)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1024, 4096])
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        path = options.model or _usual(options.what, Path(folder))
        upscaler = load_upscaler(ModelRef("x", path.stem, "", str(path)), torch.device("cpu"))
        print(f"{path.name}: {upscaler.shape}", flush=True)
        if options.what == "speed":
            return speed(upscaler, path, options.source or 512)
        if options.what == "memory":
            return memory(upscaler, options.sizes)
        if options.what == "seams":
            return seams(upscaler, options.source or 700)
        return same(upscaler, options.source or 512)


def _usual(what: str, folder: Path) -> Path:
    if what in ("seams", "same"):
        return next(iter(sorted(UPSCALERS.glob("*.safetensors"))))
    torch.manual_seed(0)
    shape = UpscalerShape(RRDB, 4, 3, 64, 23, growth=32, stages=2)
    save_file(RRDBNet(shape).state_dict(), folder / "random-4x.safetensors")
    return folder / "random-4x.safetensors"


def drawing(side: int, seed: int = 5) -> np.ndarray:
    """A drawing that no training saw, (side, side, 3)."""
    from starter.drawing import drawing as drawings
    from starter.drawing.scenes import random_scene

    rng = random.Random(seed)
    return np.asarray(drawings.draw(random_scene(rng), rng, side))


def enlarging(upscaler: Upscaler, source: int, scale: float = 0.0, side: int = 0) -> Enlarging:
    """To a square of `scale` times the source's side, the upscaler's own where none is given."""
    large = round(source * (scale or upscaler.shape.scale))
    return Enlarging((large, large), upscaler, side=side or sides_for(upscaler.shape)[0])


def in_plain_tiles(pixels: np.ndarray, run: torch.nn.Module, side: int, scale: int) -> np.ndarray:
    """Tiles that neither overlap nor see what lies around."""
    result = np.empty((scale * len(pixels), scale * pixels.shape[1], 3), np.uint8)
    for y in range(0, len(pixels), side):
        for x in range(0, pixels.shape[1], side):
            part = torch.from_numpy(pixels[y : y + side, x : x + side].copy())
            with torch.no_grad():
                made = run(part.permute(2, 0, 1)[None].float() / 255)[0].clamp(0, 1)
            rows = (made.permute(1, 2, 0) * 255).round().byte().numpy()
            top, left = y * scale, x * scale
            result[top : top + len(rows), left : left + rows.shape[1]] = rows
    return result


def speed(upscaler: Upscaler, path: Path, source: int) -> int:
    """Prints seconds per megapixel of the result."""
    pixels = drawing(source)
    scale = upscaler.shape.scale
    megapixels = (source * scale) ** 2 / 1e6
    side = sides_for(upscaler.shape)[0]

    def tell(name: str, work: object) -> None:
        began, processor = time.monotonic(), time.process_time()
        work()  # type: ignore[operator]
        seconds = time.monotonic() - began
        cpu = time.process_time() - processor
        print(
            f"{name}: {seconds / megapixels:.2f} s a megapixel, processor "
            f"{cpu / megapixels:.2f} s ({seconds:.1f} s in all)",
            flush=True,
        )

    tell("ours", lambda: enlarging(upscaler, source).enlarged(pixels))
    network = upscaler.network
    tell("ours, plain tiles", lambda: in_plain_tiles(pixels, network, side, scale))
    if runs_others():
        other = other_networks.load_other({k: v.float() for k, v in load_file(path).items()})
        assert other is not None
        tell("spandrel, plain tiles", lambda: in_plain_tiles(pixels, other[0], side, scale))
    return 0


def memory(upscaler: Upscaler, sizes: list[int]) -> int:
    """Prints peaks over what is held with the model, for results of these sides."""
    code = 0
    for large in sizes:
        source = max(1, large // upscaler.shape.scale)
        pixels = drawing(min(source, 512))
        pixels = np.asarray(Image.fromarray(pixels).resize((source, source)))
        held = _megabytes("VmRSS")
        _CLEAR.write_text("5")
        began = time.monotonic()
        enlarging(upscaler, source, large / source).enlarged(pixels)
        over = _megabytes("VmHWM") - held
        code |= over > MOST_BYTES / 1e6
        print(f"{large} px: {over:.0f} MB over the model, {time.monotonic() - began:.0f} s")
    return code


def _megabytes(word: str) -> float:
    match = re.search(rf"{word}:\s+(\d+) kB", _STATUS.read_text())
    return int(match[1]) * 1024 / 1e6 if match else 0.0


def seams(upscaler: Upscaler, source: int) -> int:
    """Prints the ratios at borders of tiles, for a whole and a broken scale."""
    grain = np.random.default_rng(5).normal(0, 12, (source, source, 3))  # else lines are flat
    pixels = np.clip(drawing(source) + grain, 0, 255).astype(np.uint8)
    code = 0
    for scale in (upscaler.shape.scale, 1.7):
        ratios = list[float]()
        whole = enlarging(upscaler, source, scale).enlarged(pixels).astype(float)
        apart = 0.0
        for side in SIDES[-2:]:
            made = enlarging(upscaler, source, scale, side).enlarged(pixels).astype(float)
            apart = max(apart, float(np.abs(whole - made).max()))
            for span in Side(source, len(made), side).spans()[1:]:
                fade = round(FADE * len(made) / source)
                places = (span.first, span.first + fade // 2, span.first + fade)
                pairs = zip(_ratios(made, places), _ratios(whole, places), strict=True)
                ratios += (here / there for here, there in pairs)
        middle, most = float(np.median(ratios)), max(ratios)
        code |= not 1 / MOST_RATIO <= middle <= MOST_RATIO
        print(
            f"{scale:g}x: median {middle:.4f}, most {most:.3f} of {len(ratios)} lines; beside the "
            f"largest tiles at most {apart:.0f} levels"
        )
    return code


def _ratios(made: np.ndarray, places: tuple[int, ...]) -> list[float]:
    found: list[float] = []
    for axis in (0, 1):
        steps = np.abs(np.diff(made, axis=axis)).mean(axis=(1 - axis, 2))
        for at in places:
            beside = steps[at - 1 - BESIDE] + steps[at - 1 + BESIDE]
            found.append(float(2 * steps[at - 1] / max(beside, 1e-9)))
    return found


def same(upscaler: Upscaler, source: int) -> int:
    """Prints whether two runs agree, and how far what is scaled down is from the source."""
    code = 0
    for seed in (5, 6, 7):
        pixels = drawing(source, seed)
        first = enlarging(upscaler, source).enlarged(pixels)
        again = enlarging(upscaler, source).enlarged(pixels)
        small = Image.fromarray(first).resize((source, source), Image.Resampling.BOX)
        error = np.square(np.asarray(small).astype(float) - pixels).mean()
        decibels = 10 * np.log10(255**2 / max(error, 1e-9))
        identical = bool((first == again).all())
        code |= not identical or decibels < LEAST_DECIBELS
        print(f"drawing {seed}: identical {identical}, {decibels:.1f} dB")
    return code


if __name__ == "__main__":
    sys.exit(main())
