"""Trains the starter upscaler (Compact, twice) on drawings at two sizes, and measures it beside
Lanczos.

    python -m starter.upscaler.training DATA OUT --steps 6000 [--threads 2] [--drawings 900]

Draws DATA/large.npy (512 px) and DATA/small.npy (the same scenes drawn at 256 px) once, the last
100 of them unseen by the training; writes OUT/starter-2x.safetensors (fp16) and prints decibels.
Resumes from OUT/upscaler.pt.

A small picture to learn from is mostly the large one made smaller, by one of four filters, so that
the network learns what each of them loses. One of five is drawn small, as far as the two drawings
agree: grain and brush strokes fall otherwise there.
"""

from __future__ import annotations

import random
import sys
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file

from starter.drawing import drawing
from starter.training import common, loop
from starter.training.dataset import training_scene

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from core.engine.diffusion.upscale.compact import Compact

LARGE = 512  # pixels a side
SMALL = LARGE // 2
FEATURES = 32
CONVOLUTIONS = 6
PATCH = 48  # pixels a side of what is learnt from, of the small picture
BATCH = 8
TRIED = 3  # patches, of which the one with most detail is learnt from: most of a drawing is flat
AROUND = 8  # pixels beside a patch that are made smaller with it
UNSEEN = 100
FIRST = 77_000_000  # seed of the first drawing; the denoiser's begin at a billion
RATE = 1e-3
MOST = 60.0  # decibels that count
AGREE = 32.0  # decibels from which on a drawing at both sizes is the same one
DRAWN = 0.2  # share of patches drawn small
SHOWN = 500  # steps between two lines and checkpoints
KERNELS = tuple(
    getattr(Image.Resampling, name) for name in ("LANCZOS", "BOX", "BICUBIC", "HAMMING")
)


def at_both_sizes(number: int) -> tuple[np.ndarray, np.ndarray]:
    """The drawing of this number as (512, 512, 3) and as (256, 256, 3) uint8."""

    def at(size: int) -> np.ndarray:
        rng = random.Random(number)
        return np.asarray(drawing.draw(training_scene(rng), rng, size))

    return at(LARGE), at(SMALL)


