"""Shared by all tests: offscreen Qt, data in a temporary folder, no thread may outlive its test,
and what a file of tests took is given back before the next."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:  # as many threads as processors would only wait
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from core.service.stores import Stores, open_stores
from core.system.paths import Places, places

pytest_plugins = ("tests.processor_time",)

# how long an example takes is the machine's affair
settings.register_profile("calotype", deadline=None)
settings.load_profile("calotype")

# glibc keeps what was freed for later, hundreds of MB after networks
TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def pytest_collection_finish() -> None:
    give_back_memory()


@pytest.fixture(autouse=True, scope="module")
def memory_is_given_back() -> Iterator[None]:
    """After each file: networks refer to themselves, so they go only when somebody searches."""
    yield
    give_back_memory()


def give_back_memory() -> None:
    """What is left then, mostly imported modules, no later search goes through again: with torch,
    diffusers and Qt each took half a second, for which reason Python hardly ever searched."""
    gc.collect()
    gc.freeze()
    if TRIM is not None:
        TRIM(0)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [
        t
        for t in threading.enumerate()
        if t not in before
        and not t.daemon
        and t.is_alive()
        and not isinstance(t, threading._DummyThread)
    ]
    assert not left, f"threads still alive: {left}"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    return places()


@pytest.fixture
def stores(where: Places) -> Iterator[Stores]:
    opened = open_stores(where)
    yield opened
    opened.close()
