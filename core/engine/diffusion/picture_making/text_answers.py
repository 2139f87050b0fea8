"""What text encoders make of a text, in numbers that can be looked at: states, and near tokens."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice

import torch

from core.engine.diffusion.families.model import Model
from core.engine.diffusion.parts.conditioning import TextTower
from core.engine.diffusion.picture_making.planes import planes_of
from core.engine.diffusion.picture_making.workplace import Workplace
from core.prompt.embeddings import FIRST_ID
from core.prompt.tokens.chunks import CHUNK
from core.prompt.words_read import spelled
from core.values.insight.questions import (
    MOST_NEAR,
    MOST_ROWS,
    NearToken,
    TextAnswer,
    TextQuestion,
)
from core.values.job import Job
from core.values.program import Program
from core.values.request_parts.emphasis import Emphasis

INSIDE = 0.99  # of the states' sizes lie within the ends of the scale
CANDIDATES = 24  # near tokens among which there are legible ones
REPLACED = "\ufffd"  # stands for bytes that are no letter
ROWS_AT_ONCE = 8192  # of the vocabulary: a share of its memory is taken once more


def text_answered(place: Workplace, job: Job, question: TextQuestion) -> TextAnswer:
    """The states of a text as the job's denoiser is told them. Raises as `Model.encode_texts`."""
    model = place.borrow(job)
    with place.offloader.on_device("text"):
        began = time.monotonic()
        positive, _ = model.encode_texts(job, (question.text,), (), place.beat)
        states = positive[0].states[0].float().cpu()  # (tokens, width)
        seconds = time.monotonic() - began
        words, near = _tokens(model, job, question.text, len(states), place)
    shown = states[:MOST_ROWS]
    sizes = shown.abs().flatten().sort().values
    bound = float(sizes[int(INSIDE * (len(sizes) - 1))]) or 1.0
    return TextAnswer(
        states=planes_of(shown[None], -bound, bound),
        tokens=len(states),
        width=states.shape[1],
        norms=tuple(shown.norm(dim=1).tolist()),
        words=words[:MOST_ROWS],
        near=near[:MOST_ROWS],
        vocabulary=_vocabulary(model),
        seconds=seconds,
    )


def _vocabulary(model: Model) -> int:
    return model.towers[0].encoder.config.vocab_size if model.towers else 0


def _tokens(
    model: Model, job: Job, text: str, rows: int, place: Workplace
) -> tuple[tuple[str, ...], tuple[tuple[NearToken, ...], ...]]:
    """What each row stands for, and its neighbours; nothing where rows are of several encoders
    below one another, or of another one than CLIP's."""
    if not model.towers:
        return (), ()
    tower = replace(model.towers[0], emphasis=Emphasis(job.request.emphasis))
    chunks = tower.split(text, Program(job.request.program))
    if len(chunks) * (CHUNK + 2) != rows:
        return (), ()
    ids = [token for chunk in chunks for token, _ in chunk]
    known = dict(_near(tower, sorted({one for one in ids if one < FIRST_ID}), place))
    words: list[str] = []
    near: list[tuple[NearToken, ...]] = []
    for chunk in chunks:
        row = [token for token, _ in chunk]
        empty = CHUNK - len(row)
        words += ["<start>", *(_word(tower, token) for token in row), *["<end>"] * (empty + 1)]
        near += [(), *(known.get(token, ()) for token in row), *[()] * (empty + 1)]
    return tuple(words), tuple(near)


def _word(tower: TextTower, token: int) -> str:
    if token >= FIRST_ID:
        return "<embedding>"
    return spelled((tower.tokenizer.splitter.id_to_token(token) or "",))[0].strip()


def _near(
    tower: TextTower, tokens: list[int], place: Workplace
) -> list[tuple[int, tuple[NearToken, ...]]]:
    """The tokens of the vocabulary whose vectors, as they are before the encoder reads them, have
    the smallest angle to those of these tokens."""
    if not tokens:
        return []
    table = tower.encoder.text_model.embeddings.token_embedding.weight
    table = table[: tower.tokenizer.splitter.get_vocab_size()]  # no others are ever read
    asked = torch.nn.functional.normalize(table[tokens].float(), dim=1)
    best = torch.full((len(tokens), CANDIDATES), -1.0, device=table.device)
    which = torch.zeros((len(tokens), CANDIDATES), dtype=torch.long, device=table.device)
    own = torch.tensor(tokens, device=table.device)[:, None]
    for first in range(0, len(table), ROWS_AT_ONCE):
        place.beat()
        part = torch.nn.functional.normalize(table[first : first + ROWS_AT_ONCE].float(), dim=1)
        cosines = asked @ part.T
        numbers = torch.arange(first, first + len(part), device=table.device)
        cosines[own == numbers] = -2.0  # itself
        values = torch.cat([best, cosines], 1)
        found = torch.cat([which, numbers.expand(len(tokens), -1)], 1)
        best, order = values.topk(CANDIDATES, dim=1)
        which = found.gather(1, order)
    rows = zip(tokens, which.tolist(), best.tolist(), strict=True)
    return [(token, _legible(tower, ids, cosines)) for token, ids, cosines in rows]


def _legible(tower: TextTower, ids: list[int], cosines: list[float]) -> tuple[NearToken, ...]:
    """The first of these that a person can read: a vocabulary has single bytes, too."""
    found = (
        NearToken(word, cosine)
        for word, cosine in zip((_word(tower, one) for one in ids), cosines, strict=True)
        if word and word.isprintable() and REPLACED not in word
    )
    return tuple(islice(found, MOST_NEAR))