def dataset(folder: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The drawings at both sizes, (count, side, side, 3) uint8 each, drawn where they are not
    there."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "large.npy", folder / "small.npy"
    if not all(path.exists() for path in paths):
        shapes = [(count, side, side, 3) for side in (LARGE, SMALL)]
        partials = [path.with_suffix(".part") for path in paths]
        large, small = (
            np.lib.format.open_memmap(path, "w+", np.uint8, shape)
            for path, shape in zip(partials, shapes, strict=True)
        )
        with Pool(torch.get_num_threads()) as pool:
            numbers = range(FIRST, FIRST + count)
            for at, pair in enumerate(pool.imap(at_both_sizes, numbers, chunksize=8)):
                large[at], small[at] = pair
        large.flush()
        small.flush()
        for partial_path, path in zip(partials, paths, strict=True):
            partial_path.rename(path)
    large, small = (np.load(path, mmap_mode="r") for path in paths)
    return large, small


def smaller(pixels: np.ndarray, kernel: Image.Resampling) -> np.ndarray:
    """(h, w, 3) uint8 at half its sides."""
    image = Image.fromarray(pixels)
    return np.asarray(image.resize((image.width // 2, image.height // 2), kernel))


def by_lanczos(pixels: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 at twice its sides."""
    image = Image.fromarray(pixels)
    size = (image.width * 2, image.height * 2)
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def decibels(made: np.ndarray, wanted: np.ndarray) -> float:
    """PSNR of uint8 arrays of one shape, at most MOST: blocks of pixel art come back without any
    error, and would outweigh all else in a mean."""
    error = np.square(made.astype(np.float64) - wanted).mean()
    return float(min(MOST, 10 * np.log10(255**2 / max(error, 1e-9))))


class Patches:
    """Draws pairs of patches from the drawings: (BATCH, 3, PATCH, PATCH) and twice that, 0 to 1."""

    def __init__(self, large: np.ndarray, small: np.ndarray) -> None:
        self._large = large
        self._small = small
        enough = (
            decibels(by_lanczos(few), many) >= AGREE for few, many in zip(small, large, strict=True)
        )
        self._same = tuple(enough)

    def batch(self, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """The small and the large patches."""
        pairs = [self._pair(rng) for _ in range(BATCH)]
        few, many = (np.stack(side) for side in zip(*pairs, strict=True))
        return _as_tensor(few), _as_tensor(many)

    def _pair(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        tried = (self._patch(rng) for _ in range(TRIED))
        few, many = max(tried, key=_detail)
        channels = rng.permutation(3)
        turned = int(rng.integers(4))
        mirrored = bool(rng.integers(2))
        return tuple(_turned(side, channels, turned, mirrored) for side in (few, many))  # type: ignore[return-value]

    def _patch(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        number = int(rng.integers(len(self._large)))
        y, x = (int(at) for at in rng.integers(AROUND, SMALL - PATCH - AROUND, 2))
        many = self._large[number][2 * y : 2 * (y + PATCH), 2 * x : 2 * (x + PATCH)]
        if self._same[number] and rng.random() < DRAWN:
            return self._small[number][y : y + PATCH, x : x + PATCH], many
        rows = slice(2 * (y - AROUND), 2 * (y + PATCH + AROUND))
        columns = slice(2 * (x - AROUND), 2 * (x + PATCH + AROUND))
        kernel = KERNELS[int(rng.integers(len(KERNELS)))]
        few = smaller(np.ascontiguousarray(self._large[number][rows, columns]), kernel)
        return few[AROUND:-AROUND, AROUND:-AROUND], many


def _detail(pair: tuple[np.ndarray, np.ndarray]) -> float:
    """How far the large patch is from the small one's pixels repeated."""
    few, many = (side.astype(np.int32) for side in pair)
    return float(np.square(few.repeat(2, 0).repeat(2, 1) - many).mean())


def _turned(side: np.ndarray, channels: np.ndarray, turned: int, mirrored: bool) -> np.ndarray:
    side = np.rot90(side[..., channels], turned)
    return side[:, ::-1] if mirrored else side


def _as_tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).float() / 255


@torch.no_grad()
def _begin(network: Compact, patches: Patches) -> None:
    """Weights of a network that resizes as well as linear filters of 3 x 3 pixels can: three
    features hand the colours on, a last layer fitted by least squares makes what the repeated
    pixels lack. All others keep their size from layer to layer (He et al. 2015), and count for
    nothing yet."""
    layers = [layer for layer in network.body if isinstance(layer, torch.nn.Conv2d)]
    for layer in layers:
        torch.nn.init.kaiming_normal_(layer.weight, a=0.25)
        torch.nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        layer.weight[:3] = 0
        for colour in range(3):
            layer.weight[colour, colour, 1, 1] = 1
    for layer in network.body:
        if isinstance(layer, torch.nn.PReLU):
            layer.weight[:3] = 1
    pairs = [patches.batch(np.random.default_rng(number)) for number in range(FIRST, FIRST + 16)]
    around, lacking = (torch.cat(side) for side in zip(*map(_fitted, pairs), strict=True))
    filters = torch.linalg.lstsq(around, lacking).solution.T.float()  # (4, 9)
    last = layers[-1].weight
    last.zero_()
    for colour in range(3):
        last[4 * colour : 4 * colour + 4, colour] = filters.view(4, 3, 3)


def _fitted(pair: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Of small and large patches: each place's 3 x 3 pixels of a colour (n, 9), and what the four
    pixels there differ by from the one in the middle (n, 4)."""
    few, many = (side.double() for side in pair)
    count, colours, height, width = few.shape
    alone = few.view(count * colours, 1, height, width)
    around = F.unfold(alone, 3).transpose(1, 2).reshape(-1, 9)
    made = F.pixel_unshuffle(many.view(count * colours, 1, 2 * height, 2 * width), 2) - alone
    return around, made[:, :, 1:-1, 1:-1].permute(0, 2, 3, 1).reshape(-1, 4)


class Training:
    """The network, its average, its optimiser and the step count."""

    def __init__(self, patches: Patches, where: torch.device) -> None:
        torch.manual_seed(0)
        make = partial(Compact, channels=3, features=FEATURES, convolutions=CONVOLUTIONS, scale=2)
        self.network = make()
        _begin(self.network, patches)
        self.network.to(where)
        self.averaged = make().to(where).requires_grad_(False)
        self.averaged.load_state_dict(self.network.state_dict())
        self._optimiser = torch.optim.Adam(self.network.parameters(), RATE, betas=(0.9, 0.99))
        self._where = where
        self.step = 0

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.network.load_state_dict(kept["network"])
        self.averaged.load_state_dict(kept["averaged"])
        self._optimiser.load_state_dict(kept["optimiser"])
        self.step = kept["step"]

    def learn(self, few: torch.Tensor, many: torch.Tensor, rate: float) -> float:
        """One step from small patches (B, 3, h, w) to large ones; the loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        made = self.network(few.to(self._where))
        loss = F.mse_loss(made, many.to(self._where))
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        common.average(self.averaged, self.network, 0.999 if self.step > 1000 else 0.9)
        self.step += 1
        return float(loss.detach())


@torch.no_grad()
def measure(network: Compact, large: np.ndarray, small: np.ndarray, where: torch.device) -> None:
    """Print decibels over drawings at both sizes, (n, side, side, 3) uint8, of the network's and of
    Lanczos's: of each made smaller, and of those drawn small."""

    def enlarged(few: np.ndarray) -> np.ndarray:
        made = network(_as_tensor(few[None]).to(where)).clamp(0, 1)[0]
        return (made.permute(1, 2, 0) * 255).round().byte().cpu().numpy()

    kinds = {kernel.name.lower(): partial(smaller, kernel=kernel) for kernel in KERNELS}
    for name, shrink in kinds.items():
        pairs = [(shrink(many), many) for many in large]
        _tell(name, [(enlarged(few), by_lanczos(few), many) for few, many in pairs])
    drawn = zip(small, large, strict=True)
    _tell("drawn small", [(enlarged(few), by_lanczos(few), many) for few, many in drawn])


def _tell(name: str, made: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> None:
    own = np.mean([decibels(one, wanted) for one, _, wanted in made])
    lanczos = np.mean([decibels(one, wanted) for _, one, wanted in made])
    print(f"{name}: {own:.2f} dB, Lanczos {lanczos:.2f} dB, {own - lanczos:+.2f}", flush=True)


def main() -> None:
    parser = loop.parser(__doc__, steps=6_000)
    parser.add_argument("--drawings", type=int, default=900)
    options = loop.options_of(parser)
    where = common.device()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "upscaler.pt"
    large, small = dataset(options.data, options.drawings + UNSEEN)
    patches = Patches(large[:-UNSEEN], small[:-UNSEEN])
    training = Training(patches, where)
    loop.resumed(training, path, where)
    for done in loop.steps(training, options.steps):
        few, many = patches.batch(np.random.default_rng(done))
        loss = training.learn(few, many, common.falling(RATE, done, options.steps))
        if training.step % SHOWN == 0 or training.step == options.steps:
            print(f"step {training.step} loss {loss:.6f}", flush=True)
            common.save(path, training.state())
            measure(training.averaged, large[-16:], small[-16:], where)
    measure(training.averaged, large[-UNSEEN:], small[-UNSEEN:], where)
    weights = {
        name: value.half().cpu().contiguous()
        for name, value in training.averaged.state_dict().items()
    }
    save_file(weights, options.out / "starter-2x.safetensors", {"license": "Apache-2.0"})


if __name__ == "__main__":
    main()
