"""The limits of a request that others ask for too, and sizes written as text."""

from __future__ import annotations

import re

from core.system.errors import InvalidRequest

MAX_SEED = 2**64 - 1
SIZE_STEP = 8  # sides are multiples of it: the autoencoders make 8 x 8 pixels of one latent
MIN_SIZE = 64
MAX_SIZE = 4096
MAX_STEPS = 1000
MAX_GUIDANCE = 100.0
MAX_COUNT = 10_000
MAX_CLIP_SKIP = 12  # layers that the smallest of CLIP's text encoders has
MAX_PROMPT = 100_000  # characters
_SIZE = re.compile(r"(\d{1,6})\s*[xX×]\s*(\d{1,6})")


def size_of(text: str) -> tuple[int, int]:
    """(width, height) in pixels of "512x768". Raises InvalidRequest for any other text."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise InvalidRequest(
            "size", f'"{text}" is not a size.', "Write WIDTHxHEIGHT, as in 512x768."
        )
    return int(match.group(1)), int(match.group(2))
