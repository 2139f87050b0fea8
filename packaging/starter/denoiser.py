"""Trains the starter's text encoder and denoiser on encoded scenes.

    python denoiser.py DATA OUT --small-steps 900 --steps 13100 [--threads 2] [--start MODEL]

Three stages. First the text encoder alone learns to say what a caption names (minutes), and stays
as it is from then on: the denoiser is handed words that know which colour belongs to which subject.
(Trained along with the denoiser, its small and noisy gradients, made large by the optimiser,
unlearn just that.) Then the denoiser learns v-prediction, with Muon for matrices and AdamW for the
rest: on latents of the pictures at half size until `--small-steps` (half the cost a picture), then
at full size until `--steps`. Resumes exactly from OUT/denoiser.pt (every step draws from its own
seed); writes OUT/sheets/*.png as it goes and its curve to stdout. `--start` begins from the words
and the denoiser of an exported model instead.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
from pathlib import Path
from typing import Any

import common
import numpy as np
import scenes
import torch
import torch.nn.functional as F
import vocabulary
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from muon import Muon
from PIL import Image
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

WIDTH, STEPS = 192, 1000
BATCH = {128: 64, 256: 32}
SHEET = (
    "a red house on snow at night",
    "a yellow boat on water at sunset",
    "a watercolour of a green tree on grass in daylight",
    "pixel art of a blue balloon at dawn",
    "a purple mushroom on sand with mountains",
    "an orange car and a pink flower",
    "three black birds on grass",
    "a pencil sketch of a white cat on stone",
    "a pink rabbit behind a yellow cup at sunset",
    "a brown castle on grass with clouds, flat illustration",
    "a huge blue butterfly in fog",
    "a red apple on top of a blue chair",
)


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    # as with the denoiser: plain matrices are faster here
    return CLIPTextModel(
        CLIPTextConfig(
            attn_implementation="eager",
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            num_hidden_layers=3,
            num_attention_heads=6,
            max_position_embeddings=77,
            projection_dim=WIDTH,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def new_unet() -> UNet2DConditionModel:
    """Attention at a quarter and an eighth of the latents' size, where it is cheap and suffices."""
    return UNet2DConditionModel(
        sample_size=32,
        in_channels=4,
        out_channels=4,
        block_out_channels=(48, 96, 192, 256),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=8,
        norm_num_groups=16,
        down_block_types=(
            "DownBlock2D",
            "DownBlock2D",
            "CrossAttnDownBlock2D",
            "CrossAttnDownBlock2D",
        ),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
    )


def alphas_cumprod() -> torch.Tensor:
    """Stable Diffusion's training noise: scaled-linear betas 0.00085 to 0.012 over 1000 steps."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, STEPS, dtype=torch.float64) ** 2
    return (1 - betas).cumprod(0).float()


class Captions:
    """All wordings as token ids, and what each scene's caption names."""

    def __init__(self, folder: Path, tokenizer: CLIPTokenizer) -> None:
        self.texts: list[list[str]] = json.loads((folder / "captions.json").read_text())
        self.tokenizer, self._kept = tokenizer, {}

    def ids(self, texts: list[str]) -> torch.Tensor:
        for text in texts:
            if text not in self._kept:
                if len(self._kept) > 400_000:
                    self._kept.clear()
                self._kept[text] = torch.tensor(
                    self.tokenizer(
                        text, padding="max_length", truncation=True, max_length=77
                    ).input_ids
                )
        return torch.stack([self._kept[text] for text in texts])

    def draw(self, indices: list[int], rng: random.Random, *, blank: float = 0.1) -> torch.Tensor:
        """One wording of each scene; now and then with filler, or (`blank`) none at all."""
        texts = []
        for i in indices:
            text = rng.choice(self.texts[i])
            if rng.random() < 0.12:
                text = vocabulary.with_filler(text, rng)
            texts.append("" if rng.random() < blank else text)
        return self.ids(texts)


NAMED = (
    (*scenes.SUBJECTS, ""),
    (*scenes.COLOURS, ""),
    scenes.MATERIALS,
    scenes.SIZES,
    (1, 2, 3),
    (*scenes.SUBJECTS, ""),
    (*scenes.COLOURS, ""),
    ("", "left", "right", *scenes.RELATIONS),
    scenes.TIMES,
    scenes.GROUNDS,
    scenes.EXTRAS,
    scenes.WEATHERS,
    scenes.LIGHTS,
    scenes.VIEWS,
    scenes.STYLES,
)


