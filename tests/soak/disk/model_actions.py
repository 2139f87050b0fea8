"""The deeds on models: registered, copied in, removed, linked, moved, converted, downloaded; what
must hold after a death in each."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Generator
from functools import lru_cache
from pathlib import Path

from core.models.fetch import install, move
from core.models.fetch.download import RemoteFile
from core.models.fetch.http import Web
from core.models.fetch.hub import Plan, PlannedFile
from core.models.files import convert as conversion
from core.models.library import external_folders, registry
from core.models.library.library import Library
from core.service.finish_moves import models_moved
from core.service.stores import open_stores
from core.system.paths import places
from tests.core.models.fetch import hub_server
from tests.core.models.files import layouts
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults, apart_of


@lru_cache
def _content(name: str) -> bytes:
    """What the LoRA of this name holds: each something else."""
    with tempfile.TemporaryDirectory() as folder:
        return layouts.write(
            Path(folder) / "x",
            layouts.kohya(("attn1_to_q", "attn1_to_k"), 768),
            metadata={"name": name},
        ).read_bytes()


def _lora(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_content(path.stem))
    return path


def _prepare_models(root: Path) -> None:
    """Three LoRAs in the models folder with what is remembered of them,
    two registered where they lie, one more beside."""
    library.fill(root, pictures=1)
    models = places(root).models
    for number in range(3):
        path = _lora(models / "loras" / f"m{number}.safetensors")
        registry.verify(models, path, "lora")
    for number in range(2):
        registry.add(models, _lora(root / "elsewhere" / f"r{number}.safetensors"))
    _lora(root / "elsewhere" / "new.safetensors")


def _model_faults(
    root: Path, must: set[str], may: frozenset[str] = frozenset(), remembered: int = 3
) -> Faults:
    library.begin(root).close()
    models = library.chosen(root).models
    seen = [ref for ref in Library(models).loras() if ref.family != "starter"]
    names = [Path(ref.path).name for ref in seen]
    whole = {
        Path(ref.path).name
        for ref in seen
        if Path(ref.path).is_file() and _is_whole(Path(ref.path))
    }
    faults = [f"the program does not see {name}" for name in sorted(must - whole)]
    faults += [f"seen twice: {name}" for name in sorted(set(names)) if names.count(name) > 1]
    faults += [f"nobody put {name} there" for name in sorted(set(names) - must - may)]
    faults += [
        f"half a model: {path.name}"
        for path in models.rglob("*.safetensors")
        if not _is_whole(path)
    ]
    known = sum(bool(row.sha256) and Path(row.path).exists() for row in registry.read(models))
    return faults + (
        [f"the hashes of {known} models are remembered, not {remembered}"]
        if known < remembered
        else []
    )


def _is_whole(path: Path) -> bool:
    return path.read_bytes() == _content(re.split(r"[. ]", path.name)[0])


_HELD = frozenset(
    {"m0.safetensors", "m1.safetensors", "m2.safetensors", "r0.safetensors", "r1.safetensors"}
)


def _look_models(root: Path, done: bool) -> Faults:
    return _model_faults(
        root, {*_HELD, *(("new.safetensors",) if done else ())}, frozenset({"new.safetensors"})
    )


def _register(root: Path) -> None:
    registry.add(places(root).models, root / "elsewhere" / "new.safetensors")


def _copy_in(root: Path) -> None:
    registry.add(places(root).models, root / "elsewhere" / "new.safetensors", copy=True)


def _remove(root: Path) -> None:
    models = places(root).models
    registry.remove(models, models / "loras" / "m0.safetensors")


def _look_removed(root: Path, done: bool) -> Faults:
    models = places(root).models
    faults = _model_faults(
        root, set(_HELD) - {"m0.safetensors"}, frozenset({"m0.safetensors"}), remembered=2
    )
    copies = [path for path in models.rglob("m0.safetensors*") if path.is_file()]
    if len(copies) != 1 or not _is_whole(copies[0]):
        faults.append(f"m0 lies there {len(copies)} times")
    if done and copies and copies[0].parent.name != registry.TRASH:
        faults.append("m0 is not in the trash")
    return faults


def _link(root: Path) -> None:
    external_folders.link_folder(places(root).models, root / "linked")


def _prepare_link(root: Path) -> None:
    _prepare_models(root)
    for number in range(2):
        _lora(root / f"linked{number}" / f"l{number}.safetensors")
        external_folders.link_folder(places(root).models, root / f"linked{number}")
    _lora(root / "linked" / "l2.safetensors")


def _look_linked(root: Path, done: bool) -> Faults:
    held = {*_HELD, "l0.safetensors", "l1.safetensors"}
    return _model_faults(
        root, {*held, *(("l2.safetensors",) if done else ())}, frozenset({"l2.safetensors"})
    )


def _move(root: Path) -> None:
    """As desktop/models/get_controller.py moves the models folder: the
    move, the cards, the setting."""
    stores, new = open_stores(library.chosen(root)), apart_of(root) / "models moved"
    old, where, cards = stores.places.models, stores.places, stores.cards
    move.move_models(old, new, done=lambda there: models_moved(where, cards, old, there))


def _look_moved(root: Path, done: bool) -> Faults:
    faults = _model_faults(root, set(_HELD))
    for number in range(3):
        copies = [
            path
            for folder in {root, apart_of(root)}
            for path in folder.rglob(f"*m{number}.safetensors*")
        ]
        if len(set(copies)) != 1:
            faults.append(f"m{number} lies there {len(set(copies))} times after the start")
    moved = library.chosen(root).models != places(root).models
    return faults + (
        ["done, and the program still reads the old folder"] if done and not moved else []
    )


def _prepare_pickle(root: Path) -> None:
    import torch

    library.fill(root, pictures=1)
    (root / "temporary").mkdir()
    torch.save(
        {"state_dict": {f"layer{number}": torch.ones(64, 64) * number for number in range(8)}},
        root / "x.ckpt",
    )


def _convert(root: Path) -> None:
    # so that what stays there is seen
    os.environ["TMPDIR"] = tempfile.tempdir = str(root / "temporary")
    conversion.convert(root / "x.ckpt", places(root).models / "x.safetensors")


def _look_converted(root: Path, done: bool) -> Faults:
    library.begin(root).close()
    target, source = places(root).models / "x.safetensors", root / "x.ckpt"
    faults = [] if source.exists() else ["the checkpoint is gone"]
    if not target.exists():
        return faults + (["done, and there is no model"] if done else [])
    raw = target.read_bytes()
    head = int.from_bytes(raw[:8], "little")
    whole = len(raw) == 8 + head + 8 * 64 * 64 * 4 and raw[-4:] == bytes.fromhex("0000e040")  # 7.0
    return faults if whole else [*faults, "half a model under its final name"]


_HUB = {"url": ""}


@contextlib.contextmanager
def _hub() -> Generator[None]:
    """The tests' hub on loopback in a process of its own; its address in `_HUB`."""
    data = _content("hub")
    told, end = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(end[1])
        with hub_server.serving() as hub:
            hub.repos["calo/lora"] = {"hub.safetensors": data}
            os.write(told[1], hub.url.encode())
            os.read(end[0], 1)  # until the parent is gone, too
        os._exit(0)
    os.close(end[0])
    _HUB["url"] = os.read(told[0], 200).decode()
    try:
        yield
    finally:
        os.close(end[1])
        os.waitpid(pid, 0)
        os.close(told[0])
        os.close(told[1])


