"""From a sampler's latents back to where they come from: an empty picture, a file, an earlier
sampler; and what was done to them on the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from core.metadata.readers.comfyui.graph import Graph, Link, Node
from core.metadata.readers.comfyui.passes import is_detailer, is_sampler
from core.metadata.readers.comfyui.scalars import Scalars, sides_of

_DEPTH = 96
_MOST_PICTURES = 4096  # of a batch
_EMPTY = re.compile(r"empty.{0,40}latent|emptylatent", re.IGNORECASE)
_LOADS = re.compile(r"load ?image|image ?load|loadimage", re.IGNORECASE)
_TO_FOLLOW = (
    "samples",
    "latent_image",
    "latent",
    "samples_to",
    "pixels",
    "image",
    "images",
    "destination",
    "upscaled_image",
    "init_image",
    "LATENT",
    "IMAGE",
    "latents",
    "image1",
    "any",
)
_PLAIN_WAYS = frozenset(
    {"VAEDecode", "VAEDecodeTiled", "VAEEncode", "VAEEncodeTiled", "Reroute", "Reroute (rgthree)",
     "SetLatentNoiseMask", "VAEEncodeForInpaint", "InpaintModelConditioning", "PreviewImage",
     "SaveImage", "ImageUpscaleWithModel", "RepeatLatentBatch", "SaveLatent"}
)  # fmt: skip
# what changes a size by a rule that is not known here
_RESHAPES = re.compile(r"crop|rotat|scale|resiz|\bsize|pad|outpaint|aspect", re.IGNORECASE)
_SCALES = frozenset({"LatentUpscale", "ImageScale", "LatentUpscaleBy", "ImageScaleBy"})


@dataclass(frozen=True, slots=True)
class Scaling:
    """One change of size: to `size` (a side 0 as the other has it), or `factor` times; neither
    where it is not known. `method` is the node's word, `of_latents` whether it scales latents,
    `by_network` whether a network does it, of which the file says how much."""

    size: tuple[int, int] | None = None
    factor: float | None = None
    method: str = ""
    of_latents: bool = False
    by_network: bool = False


@dataclass(slots=True)
class Origin:
    """`sampler` is the earlier one, else `size` that of an empty picture of `batch` pictures, or
    `picture`: a file. `scalings` in the order in which they are done."""

    sampler: Node | None = None
    size: tuple[int, int] | None = None
    batch: int = 1
    place: int | None = None
    picture: bool = False
    masked: bool = False
    grow: int | None = None
    vae: Link | None = None
    encoded: bool = False
    scalings: list[Scaling] = field(default_factory=list[Scaling])
    ignored: list[str] = field(default_factory=list[str])
    known: bool = True


def origin_of(graph: Graph, scalars: Scalars, link: Link | None) -> Origin:
    """Where latents or a picture come from."""
    origin = Origin()
    seen: set[str] = set()
    while link is not None and len(seen) < _DEPTH:
        node = graph.node(link)
        if node is None or node.id in seen:
            origin.known = False
            break
        seen.add(node.id)
        if is_sampler(node):
            origin.sampler = node
            break
        _note(node, scalars, origin)
        if _ends(node, scalars, origin):
            break
        link = _next(node, origin)
    else:
        origin.known = False
    origin.scalings.reverse()
    return origin


def _ends(node: Node, scalars: Scalars, origin: Origin) -> bool:
    """Whether nothing comes before this node."""
    if _LOADS.search(node.kind):
        origin.picture = True
        return True
    if node.kind == "InstructPixToPixConditioning":  # latents as large as the picture it is given
        origin.picture = True
        origin.scalings.append(Scaling())
        return True
    if (sides := sides_of(node)) is not None:
        origin.size = sides.width, sides.height
    elif _is_empty(node):
        width = scalars.whole(node, "width", "empty_latent_width")
        height = scalars.whole(node, "height", "empty_latent_height")
        if width is not None and height is not None:
            origin.size = width, height
        else:
            origin.ignored.append(f"size: {node.shown} does not say it in numbers")
    else:
        return False
    origin.batch *= scalars.whole(node, "batch_size") or 1
    return True


def _is_plain_empty(node: Node) -> bool:
    """Whether a node gives empty latents and does nothing else to a picture."""
    named = _EMPTY.search(node.kind) or "empty_latent_width" in node.inputs
    return bool(named) or sides_of(node) is not None


def _is_empty(node: Node) -> bool:
    """Whether a node gives empty latents of a size: alone, or beside what it loads or encodes."""
    if _EMPTY.search(node.kind) or "empty_latent_width" in node.inputs:
        return True
    both = "width" in node.inputs and "height" in node.inputs
    return both and node.kind.endswith(("_Conditioning", "ToVideo"))


def _note(node: Node, scalars: Scalars, origin: Origin) -> None:
    """What a node does to what passes through it."""
    kind = node.kind
    if kind in ("VAEDecode", "VAEDecodeTiled") and origin.vae is None:
        origin.vae = node.link("vae")
    elif kind in ("SetLatentNoiseMask", "VAEEncodeForInpaint", "InpaintModelConditioning"):
        origin.masked = True
        if kind == "VAEEncodeForInpaint":
            origin.grow = scalars.whole(node, "grow_mask_by")
    elif kind == "LatentFromBatch":
        origin.place = scalars.whole(node, "batch_index")
    elif kind == "ImageUpscaleWithModel":
        origin.scalings.append(Scaling(by_network=True))
    elif kind == "RepeatLatentBatch":
        _repeat(node, scalars, origin)
    elif kind in _SCALES:
        origin.scalings.append(_scaling(node, scalars))
    else:
        _note_other(node, origin)
    if kind.startswith("VAEEncode"):
        origin.encoded = True


def _note_other(node: Node, origin: Origin) -> None:
    """A node that is not known by its kind alone."""
    kind = node.kind
    if kind in _PLAIN_WAYS or _LOADS.search(kind) or _is_plain_empty(node):
        return
    what = "what it changes" if is_detailer(node) else "what it does"
    origin.ignored.append(f"{node.shown}: {what} is not made here")
    if _RESHAPES.search(kind):
        origin.scalings.append(Scaling())


def _repeat(node: Node, scalars: Scalars, origin: Origin) -> None:
    """As many pictures more are drawn together."""
    amount = scalars.whole(node, "amount")
    if amount is None or not 1 <= amount <= _MOST_PICTURES:
        origin.ignored.append(f"{node.shown}: how many pictures are drawn together is not known")
    else:
        origin.batch *= amount


def _scaling(node: Node, scalars: Scalars) -> Scaling:
    method = scalars.text(node, "upscale_method") or ""
    of_latents = node.kind.startswith("Latent")
    if node.kind.endswith("By"):
        factor = scalars.number(node, "scale_by")
        return Scaling(factor=factor, method=method, of_latents=of_latents)
    width, height = scalars.whole(node, "width"), scalars.whole(node, "height")
    size = None if width is None or height is None else (width, height)
    return Scaling(size=size, method=method, of_latents=of_latents)


def _next(node: Node, origin: Origin) -> Link | None:
    """The link that the picture comes in by."""
    link = node.link(*_TO_FOLLOW)
    if link is not None:
        return link
    links = node.links()
    if len(links) == 1:
        return next(iter(links.values()))
    if pipe := node.link("pipe"):
        return pipe
    origin.known = False
    return None


def size_after(size: tuple[int, int] | None, scalings: list[Scaling]) -> tuple[int, int] | None:
    """A picture's size behind all these; None where one of them is not known."""
    unsure = size is None
    for each in scalings:
        if each.by_network:
            unsure = True
        elif each.factor is not None:
            if size is not None and not unsure:
                size = _whole(size[0] * each.factor), _whole(size[1] * each.factor)
        elif each.size is None:
            unsure = True
        else:
            filled = _filled(size, each.size)
            size, unsure = (filled, False) if filled is not None else (size, True)
    return None if unsure else size


def _whole(side: float) -> int:
    return round(min(side, 2.0**24))


def _filled(size: tuple[int, int] | None, asked: tuple[int, int]) -> tuple[int, int] | None:
    """A side of 0 is as the other has it."""
    width, height = asked
    if width > 0 and height > 0:
        return asked
    if size is None or min(size) <= 0 or max(asked) <= 0:
        return None
    if width > 0:
        return width, round(size[1] * width / size[0])
    return round(size[0] * height / size[1]), height