def named(rng: random.Random) -> tuple[str, list[int]]:
    """A fresh caption that names everything, with its attributes as class numbers."""
    scene = scenes.random_scene(rng)
    first, second = (
        scene.things[0],
        scene.things[1] if len(scene.things) == 2 else scenes.Thing("", ""),
    )
    values = (
        first.subject,
        first.colour,
        first.material,
        first.size,
        first.count,
        second.subject,
        second.colour,
        scene.relation or scene.side,
        scene.time,
        scene.ground,
        scene.extra,
        scene.weather,
        scene.light,
        scene.view,
        scene.style,
    )
    text = scenes.describe(scene, rng, keep=1.0)
    return (vocabulary.with_filler(text, rng) if rng.random() < 0.2 else text), [
        n.index(v) for n, v in zip(NAMED, values, strict=True)
    ]  # type: ignore[arg-type]


def learn_words(
    text_encoder: CLIPTextModel, captions: Captions, steps: int, where: torch.device
) -> None:
    """Stage one: from the last token, name every attribute of the caption."""
    sizes = [len(names) for names in NAMED]
    head = torch.nn.Linear(WIDTH, sum(sizes)).to(where)
    optimiser = torch.optim.AdamW(
        [*text_encoder.parameters(), *head.parameters()], 1e-3, weight_decay=0.01
    )
    rng = random.Random(5)
    for step in range(steps):
        texts, labels = zip(*(named(rng) for _ in range(64)), strict=True)
        ids = captions.ids(list(texts))
        # causal: what stands behind the end does not matter
        longest = int((ids != captions.tokenizer.pad_token_id).sum(1).max()) + 1
        with common.half_precision(where):
            hidden = text_encoder(ids[:, :longest].to(where)).pooler_output
        parts = head(hidden.float()).split(sizes, 1)
        answers = torch.tensor(labels, device=where)
        loss = sum(F.cross_entropy(part, answers[:, k]) for k, part in enumerate(parts))
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1, (step + 1) / 50) * max(0.05, 1 - step / steps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 100 == 99:
            right = torch.stack(
                [(part.argmax(1) == answers[:, k]) for k, part in enumerate(parts)], 1
            )
            shares = [round(share, 2) for share in right.float().mean(0).tolist()]
            print(f"words {step + 1} loss {float(loss.detach()):.3f} right {shares}", flush=True)


@torch.no_grad()
def sheet(
    unet: UNet2DConditionModel,
    text_encoder: CLIPTextModel,
    vae: AutoencoderKL,
    captions: Captions,
    path: Path,
    where: torch.device,
    side: int,
) -> None:
    """Twelve pictures of latents side x side, 20 DDIM steps, guidance 4."""
    text = text_encoder(captions.ids([*[""] * len(SHEET), *SHEET]).to(where))[0]
    x = torch.randn(len(SHEET), 4, side, side, generator=torch.Generator().manual_seed(1)).to(where)
    bars = alphas_cumprod().to(where)
    times = torch.linspace(STEPS - 1, 0, 21).long()
    for now, after in zip(times[:-1], times[1:], strict=True):
        a, b = bars[now], bars[after] if after > 0 else torch.ones(())
        with common.half_precision(where):
            v = unet(torch.cat([x, x]), now.to(where), text).sample.float()
        v = v[: len(SHEET)] + 4 * (v[len(SHEET) :] - v[: len(SHEET)])
        x0, eps = a.sqrt() * x - (1 - a).sqrt() * v, (1 - a).sqrt() * x + a.sqrt() * v
        x = b.sqrt() * x0 + (1 - b).sqrt() * eps
    y = ((vae.decode(x).sample.clamp(-1, 1) + 1) * 127.5).byte().permute(0, 2, 3, 1).cpu().numpy()
    rows = [np.concatenate(list(y[i : i + 4]), 1) for i in range(0, len(y), 4)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(rows)).save(path)


class Training:
    """The networks, the denoiser's average, two optimisers, and the step count:
    everything a checkpoint holds."""

    def __init__(self, tokenizer: CLIPTokenizer, rate: float, where: torch.device) -> None:
        torch.manual_seed(0)
        self.text, self.unet = new_text_encoder(tokenizer).to(where), new_unet().to(where)
        # torch's fused attention is 4 times slower than plain matrices for heads this small
        if where.type == "cpu":
            self.unet.set_attn_processor(AttnProcessor())
        self.ema_unet = copy.deepcopy(self.unet).eval()
        self.rate, self.step, self.spent = rate, 0, 0.0
        rest, matrices = [], []
        for name, p in self.unet.named_parameters():
            inner = p.ndim >= 2 and not name.startswith(("conv_in", "conv_out", "time_embedding"))
            (matrices if inner else rest).append(p)
        self.optimisers = (
            Muon(matrices, rate),
            torch.optim.AdamW(rest, rate, betas=(0.9, 0.99), weight_decay=0.01),
        )

    def state(self) -> dict[str, Any]:
        return {
            "text": self.text.state_dict(),
            "unet": self.unet.state_dict(),
            "ema_unet": self.ema_unet.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers],
            "step": self.step,
            "spent": self.spent,
        }

    def load(self, kept: dict[str, Any]) -> None:
        for name in ("text", "unet", "ema_unet"):
            getattr(self, name).load_state_dict(kept[name])
        for optimiser, state in zip(self.optimisers, kept["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.step, self.spent = kept["step"], kept["spent"]

    def start_from(self, model: Path) -> None:
        """The weights of an exported model folder; optimisers and step count begin anew."""
        for network, kept in (
            (
                self.text,
                CLIPTextModel.from_pretrained(model / "text_encoder", torch_dtype=torch.float32),
            ),
            (self.unet, UNet2DConditionModel.from_pretrained(model / "unet")),
        ):
            network.load_state_dict(kept.state_dict())
        self.ema_unet.load_state_dict(self.unet.state_dict())

    def learn(self, x: torch.Tensor, ids: torch.Tensor, bars: torch.Tensor, factor: float) -> float:
        """One step on latents x (B, 4, h, w); the loss is the mean squared error
        of v (Salimans & Ho 2022)."""
        t = noise_levels(len(x), x.device)
        a = bars[t].view(-1, 1, 1, 1)
        noise = torch.randn_like(x)
        noisy, v = a.sqrt() * x + (1 - a).sqrt() * noise, a.sqrt() * noise - (1 - a).sqrt() * x
        with torch.no_grad(), common.half_precision(x.device):
            text = self.text(ids)[0]
        with common.half_precision(x.device):
            loss = F.mse_loss(self.unet(noisy, t, text).sample.float(), v)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.rate * factor
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        decay = min(0.999, (1 + self.step) / (20 + self.step))
        common.average(self.ema_unet, self.unet, decay)
        return float(loss.detach())


def noise_levels(count: int, where: torch.device) -> torch.Tensor:
    """Timesteps (count,): half of them from anywhere, half from the middle, where it is decided
    what is drawn (Esser et al. 2024)."""
    middle = (
        (STEPS * torch.sigmoid(torch.randn(count, device=where) * 0.8 + 0.2))
        .long()
        .clamp(0, STEPS - 1)
    )
    return torch.where(
        torch.rand(count, device=where) < 0.5,
        torch.randint(0, STEPS, (count,), device=where),
        middle,
    )


def latents_of(folder: Path, where: torch.device) -> dict[int, torch.Tensor]:
    """Every drawing's latents by picture size, in memory (float16)."""
    return {
        size: torch.from_numpy(np.load(folder / f"latents_{size}.npy")).to(where) for size in BATCH
    }


def rate_factor(training: Training, options: argparse.Namespace) -> float:
    """A short warm-up, full rate, and a fall to 2 % over the last 40 %
    of the steps at full size."""
    left = (options.steps - training.step) / max(1, options.steps - options.small_steps)
    return min(1, (training.step + 1) / 200) * min(1, max(0.02, left / 0.4))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--small-steps", type=int, default=900)
    parser.add_argument("--steps", type=int, default=13_100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--word-steps", type=int, default=900)
    parser.add_argument("--start", type=Path)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    where = common.device()
    tokenizer = CLIPTokenizer.from_pretrained(options.out / "tokenizer")
    captions = Captions(options.data, tokenizer)
    vae = AutoencoderKL.from_pretrained(options.out / "vae").eval().to(where)
    latents = latents_of(options.out, where)
    training = Training(tokenizer, options.rate, where)
    path = options.out / "denoiser.pt"
    if path.exists():
        training.load(torch.load(path, map_location=where, weights_only=True))
    else:
        if options.start:
            training.start_from(options.start)
        else:
            learn_words(training.text, captions, options.word_steps, where)
        training.text.requires_grad_(False)
    bars, running, seen = alphas_cumprod().to(where), 0.0, 0
    clock, next_save, next_sheet = (
        common.Clock(training.spent),
        training.spent + 240,
        training.spent + 480,
    )
    while training.step < options.steps:
        size = 128 if training.step < options.small_steps else 256
        rng = random.Random(training.step)
        torch.manual_seed(training.step)
        indices = rng.choices(range(len(latents[size])), k=BATCH[size])
        loss = training.learn(
            latents[size][indices].float(),
            captions.draw(indices, rng).to(where),
            bars,
            rate_factor(training, options),
        )
        running, seen = running * 0.98 + 0.02 * loss, seen + 1
        training.spent = clock.seconds()
        if training.step % 50 == 0:
            print(
                (
                    f"step {training.step} at {size} px {training.spent:.0f}s loss "
                    f"{running / (1 - 0.98**seen):.4f}"
                ),
                flush=True,
            )
        if training.spent > next_save or training.step == options.steps:
            next_save = training.spent + 240
            common.save(path, training.state())
        if training.spent > next_sheet or training.step == options.steps:
            next_sheet = training.spent + 600
            drawn = options.out / "sheets" / f"{training.step:06d}.png"
            sheet(training.ema_unet, training.text, vae, captions, drawn, where, size // 8)


if __name__ == "__main__":
    main()
