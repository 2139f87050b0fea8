"""Before anything gets its final name, and before an only copy goes, it was made to last: the order
is read in a child, without strace.

The child hears what it does through Python's audit events and a wrapped os.fsync
(tests/soak/disk/order.py judges); the same with strace, for everything the program does, is
tests/soak/kills/power_cut.py. With a sync left out each of these tests fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.soak.disk.order import Order, Step, contents, judged

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="which file a handle is of is asked of /proc"
)

DEEDS = {
    "picture": (
        "from core.store.files import put_in_gallery; "
        "put_in_gallery(root / 'pictures', 1, b'picture' * 100)"
    ),
    "settings": (
        "from core.system import settings; settings.save(root / 'settings.json', "
        "settings.Settings(theme='light'))"
    ),
    "list": (
        "from core.models.library import registry; "
        "registry.write_list(root / 'registered.json', [{'path': 'x'}])"
    ),
    "copy": (
        "from core.system.atomic_files import copy_new; copy_new(root / 'old' / 'a', root / 'b')"
    ),
    "move": (
        "from core.system.atomic_files import move_new; "
        "move_new(root / 'old' / 'a', root / 'new' / 'a')"
    ),
    "move over disks": (
        "two_disks(); from core.system.atomic_files import move_new; "
        "move_new(root / 'old' / 'a', root / 'new' / 'a')"
    ),
    "trash over disks": (
        "from core.system.paths import places; from core.service.stores import open_stores; "
        "stores = open_stores(places(root)); two_disks(); "
        "stores.gallery.trash(stores.gallery.ids())"
    ),
    "restore over disks": (
        "from core.system.paths import places; from core.service.stores import open_stores; "
        "stores = open_stores(places(root)); "
        "stores.gallery.trash(stores.gallery.ids()); steps.clear(); "
        "two_disks(); stores.gallery.restore(stores.gallery.ids(trashed=True))"
    ),
}
LISTEN = """
import errno, json, os, sys
from pathlib import Path
root, deed = Path(sys.argv[1]), sys.argv[2]
from core.system import atomic_files
atomic_files._rename_call = lambda: None  # which no audit event tells of
steps, plain = [], os.fsync

def sync(handle):
    plain(handle)
    path = os.readlink(f"/proc/self/fd/{handle if isinstance(handle, int) else handle.fileno()}")
    steps.append(["sync", path, "folder" if os.path.isdir(path) else "file"])
os.fsync = sync

def hear(event, what):
    names = [os.fsdecode(one) for one in what[:2] if isinstance(one, (str, bytes, os.PathLike))]
    if not names or not any(name.startswith(str(root)) for name in names):
        return
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    if event == "open" and isinstance(what[2], int) and what[2] & writing:
        steps.extend([["make", names[0], ""], ["write", names[0], ""]])
    elif event in ("os.rename", "os.link"):
        steps.append([event[3:], *names])
    elif event == "os.mkdir":
        steps.append(["folder", names[0], ""])
    elif event in ("os.remove", "os.rmdir"):
        steps.append(["delete", names[0], ""])

def two_disks():
    def refuse(plain):
        def rename(source, target, *rest, **more):
            if os.path.dirname(source) != os.path.dirname(target):
                raise OSError(errno.EXDEV, "another disk")
            return plain(source, target, *rest, **more)
        return rename
    for name in ("rename", "replace", "link"):
        setattr(os, name, refuse(getattr(os, name)))
