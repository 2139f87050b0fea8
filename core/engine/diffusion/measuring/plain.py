"""The plain way, to be measured beside ours: the same networks, each layer as torch has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def plain_layers() -> Iterator[None]:
    """Inside, no layer uses what was derived from its weights."""
    yield
