"""Whether this machine has a graphics card that this build of PyTorch cannot use,
without loading PyTorch."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path

_VENDORS = {"0x10de": "cuda", "0x1002": "rocm", "0x8086": "xpu"}
_NAMES = {"cuda": "NVIDIA", "rocm": "AMD", "xpu": "Intel Arc"}
# a display controller beside the built-in one: Intel's cards, not every processor's own graphics
_XPU_CLASSES = ("0x0380",)


def torch_build() -> str:
    """ "cpu", "cuda", "rocm" or "xpu": what the installed torch was built for, by its version;
    "" where it does not say."""
    from importlib.metadata import PackageNotFoundError, version  # brings all of `email`

    try:
        local = version("torch").partition("+")[2]
    except PackageNotFoundError:
        return ""
    if local.startswith("cu"):  # cu126 and the like: with the version of the toolkit
        return "cuda"
    if local.startswith("rocm"):
        return "rocm"
    return local if local in ("cpu", "xpu") else ""


def graphics_cards(root: Path = Path("/")) -> tuple[str, ...]:
    """Kinds of graphics cards here that a build of PyTorch could compute
    on: "cuda", "rocm", "xpu"."""
    kinds: set[str] = set()
    if shutil.which("nvidia-smi") or (root / "proc/driver/nvidia").exists():
        kinds.add("cuda")
    if (root / "dev/kfd").exists():
        kinds.add("rocm")
    if sys.platform == "linux":
        for vendor in (root / "sys/class/drm").glob("card*/device/vendor"):
            with contextlib.suppress(OSError):
                kind = _VENDORS.get(vendor.read_text().strip(), "")
                if kind in ("cuda", "rocm") or (kind == "xpu" and _is_card(vendor)):
                    kinds.add(kind)
    return tuple(sorted(kinds))


def _is_card(vendor: Path) -> bool:
    """Whether the device with this file `vendor` in sysfs is a card beside the built-in one."""
    return vendor.with_name("class").read_text().strip()[:6] in _XPU_CLASSES


def idle_card_advice(build: str, here: tuple[str, ...]) -> tuple[str, str] | None:
    """What to say (cause and remedy) where a card lies idle because the build
    is for processors alone."""
    if build != "cpu" or not here:
        return None
    kind = here[0]
    cause = (
        "This build computes on the processor alone, but there is an "
        f"{_NAMES[kind]} graphics card here."
    )
    remedy = (
        f'Install the download marked "{kind}": pictures take seconds instead of minutes '
        "there. Your data stays as it is."
    )
    return cause, remedy


def idle_card(root: Path = Path("/")) -> tuple[str, str] | None:
    """As `idle_card_advice`, of this machine; what the build is for is only looked up where there
    is a card, since that look reads many modules."""
    here = graphics_cards(root)
    return idle_card_advice(torch_build(), here) if here else None
