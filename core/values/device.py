"""What can compute here, and how a model makes do with its memory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

GPU_SHARE = 0.9  # of a graphics card's memory: the desktop and other programs have the rest


class MemoryMode(StrEnum):
    """A rung of the memory ladder, each slower and smaller than the one before; kept in rows."""

    RESIDENT = "resident"
    SLICED = "sliced"
    COMPONENTS = "components"
    LAYERS = "layers"

    @classmethod
    def on(cls, device_type: str) -> tuple[MemoryMode, ...]:
        """The modes that differ on a type of device, the fastest first.

        Where weights lie in the device's own memory anyway, moving them saves nothing.
        """
        return (cls.RESIDENT, cls.SLICED) if device_type == "cpu" else tuple(cls)


class Fits(StrEnum):
    """Whether a model's pictures fit into a device's memory."""

    YES = "yes"
    SLOW = "slow"  # in slices, or with parts of the model waiting elsewhere
    EIGHT_BIT = "eight"  # only with weights in eight bits
    NO = "no"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device that torch can use; `memory` and `free` are bytes. `no_int8` says why matrices are
    not multiplied in int8 on it, "" where they can be."""

    id: str
    name: str
    memory: int
    free: int
    no_int8: str = ""

    @property
    def type(self) -> str:
        """ "cpu", "cuda", "mps" or "xpu": its id without a number."""
        return self.id.partition(":")[0]

    @property
    def usable(self) -> int:
        """Bytes of a graphics card's memory that pictures may take."""
        return int(self.memory * GPU_SHARE)
