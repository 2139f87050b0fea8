#!/usr/bin/env python3
"""Sets Calotype up on first use and opens it. Standard library only.

python3 packaging/start.py                       set up if need be, then open the window
python3 packaging/start.py test                  set up, then run all tests, two at a time
python3 packaging/start.py -- generate "..."     pass a command line through
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
ALONE = ROOT / "requirements-alone.lock"  # installed without what they ask for
STAMP = VENV / "calotype-setup.json"
TORCH = "2.13.0"
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
FONTS = "fonts-dejavu-core"
TWO_AT_A_TIME = ("-n", "2", "--dist", "loadfile")  # fixtures of a file are made once


def stop(message: str) -> None:
    """Print one remedy and end."""
    print(f"calotype: {message}", file=sys.stderr)
    sys.exit(1)


def run(*command: object, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is shown unless `quiet`."""
    return subprocess.run(
        [str(part) for part in command],
        text=True,
        check=False,
        cwd=ROOT,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )


def install(*command: object) -> bool:
    """Run an installer silently; where it fails, show the end of what it said."""
    done = run(*command, quiet=True)
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-12:]), file=sys.stderr)
    return done.returncode == 0


def venv_python() -> Path:
    """The environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def check_python() -> None:
    """Python 3.11 or newer with the venv module, or the exact remedy."""
    if sys.version_info < (3, 11):
        remedy = {
            "Linux": (
                "sudo apt install python3.11 python3.11-venv, then python3.11 packaging/start.py"
            ),
            "Darwin": "brew install python@3.12, then python3.12 packaging/start.py",
        }
        usual = "Install Python 3.12, then: py -3.12 packaging\\start.py"
        old = f"Python {platform.python_version()} is too old; 3.11 or newer is needed."
        stop(f"{old} {remedy.get(platform.system(), usual)}")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop(
            "Python's venv module is missing. Run: sudo apt install "
            f"python3.{sys.version_info.minor}-venv"
        )


def wanted_stamp() -> dict[str, str]:
    """What a finished set-up looks like for this lock file and place."""
    return {
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "python": platform.python_version(),
        "root": str(ROOT),
    }


def is_set_up() -> bool:
    """Whether nothing is left to do: one small file is read."""
    try:
        return json.loads(STAMP.read_text()) == wanted_stamp() and venv_python().exists()
    except (OSError, ValueError):
        return False


def gpu_present() -> bool:
    """An NVIDIA, AMD or Intel graphics card that torch has a build for."""
    if platform.system() == "Darwin":
        return False
    drivers = (Path("/dev/kfd"), Path("/proc/driver/nvidia"))
    if shutil.which("nvidia-smi") or any(driver.exists() for driver in drivers):
        return True
    if platform.system() != "Linux":
        return False
    vendors = Path("/sys/class/drm").glob("card*/device/vendor")
    is_intel = any(vendor.read_text().strip() == "0x8086" for vendor in vendors)
    return is_intel and shutil.which("sycl-ls") is not None


def missing_system_packages() -> list[str]:
    """Debian packages of the Qt libraries that this Linux lacks."""
    if platform.system() != "Linux":
        return []
    missing = []
    for library, package in QT_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    fonts = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
    if not any(folder.is_dir() and any(folder.rglob("*.ttf")) for folder in fonts):
        missing.append(FONTS)
    return missing


def install_system_packages() -> None:
    """With apt when root; otherwise print the command and stop."""
    missing = missing_system_packages()
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None:
        stop(
            f"These libraries of the window system are missing: {', '.join(missing)}. Install them "
            "with your package manager."
        )
    if os.geteuid() != 0:
        stop(f"Libraries of the window system are missing. Run: sudo {' '.join(command)}")
    print(f"Installing system libraries: {' '.join(missing)}", flush=True)
    if run("apt-get", "update", quiet=True).returncode or run(*command, quiet=True).returncode:
        stop(f"The system libraries could not be installed. Run: {' '.join(command)}")


def pip_offers_cpu_torch() -> bool:
    """Whether plain pip here would take the CPU build of torch (as where an index of
    CPU builds is configured)."""
    answer = run(
        venv_python(),
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--no-deps",
        "--quiet",
        "--ignore-installed",
        "--report",
        "-",
        f"torch=={TORCH}",
        quiet=True,
    ).stdout
    start = answer.find("{")
    try:
        plan = json.JSONDecoder().raw_decode(answer[start:])[0] if start >= 0 else {}
    except ValueError:
        return False
    return any(item["metadata"]["version"].endswith("+cpu") for item in plan.get("install", ()))


def install_torch() -> None:
    """The pinned torch in the build that fits this machine."""
    pip = (venv_python(), "-m", "pip", "install", "--quiet", f"torch=={TORCH}")
    if platform.system() == "Darwin" or (not gpu_present() and pip_offers_cpu_torch()):
        done = install(*pip)
    else:
        uv = VENV / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
        install(venv_python(), "-m", "pip", "install", "--quiet", "uv")
        backend = "auto" if gpu_present() else "cpu"
        done = install(
            uv,
            "pip",
            "install",
            "--python",
            venv_python(),
            f"--torch-backend={backend}",
            f"torch=={TORCH}",
        )
    if not done:
        stop(
            "torch could not be installed. Check the connection and run this again; "
            "what is there is kept."
        )


def set_up() -> None:
    """Everything once: environment, torch, the locked packages, system libraries."""
    check_python()
    size = (
        "3 to 4 GB, with the libraries for your graphics card"
        if gpu_present()
        else "about 450 MB (2.0 GB on disk)"
    )
    print(
        (
            f"Setting up Calotype in {VENV}.\nThis downloads {size}: PyTorch, Qt and the diffusion "
            "libraries. It happens once; afterwards everything works offline."
        ),
        flush=True,
    )
    install_system_packages()
    if not venv_python().exists() and run(sys.executable, "-m", "venv", VENV).returncode:
        stop(f"The environment could not be made. Delete {VENV} and run this again.")
    print("Installing PyTorch ...", flush=True)
    install_torch()
    print("Installing the other packages ...", flush=True)
    if not install(venv_python(), "-m", "pip", "install", "--quiet", "--requirement", LOCK):
        stop(
            "The packages could not be installed. Check the connection and run this again; "
            "what is there is kept."
        )
    alone = ("--quiet", "--no-deps", "--requirement", ALONE)
    if not install(venv_python(), "-m", "pip", "install", *alone):
        print("Some packages that only tests need were not installed.", file=sys.stderr)
    if not install(
        venv_python(),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--editable",
        ROOT,
    ):
        stop("Calotype itself could not be installed into its environment. Run this again.")
    run(venv_python(), ROOT / "packaging" / "clip_tokenizer.py")
    STAMP.write_text(json.dumps(wanted_stamp()))


def hand_over(*arguments: str) -> int:
    """Become the environment's Python (on Windows: wait for it)."""
    command = [str(venv_python()), *arguments]
    if os.name == "nt":
        return subprocess.run(command, check=False).returncode
    sys.stdout.flush()
    os.execv(command[0], command)
    return 1


def main(arguments: list[str]) -> int:
    """See the module's text."""
    if not is_set_up():
        set_up()
    if arguments[:1] == ["test"]:
        # else every process that a test starts compiles the whole program anew
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if arguments == ["test"]:
        return hand_over("-m", "pytest", *TWO_AT_A_TIME)
    if arguments[:1] == ["test"]:
        return hand_over("-m", "pytest", *arguments[1:])
    if arguments[:1] == ["--"]:
        return hand_over("-m", "core", *arguments[1:])
    return hand_over("-m", "core", *arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
