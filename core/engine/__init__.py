"""The door to the engines: `open_engine(spec)`. Only here is it decided which engine runs where.

Knows neither store, settings nor metadata. May import `core.models.files`, `core.prompt` and what
is below them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.engine.contract.protocol import Engine, EngineSpec
    from core.values.device import Device


def open_engine(spec: EngineSpec) -> Engine:
    """An engine for `spec`, to be used in a `with`. torch is imported here only for a
    diffusion engine in this process."""
    if spec.runs_in == "process":
        from core.engine.process import ProcessEngine

        return ProcessEngine(spec)
    if spec.kind == "fake":
        from core.engine.fake import FakeEngine

        return FakeEngine(spec)
    from core.engine.diffusion.engine import DiffusionEngine

    return DiffusionEngine(spec)


def describe_devices() -> list[Device]:
    """Each device that can compute, the fastest first; imports torch."""
    from core.engine.diffusion.parts.device import describe

    return describe()