sys.addaudithook(hear)
exec(deed, {"root": root, "two_disks": two_disks, "steps": steps})
print(json.dumps(steps), flush=True)
os._exit(0)
"""


def prepare(root: Path) -> None:
    """What lies there before."""
    for name in ("old", "new"):
        (root / name).mkdir(parents=True)
    (root / "old" / "a").write_bytes(b"the only copy" * 1000)
    from core.metadata.writing import encode_png
    from core.service.stores import open_stores
    from core.store.files import put_in_gallery
    from core.system.paths import places
    from core.values.picture import Pixels, Recipe
    from core.values.request import Request

    stores, pixels = open_stores(places(root)), Pixels(8, 8, bytes(192))
    recipe = Recipe(Request("a", seed=1), "j", model_name="S", pixels_sha256=pixels.sha256)
    stores.gallery.record(
        put_in_gallery(stores.places.pictures, 1, encode_png(pixels, recipe)), recipe, 8, 8
    )
    stores.close()


@dataclass(frozen=True)
class Heard:
    """What a child did for a deed, and what lay there before and after."""

    deed: str
    steps: list[list[str]]
    before: dict[str, str]
    after: dict[str, str]

    def wrong(self, left_out: str = "") -> list[str]:
        """What is wrong with the order; `left_out`: its syncs of each "file" or "folder"
        do not count."""
        counted = [
            step
            for step in self.steps
            if not step[1].endswith((".db", "-wal", "-shm", ".seal"))
            and not (step[0] == "sync" and step[2] == left_out)
        ]
        steps = [
            Step(kind, path) if kind == "sync" else Step(kind, path, *to)
            for kind, path, *to in counted
        ]
        rules, end = judged(steps, self.before, self.after)
        return [
            sentence
            for sentence in [*rules, *end]
            if ".db" not in sentence and "/logs" not in sentence
        ]


@pytest.fixture(scope="module", params=DEEDS)
def heard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    root = tmp_path_factory.mktemp("power").resolve() / "data"
    prepare(root)
    before = contents([root])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LISTEN, str(root), DEEDS[request.param]],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return Heard(request.param, json.loads(done.stdout), before, contents([root]))


def test_everything_lasts_before_it_is_relied_upon(heard: Heard) -> None:
    assert heard.wrong() == []


@pytest.mark.parametrize("left_out", ["file", "folder"])
def test_a_sync_left_out_is_seen(heard: Heard, left_out: str) -> None:
    """The sabotage of the test above; a plain rename within a disk needs no sync of content."""
    wrong = heard.wrong(left_out)
    assert bool(wrong) == ((heard.deed, left_out) != ("move", "file")), wrong


def test_the_rules() -> None:
    """Each on the shortest order that breaks it."""

    def wrong(
        *steps: Step, there: tuple[str, ...] = (), homes: dict[str, str] | None = None
    ) -> tuple[int, int]:
        order = Order(there, homes or {})
        for step in steps:
            order.take(step)
        order.end()
        return len(order.violations), len(order.at_the_end)

    made, written, synced = (
        Step("make", "/d/.p.part"),
        Step("write", "/d/.p.part"),
        Step("sync", "/d/.p.part"),
    )
    named, folder = Step("rename", "/d/.p.part", "/d/p"), Step("sync", "/d")
    assert wrong(made, written, synced, named, folder) == (0, 0)
    assert wrong(made, written, named, folder) == (1, 1), "named before its content lasts"
    assert wrong(made, written, synced, named) == (0, 1), "done before its name lasts"
    assert wrong(
        made, written, synced, Step("write", "/d/.p.part"), named, Step("sync", "/d/p"), folder
    ) == (1, 0), "written again"
    copied, content = (
        [Step("make", "/n/.a.part"), Step("write", "/n/.a.part")],
        Step("sync", "/n/.a.part"),
    )
    name, lasting = Step("rename", "/n/.a.part", "/n/a"), Step("sync", "/n")
    gone, moved = Step("delete", "/o/a"), {"there": ("/o/a",), "homes": {"/o/a": "/n/a"}}
    assert wrong(*copied, content, name, lasting, gone, **moved) == (0, 0)  # type: ignore[arg-type]
    assert wrong(*copied, name, lasting, gone, Step("sync", "/n/a"), **moved) == (2, 0), (
        "its copy does not last"
    )  # type: ignore[arg-type]
    assert wrong(*copied, content, name, gone, lasting, **moved) == (1, 0), (
        "the copy's name does not last"
    )  # type: ignore[arg-type]
    assert wrong(Step("make", "/n/a"), Step("write", "/n/a"), Step("sync", "/n/a"), lasting) == (
        1,
        0,
    ), "written in place"
    assert wrong(gone, **moved) == (1, 0), "there is no copy yet"  # type: ignore[arg-type]
    assert wrong(gone, there=("/o/a",)) == (0, 0), "it was to go"
    new = [
        Step("folder", "/d/.n.part"),
        Step("make", "/d/.n.part/a"),
        Step("write", "/d/.n.part/a"),
        Step("sync", "/d/.n.part/a"),
    ]
    final = [Step("rename", "/d/.n.part", "/d/final"), Step("sync", "/d")]
    assert wrong(*new, Step("sync", "/d/.n.part"), *final) == (0, 0)
    assert (
        wrong(
            Step("folder", "/d/new"),
            Step("make", "/d/new/a"),
            Step("rename", "/d/new", "/d/final"),
            Step("sync", "/d"),
        )[0]
        == 1
    )
