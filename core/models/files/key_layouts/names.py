"""The names and shapes of a file's tensors, made ready for many questions: what a rule asks for is
written as people read it.

A condition is a text that must occur in a name. "^" is a name's beginning
(behind a wrapper such as "model.diffusion_model."), "$" its end, "#" any
number, "|" parts alternatives: "^double_blocks.#.img_attn.|^double_layers.".
One without "#" that holds a digit is looked for as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

Shapes = Mapping[str, tuple[int, ...]]
# What programs put before a denoiser's names: CompVis and ComfyUI, musubi, diffusers' pipelines,
# NVIDIA, torch's compiler and wrappers.
WRAPPERS = (
    "model.diffusion_model.",
    "diffusion_model.",
    "transformer.",
    "unet.",
    "net.",
    "module.",
    "_orig_mod.",
    "controlnet.",
    "",
)
STRAY_NAMES = 2  # of another network, that a file may hold without holding that network
_NO_DIGITS = {ord(digit): None for digit in "0123456789"}


class TensorNames(dict[str, tuple[int, ...]]):
    """Shapes whose names are also one text, a line each, so that thousands are searched at once."""

    def __init__(self, shapes: Shapes, wrappers: tuple[str, ...] = WRAPPERS) -> None:
        super().__init__(shapes)
        self.lines = "\n".join(["", *shapes, ""])
        self.wrappers = wrappers
        self._known: dict[str, bool] = {}

    @cached_property
    def _bare(self) -> frozenset[str]:
        """The names without digits, each once: a few hundred where there are thousands."""
        return frozenset(self.lines.translate(_NO_DIGITS).split("\n"))

    @cached_property
    def skeleton(self) -> str:
        """The names without digits and wrappers, each once, a line each."""
        return "\n".join(["", *{_unwrapped(name, self.wrappers) for name in self._bare}, ""])

    def begins(self, *prefixes: str) -> bool:
        """Whether a name begins so, wrapper and all."""
        return any("\n" + prefix in self.lines for prefix in prefixes)

    def has_part(self, prefix: str) -> bool:
        """Whether a network lies behind this prefix: merging leaves a stray name or two behind, and
        no network has so few."""
        return self.lines.count("\n" + prefix) > STRAY_NAMES

    def holds(self, *parts: str) -> bool:
        """Whether a name has such a part."""
        return any(part in self.lines for part in parts)

    def meets(self, condition: str) -> bool:
        """Whether a condition holds, as this file's head explains it."""
        known = self._known.get(condition)
        if known is None:
            known = self._known[condition] = any(
                self._one(*wanted) for wanted in _parsed(condition)
            )
        return known

    @cached_property
    def _present(self) -> tuple[str, ...]:
        """The wrappers that occur, and none."""
        return tuple(
            wrapper for wrapper in self.wrappers if not wrapper or "\n" + wrapper in self.lines
        )

    def _one(self, text: str, plain: str, anchored: bool) -> bool:
        if plain not in self.skeleton:
            return False
        if text == plain:
            return True
        if anchored:
            return any("\n" + wrapper + text[1:] in self.lines for wrapper in self._present)
        return text in self.lines

    def shape(self, *names: str) -> tuple[int, ...] | None:
        """The shape of the first of these tensors that is there, whatever its wrapper."""
        for name in names:
            for wrapper in self.wrappers:
                shape = self.get(wrapper + name)
                if shape is not None:
                    return shape
        return None

    def highest(self, block: str) -> int:
        """The highest number of a list of blocks whose names begin so ("single_blocks." or
        "single_blocks_"); -1 where there is none."""
        highest = -1
        at = self.lines.find(block)
        while at >= 0:
            at += len(block)
            end = at
            while self.lines[end : end + 1].isdecimal():
                end += 1
            if end > at:
                highest = max(highest, int(self.lines[at : min(end, at + 6)]))
            at = self.lines.find(block, end)
        return highest


def _unwrapped(name: str, wrappers: tuple[str, ...]) -> str:
    for wrapper in wrappers:
        if wrapper and name.startswith(wrapper):
            return name[len(wrapper) :]
    return name


@lru_cache(maxsize=2048)
def _parsed(condition: str) -> tuple[tuple[str, str, bool], ...]:
    """(text, the same without digits, whether it is a beginning) for each alternative; a text with
    "#" counts without digits."""
    parsed: list[tuple[str, str, bool]] = []
    for text in condition.split("|"):
        wanted = text.replace("#", "").replace("^", "\n").replace("$", "\n")
        plain = wanted.translate(_NO_DIGITS)
        parsed.append((plain if "#" in text else wanted, plain, wanted.startswith("\n")))
    return tuple(parsed)
