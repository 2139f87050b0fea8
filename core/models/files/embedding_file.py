"""What a file of embeddings holds, from its header alone: how many vectors of which width; and for
which text encoders that is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.models.files.header import read_header
from core.values.job import ModelRef
from core.values.program import Program

MOST = 1000  # vectors; a table of more is no embedding
MOST_TENSORS = 16  # of a file that are looked at
ENCODERS = frozenset((768, 1024, 1280))  # how wide the CLIP encoders of the field are


def may_be_vectors(shape: tuple[int, ...]) -> bool:
    """(width,) or (n, width), of no more than `MOST` vectors."""
    if len(shape) not in (1, 2):
        return False
    count = shape[0] if len(shape) == 2 else 1
    return shape[-1] > 1 and 1 <= count <= MOST


def lengths_by_width(path: Path) -> dict[int, int]:
    """How many vectors of each width a file holds, the first table of each. Raises ModelMissing
    where it cannot be read."""
    shapes = [shape for shape in read_header(path).shapes.values() if may_be_vectors(shape)]
    found: dict[int, int] = {}
    for shape in shapes[:MOST_TENSORS]:
        found.setdefault(shape[-1], shape[0] if len(shape) == 2 else 1)
    return found


def serves(there: set[int], wanted: set[int], program: Program, long: int = 0) -> bool:
    """Whether vectors of the widths that are there are for encoders of the wanted ones; `long` is
    T5's, 0 without one.

    ComfyUI gives each encoder what fits it. AUTOMATIC1111 wants all of them served, and so do we:
    half a word is another word.
    """
    if program == Program.COMFYUI and wanted & there:
        return True
    others = set(there) & ENCODERS - wanted
    if wanted == {1280}:  # XL's refiner has only the second encoder
        others.clear()
    foreign = others or (4096 in there and not long and wanted != {768, 1280})
    return wanted <= there and not foreign


def keys_of(refs: Sequence[ModelRef]) -> dict[str, ModelRef]:
    """The words that call embeddings: names, and "folder/name" where a name is taken."""
    refs_by_key: dict[str, ModelRef] = {}
    lowered = set[str]()
    for ref in refs:
        key = ref.name
        if key.lower() in lowered:
            key = f"{Path(ref.path).parent.name}/{ref.name}"
        lowered.add(key.lower())
        refs_by_key.setdefault(key, ref)
    return refs_by_key
