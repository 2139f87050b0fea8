"""The starter's text encoder and stage one of its training: from the last token, to name what a
caption names."""

from __future__ import annotations

import json
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from starter.drawing import scenes
from starter.training import common, vocabulary

WIDTH = 192  # of the text states


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """CLIP's architecture with three layers of WIDTH, untrained."""
    return CLIPTextModel(
        CLIPTextConfig(
            # as with the denoiser: plain matrices are faster here
            attn_implementation="eager",  # pyright: ignore[reportCallIssue]  # one of its **kwargs
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


class Captions:
    """All wordings as token ids, and what each scene's caption names."""

    def __init__(self, folder: Path, tokenizer: CLIPTokenizer) -> None:
        self.texts: list[list[str]] = json.loads((folder / "captions.json").read_text())
        self.tokenizer = tokenizer
        self._kept: dict[str, torch.Tensor] = {}

    def ids(self, texts: list[str]) -> torch.Tensor:
        """Token ids (n, 77) of the texts, padded."""
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
        """Token ids (n, 77) of one wording of each scene; now and then with filler, or (a share of
        `blank`) none at all."""
        texts = []
        for i in indices:
            text = rng.choice(self.texts[i])
            if rng.random() < 0.12:
                text = vocabulary.with_filler(text, rng)
            texts.append("" if rng.random() < blank else text)
        return self.ids(texts)


NAMED: tuple[tuple[object, ...], ...] = (
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


def _attributes(scene: scenes.Scene) -> tuple[object, ...]:
    """What the scene's caption can name, in the order of NAMED."""
    first, *others = scene.things
    second = others[0] if others else scenes.Thing("", "")
    return (
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


def named(rng: random.Random) -> tuple[str, list[int]]:
    """A fresh caption that names everything, with its attributes as class numbers."""
    scene = scenes.random_scene(rng)
    text = scenes.describe(scene, rng, keep=1.0)
    if rng.random() < 0.2:
        text = vocabulary.with_filler(text, rng)
    classes = [names.index(value) for names, value in zip(NAMED, _attributes(scene), strict=True)]
    return text, classes


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
        longest = int(torch.ne(ids, torch.tensor(captions.tokenizer.pad_token_id)).sum(1).max()) + 1
        with common.half_precision(where):
            hidden = text_encoder(ids[:, :longest].to(where)).pooler_output
        parts = head(hidden.float()).split(sizes, 1)
        answers = torch.tensor(labels, device=where)
        losses = (F.cross_entropy(part, answers[:, k]) for k, part in enumerate(parts))
        loss = sum(losses, torch.zeros((), device=where))
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