def _plan(root: Path) -> Plan:
    data = _content("hub")
    remote = RemoteFile(
        f"{_HUB['url']}/calo/lora/resolve/main/hub.safetensors",
        len(data),
        hashlib.sha256(data).hexdigest(),
    )
    return Plan("hub", "calo/lora", (PlannedFile("hub.safetensors", remote),), False)


def _download(root: Path) -> None:
    installer, web = install.Installer(places(root).models), Web()
    installer.run(installer.begin(_plan(root)), web)


def _look_downloaded(root: Path, done: bool) -> Faults:
    """After the start what is unfinished is taken up again, and then it is there
    once, with nothing beside it."""
    library.begin(root).close()
    models = places(root).models
    wrong = [f"half a model: {path.name}" for path in models.glob("loras/*") if not _is_whole(path)]
    before = list(models.glob("loras/hub*"))
    installer, web = install.Installer(models), Web()
    pending = installer.pending()
    if done and pending:
        wrong.append("done, and still pending")
    for one in pending:
        installer.run(one.id, web)
    if not pending and not before:
        installer.run(installer.begin(_plan(root)), web)
    found = list(models.glob("loras/hub*"))
    if len(found) != 1:
        wrong.append(f"the model lies there {len(found)} times")
    web.close()
    return wrong + [
        f"left of a download: {path.name}" for path in (models / install.FOLDER).iterdir()
    ]


def actions() -> tuple[Action, ...]:
    """All of them."""
    return (
        Action("register", _prepare_models, _register, _look_models),
        Action("copy in", _prepare_models, _copy_in, _look_models),
        Action("remove model", _prepare_models, _remove, _look_removed),
        Action("link folder", _prepare_link, _link, _look_linked),
        Action("move models", _prepare_models, _move, _look_moved),
        Action(
            "convert",
            _prepare_pickle,
            _convert,
            _look_converted,
            waits=("poll", "ppoll", "select", "pselect6"),
        ),
        Action(
            "download",
            lambda root: library.fill(root, pictures=1),
            _download,
            _look_downloaded,
            beside=_hub,
        ),
    )
