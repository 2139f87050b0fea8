"""The pictures that share steps with one another: what each branched off from, as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.service.insight.recorded import RecordedPicture
from core.service.stores import Stores
from core.system.json import Malformed, loads
from core.values.branching import DEEPEST
from core.values.picture import Picture
from core.values.request import Request

MOST = 100  # pictures of one tree


@dataclass(frozen=True, slots=True)
class BranchNode:
    """A picture of the tree. `picture` is None where it does not lie in the gallery; `prompt` are
    its words, `step` the last one that it shares with that of the row `parent` (the root: 0, -1).
    `is_open`: it is the one that was asked for."""

    picture: Picture | None
    prompt: str
    step: int
    parent: int
    is_open: bool = False


def branch_tree(stores: Stores, opened: RecordedPicture) -> tuple[BranchNode, ...]:
    """All pictures that branch off from the one that this one came from, at any depth, each below
    the one that it branched off from; () where there are no two of them. Looks through all rows of
    the gallery: not for the GUI thread. Raises WorldError where the database cannot be read."""
    request = opened.job.request
    line = [(request, opened.pixels), *_ancestors(request)]  # up to the root
    branches = stores.lineage.branches_of_seed(request.seed)
    planted = _Planted(stores, opened, branches)
    root, pixels = line[-1]
    planted.grow(root.prompt, stores.gallery.with_pixels(pixels), pixels, step=0, parent=-1)
    for (child, own), (_, parent) in zip(reversed(line[:-1]), reversed(line[1:]), strict=True):
        planted.keep(child, own, parent)
    nodes = planted.nodes
    if not any(node.is_open for node in nodes):  # a copy of one that lies in the gallery
        same = (row for row, node in enumerate(nodes) if _has(node, opened.pixels))
        row = next(same, 0)
        nodes[row] = replace(nodes[row], is_open=True)
    return tuple(nodes) if len(nodes) > 1 else ()


def _ancestors(request: Request) -> Iterator[tuple[Request, str]]:
    """What a picture came from, its parent first, with the SHA-256 of each."""
    for _ in range(DEEPEST):
        if not request.branch.origin or not request.parent:
            return
        try:
            origin = loads(Request, request.branch.origin)
        except Malformed:
            return
        yield origin, request.parent
        request = origin


class _Planted:
    """The tree as far as it has grown."""

    def __init__(
        self, stores: Stores, opened: RecordedPicture, branches: Sequence[Picture]
    ) -> None:
        self.nodes: list[BranchNode] = []
        self._stores = stores
        self._opened = opened
        self._children: dict[str, list[Picture]] = {}
        for picture in reversed(branches):  # the oldest first
            self._children.setdefault(picture.request.parent, []).append(picture)
        self._rows: dict[str, int] = {}  # by pixels, of those whose branches are below them

    def grow(
        self, prompt: str, picture: Picture | None, pixels: str, *, step: int, parent: int
    ) -> None:
        """One picture, and all that branch off from it."""
        if len(self.nodes) >= MOST:
            return
        row = len(self.nodes)
        if picture is not None and picture.trashed is not None:
            picture = None
        self.nodes.append(BranchNode(picture, prompt, step, parent, self._is_open(picture, pixels)))
        if pixels in self._rows:  # nothing was changed: its branches are those of the first one
            return
        self._rows[pixels] = row
        for child in self._children.get(pixels, ()):
            request = child.request
            self.grow(request.prompt, child, child.sha256, step=request.branch.step, parent=row)

    def keep(self, request: Request, pixels: str, parent: str) -> None:
        """A picture on the way to the one that is open, where the gallery has it no more."""
        row = self._rows.get(parent, -1)
        if pixels not in self._rows and row >= 0:
            picture = self._stores.gallery.with_pixels(pixels)
            self.grow(request.prompt, picture, pixels, step=request.branch.step, parent=row)

    def _is_open(self, picture: Picture | None, pixels: str) -> bool:
        if picture is not None and picture.path == str(self._opened.path):
            return True
        return picture is None and pixels == self._opened.pixels


def _has(node: BranchNode, pixels: str) -> bool:
    return node.picture is not None and node.picture.sha256 == pixels
