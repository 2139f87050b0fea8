"""Which samplers made the picture that was saved, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.metadata.readers.comfyui.conditioning import Words, named_words, words_behind
from core.metadata.readers.comfyui.graph import Graph, Link, Node
from core.metadata.readers.comfyui.latents import Origin, origin_of, size_after
from core.metadata.readers.comfyui.passes import Pass, is_sampler, pass_of
from core.metadata.readers.comfyui.scalars import Scalars

_MOST_PASSES = 12
_MOST_OUTPUTS = 64


@dataclass(slots=True)
class Walk:
    """A pass, what it starts from, and what it is told."""

    made: Pass
    origin: Origin
    positive: Words
    negative: Words


@dataclass(slots=True)
class Chain:
    """`walks` from the noise on; `finished` is what was done behind the last of them; `others`:
    pictures of several samplers are saved; `lost`: what is saved does not lead to a sampler."""

    walks: list[Walk] = field(default_factory=list[Walk])
    finished: Origin = field(default_factory=Origin)
    others: bool = False
    lost: bool = False
    notes: list[str] = field(default_factory=list[str])


def chain_of(graph: Graph, scalars: Scalars) -> Chain:
    """The chain of samplers behind the picture; where the graph saves several, the one that rests
    on most others; without `walks` where it samples nothing."""
    chains = [_chain(graph, scalars, end) for end in _ends(graph)]
    chains = [chain for chain in chains if chain.walks]
    is_lost = not chains and any(True for _ in _ends(graph))
    if not chains:
        chains = [_chain_from(graph, scalars, node, Origin()) for node in _last_samplers(graph)]
        chains = [chain for chain in chains if chain.walks]
    last = {chain.walks[-1].made.node.id for chain in chains}
    behind = {key: _samplers_behind(graph, key) for key in last}

    def weight(chain: Chain) -> tuple[int, int]:
        return behind[chain.walks[-1].made.node.id], len(chain.walks)

    best = max(chains, key=weight, default=Chain())
    best.others = len(last) > 1
    best.lost = is_lost
    return best


def _size_alone(graph: Graph, scalars: Scalars, sampler: Node, origin: Origin) -> Origin:
    """Where all is noise again nothing of an earlier sampler's picture is left but its size."""
    before = origin_of(graph, scalars, pass_of(graph, scalars, sampler).latent)
    size = size_after(before.size, [*before.scalings, *origin.scalings])
    return Origin(size=size, batch=before.batch, known=size is not None)


def _samplers_behind(graph: Graph, key: str) -> int:
    """How many samplers a node's work rests on, by whatever way: what made a picture for a
    ControlNet is behind the sampler that was given it."""
    seen: set[str] = set()
    todo = [key]
    while todo:
        node = graph.nodes.get(todo.pop())
        if node is not None and node.id not in seen:
            seen.add(node.id)
            todo += (link.node for link in node.links().values())
    return sum(is_sampler(graph.nodes[key]) for key in seen)


def _ends(graph: Graph) -> Iterator[Link]:
    """What is saved; where nothing is, what is shown; else what is decoded."""
    for word in ("save", "preview", "vaedecode"):
        nodes = [node for node in graph.nodes.values() if word in node.kind.lower()]
        links = [node.link("images", "image", "samples", "pixels") for node in nodes]
        given = [link for link in links if link is not None and link.node in graph.nodes]
        if word == "vaedecode":
            given = [Link(node.id, 0) for node in nodes]
        if given:
            yield from given[:_MOST_OUTPUTS]
            return


def _last_samplers(graph: Graph) -> Iterator[Node]:
    """Samplers whose latents no other one takes."""
    samplers = [node for node in graph.nodes.values() if is_sampler(node)]
    used = {link.node for node in samplers for link in node.links().values()}
    free = [node for node in samplers if node.id not in used]
    yield from (free or samplers)[:_MOST_OUTPUTS]


def _chain(graph: Graph, scalars: Scalars, end: Link) -> Chain:
    finished = origin_of(graph, scalars, end)
    if finished.sampler is None:
        return Chain()
    return _chain_from(graph, scalars, finished.sampler, finished)


def _chain_from(graph: Graph, scalars: Scalars, last: Node, finished: Origin) -> Chain:
    chain = Chain(finished=finished)
    seen: set[str] = set()
    node: Node | None = last
    while node is not None and node.id not in seen and len(chain.walks) < _MOST_PASSES:
        seen.add(node.id)
        made = pass_of(graph, scalars, node)
        positive = words_behind(graph, scalars, made.positive, "positive")
        if positive.base is not None and (stage := graph.node(positive.base)) is not None:
            chain.notes.append(f"{node.shown}: the second stage of its model is not made here")
            node = stage
            continue
        negative = Words()
        if made.negative is not None:
            negative = words_behind(graph, scalars, made.negative, "negative")
        if made.positive is not None and made.positive.node not in graph.nodes:
            positive = named_words(graph, scalars, "positive") or positive
        if made.negative is not None and made.negative.node not in graph.nodes:
            negative = named_words(graph, scalars, "negative") or negative
        origin = origin_of(graph, scalars, made.latent)
        if made.noise and not made.first and made.strength >= 1 and origin.sampler is not None:
            origin = _size_alone(graph, scalars, origin.sampler, origin)
        chain.walks.append(Walk(made, origin, positive, negative))
        node = origin.sampler
    chain.walks.reverse()
    return chain
