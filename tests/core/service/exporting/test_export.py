"""Pictures written elsewhere: what goes along, what stays away, and what a disk refuses."""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.cli import main
from core.metadata.reading import open_image, texts_of_image
from core.metadata.recipes import read_file
from core.metadata.writing import encode
from core.service.exporting import target as target_module
from core.service.exporting.choices import Along, ExportChoices, FileKind
from core.service.exporting.export import Exported, check_target, export_pictures
from core.service.exporting.picture_file import exported_file
from core.service.exporting.sheet.choices import Paper, SheetChoices, SheetKind
from core.service.exporting.sheet.making import make_sheet
from core.service.exporting.subjects import Subject
from core.service.stores import Stores
from core.store import files
from core.system.errors import InvalidRequest, KnownError
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from tests.core.metadata.readers.samples import SAMPLES
from tests.core.metadata.readers.test_readers import stealthy
from tests.core.store.dying import Death, Life

NOTHING = ExportChoices(along=Along.NOTHING)
WORDS = (b"fox", b"calotype", b"parameters", b"Steps", b"xmp", b"Exif", b"DigitalSource")


def ours(path: Path, kind: str = "png", *, clear: bool = False) -> Path:
    pixels = Pixels(32, 24, os.urandom(32 * 24 * 3), bytes(range(256)) * 3 if clear else None)
    recipe = Recipe(Request(prompt="a red fox", seed=7), model_name="Starter", version="1")
    path.write_bytes(encode(pixels, recipe, kind)[0])
    return path


def pixels_of(data: bytes | Path) -> bytes:
    with Image.open(io.BytesIO(data) if isinstance(data, bytes) else data) as image:
        return image.convert("RGBA").tobytes()


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg", "avif"])
def test_without_recipe_nothing_but_the_picture_is_left(tmp_path: Path, kind: str) -> None:
    path = ours(tmp_path / f"x.{kind}", kind)
    assert exported_file(path, ExportChoices()).data == path.read_bytes(), "as it is"
    bare = exported_file(path, NOTHING)
    assert not any(word in bare.data for word in WORDS)
    if kind in ("png", "webp"):
        assert pixels_of(bare.data) == pixels_of(path)
    marked = exported_file(path, ExportChoices(along=Along.MARK)).data
    assert b"trainedAlgorithmicMedia" in marked and b"fox" not in marked
    (tmp_path / "marked").write_bytes(marked)
    assert read_file(tmp_path / "marked").format == "elsewhere"


def test_without_recipe_nothing_lies_behind_the_pixels(tmp_path: Path) -> None:
    text = "a\nSteps: 7, Sampler: Euler, CFG scale: 2, Seed: 3"
    for mode in ("alpha", "RGB", "RGBA"):
        for ending in ("png", "webp"):
            path = tmp_path / f"{mode}.{ending}"
            stealthy(text, packed=True, mode=mode).save(path, lossless=True, exact=True)
            assert read_file(path).request["seed"] == 3
            (tmp_path / "bare").write_bytes(exported_file(path, NOTHING).data)
            assert read_file(tmp_path / "bare").format == "none"
            with Image.open(path) as before, Image.open(tmp_path / "bare") as after:
                pairs = zip(
                    before.convert("RGB").tobytes(), after.convert("RGB").tobytes(), strict=True
                )
                assert max(abs(old - new) for old, new in pairs) <= 1


@pytest.mark.parametrize("to", ["png", "webp", "jpeg", "avif"])
@pytest.mark.parametrize("name", SAMPLES)
def test_recipes_of_other_programs_go_along_or_it_is_said(
    tmp_path: Path, name: str, to: str
) -> None:
    info = PngInfo()
    for key, text in SAMPLES[name].texts.items():
        info.add_itxt(key, text)
    Image.new("RGB", (8, 8), (9, 80, 200)).save(tmp_path / "x.png", pnginfo=info)
    before = read_file(tmp_path / "x.png")
    file = exported_file(tmp_path / "x.png", ExportChoices(kind=FileKind(to), side=4))
    (tmp_path / "y").write_bytes(file.data)
    after = read_file(tmp_path / "y")
    if file.note:
        assert to != "png" and "does not go" in file.note
    else:
        assert after.request == before.request
        assert after.format in (before.format, "none" if not before.request else before.format)
    with open_image(tmp_path / "y") as image:
        assert image.size == (4, 4)


def test_ours_goes_into_every_kind_and_turned_pictures_stand_upright(tmp_path: Path) -> None:
    path = ours(tmp_path / "x.png", clear=True)
    for kind in ("webp", "jpeg", "avif"):
        file = exported_file(path, ExportChoices(kind=FileKind(kind), quality=80))
        (tmp_path / f"y{file.suffix}").write_bytes(file.data)
        assert read_file(tmp_path / f"y{file.suffix}").request == read_file(path).request
    exif = Image.Exif()
    exif[0x0112] = 6  # on its side (EXIF 2.32, 4.6.4 A)
    Image.new("RGB", (8, 4), (200, 0, 0)).save(tmp_path / "side.jpg", exif=exif)
    bare = exported_file(tmp_path / "side.jpg", NOTHING)
    assert Image.open(io.BytesIO(bare.data)).size == (4, 8) and b"Exif" not in bare.data


def subjects(stores: Stores, count: int, prompt: str = "a red fox") -> list[Subject | Path]:
    folder = stores.places.root / "from"
    folder.mkdir(exist_ok=True)
    return [
        Subject(
            path=ours(folder / f"{number}.png"),
            request=Request(prompt=prompt, seed=number),
            width=32,
            height=24,
            created=1_790_000_000.0,
            picture_id=number,
        )
        for number in range(1, count + 1)
    ]


def test_pictures_are_named_numbered_and_nothing_is_overwritten(
    stores: Stores, tmp_path: Path
) -> None:
    items = subjects(stores, 3, "\u72d0 \u0444 fox: <1>")
    out = tmp_path / "out"
    for _ in range(2):
        end = export_pictures(items, ExportChoices(template="{year}/{prompt}"), out)
        assert (end.written, end.failed, end.fault) == (3, (), None)
    names = sorted(path.name for path in out.rglob("*.png"))
    assert names == sorted(
        ["\u72d0 \u0444 fox_ _1_.png", *(f"\u72d0 \u0444 fox_ _1_-{n}.png" for n in range(2, 7))]
    )
    assert not list(out.rglob(".*"))


def test_what_cannot_be_read_costs_no_other(stores: Stores, tmp_path: Path) -> None:
    good, lost, damaged, foreign = subjects(stores, 4)
    assert isinstance(lost, Subject) and isinstance(damaged, Subject)
    lost.path.unlink()
    damaged.path.write_bytes(damaged.path.read_bytes()[:200])
    (tmp_path / "x.txt").write_text("no picture")
    told: list[Exported] = []
    items = [good, lost, damaged, tmp_path / "x.txt", foreign]
    for target in (tmp_path / "out", tmp_path / "out.zip"):
        told.clear()
        end = export_pictures(items, ExportChoices(), target, told=told.append)
        assert end.written == 2 and len(end.failed) == 3 and end.fault is None
        assert [one.path is not None for one in told] == [True, False, False, False, True]
        assert all(one.reason.endswith(".") for one in end.failed)


def test_a_zip_holds_all_and_takes_names_of_any_language(stores: Stores, tmp_path: Path) -> None:
    items = subjects(stores, 3, "\u72d0")
    for name in ("out.zip", "out-2.zip"):
        end = export_pictures(
            items, ExportChoices(template="{model}/{prompt}"), tmp_path / "out.zip"
        )
        assert end.target == tmp_path / name and end.written == 3
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["\u72d0.png", "\u72d0-2.png", "\u72d0-3.png"]
        first = items[0]
        assert isinstance(first, Subject)
        assert packed.read("\u72d0.png") == first.path.read_bytes()
        assert packed.infolist()[0].date_time[0] == 2026
    assert sorted(os.listdir(tmp_path)) == ["data", "out-2.zip", "out.zip"]


def stopping(after: int) -> Callable[[], bool]:
    left = iter(range(after))
    return lambda: next(left, None) is not None


def test_whoever_stops_keeps_whole_files_and_no_half_zip(stores: Stores, tmp_path: Path) -> None:
    items = subjects(stores, 3)
    end = export_pictures(items, ExportChoices(), tmp_path / "out", wanted=stopping(2))
    assert end.stopped and end.written == 2 == len(os.listdir(tmp_path / "out"))
    end = export_pictures(items, ExportChoices(), tmp_path / "x.zip", wanted=stopping(2))
    assert end.stopped and end.written == 0
    assert sorted(os.listdir(tmp_path)) == ["data", "out"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_what_a_disk_refuses_ends_it_in_one_sentence(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    items = subjects(stores, 3)
    written = files.write_new
    left = iter(range(2))

    def refuse(path: Path, data: bytes) -> None:
        if next(left, None) is None:
            path.write_bytes(data[:10])
            raise OSError(code, os.strerror(code))
        written(path, data)

    monkeypatch.setattr(files, "write_new", refuse)
    end = export_pictures(items, ExportChoices(), tmp_path / "out")
    assert end.written == 2 and sorted(os.listdir(tmp_path / "out")) == ["1.png", "2.png"]
    said = str(end.fault)
    assert "After 2 written" in said and os.strerror(code) in said and str(tmp_path / "out") in said
    monkeypatch.setattr(target_module, "sync_file", lambda path: refuse(path.with_name("no"), b""))
    end = export_pictures(items, ExportChoices(), tmp_path / "out.zip")
    assert end.fault is not None and end.written == 0 and not (tmp_path / "out.zip").exists()


def test_a_listener_that_is_gone_is_no_fault_of_the_disk(stores: Stores, tmp_path: Path) -> None:
    def gone(_: Exported) -> None:
        raise BrokenPipeError

    items = subjects(stores, 2)
    for name in ("out", "out.zip"):
        with pytest.raises(BrokenPipeError):
            export_pictures(items, ExportChoices(), tmp_path / name, told=gone)
    assert os.listdir(tmp_path / "out") == ["1.png"] and not (tmp_path / "out.zip").exists()
    choices = SheetChoices(columns=1, paper=Paper.SCREEN)
    with pytest.raises(BrokenPipeError):
        make_sheet(items, 2, choices, tmp_path / "s.png", SheetKind.PNG, told=gone)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_kill_leaves_no_half_file_under_a_name(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool
) -> None:
    """At every call that writes, names or syncs."""
    items = subjects(stores, 2)
    sources = [item.path.read_bytes() for item in items if isinstance(item, Subject)]
    calls = (
        (files, ("write_new", "name_new", "sync_folder")),
        (target_module, ("sync_file", "name_free")),
    )
    for death in range(1, 40):
        out = tmp_path / f"out{death}"
        life = Life(death)
        with monkeypatch.context() as patch:
            for module, names in calls:
                for name in names:
                    patch.setattr(module, name, life.mortal(getattr(module, name)))
            patch.setattr(Path, "unlink", lambda *_, **__: None)  # which the dead do not
            try:
                export_pictures(items, ExportChoices(), out / "x.zip" if zipped else out)
            except Death:
                dead = True
            else:
                dead = False
        for path in out.glob("[!.]*") if out.exists() else ():
            if zipped:
                with zipfile.ZipFile(path) as packed:
                    assert [packed.read(name) for name in packed.namelist()] == sources
            else:
                assert path.read_bytes() in sources
        if not dead:
            return
    raise AssertionError("it never came to its end")


def test_the_gallery_s_own_folders_are_no_place_for_copies(stores: Stores, tmp_path: Path) -> None:
    check_target(stores.places, tmp_path / "out.zip")
    if os.name != "nt":  # where links need a right of their own
        (tmp_path / "link").symlink_to(stores.places.pictures)
        with pytest.raises(InvalidRequest, match="gallery's own folder"):
            check_target(stores.places, tmp_path / "link" / "x")
    for place in (
        stores.places.pictures / "x",
        stores.places.pictures / "x.zip",
        stores.places.trash,
        stores.places.pictures.parent / "other" / ".." / stores.places.pictures.name,
    ):
        with pytest.raises(InvalidRequest, match="gallery's own folder"):
            check_target(stores.places, place)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KnownError, match="is a file"):
        check_target(stores.places, tmp_path / "file")


def test_the_command_line_says_what_became_of_each(
    stores: Stores, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [
        stores.gallery.record(
            ours(tmp_path / f"{n}.png"), Recipe(Request(prompt=word, seed=n)), 32, 24
        )
        for n, word in enumerate(("red fox", "blue boat"))
    ]

    def ask(*arguments: str) -> tuple[int, list[dict[str, str]], str]:
        capsys.readouterr()
        code = main.run(["gallery", "export", *arguments, "--json"])
        out, error = capsys.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], error

    out = str(tmp_path / "out")
    code, lines, _ = ask("boat", "--out", out, "--name", "{prompt}", "--without-recipe")
    assert code == 0 and lines[0]["path"] == f"{out}/blue boat.png"
    assert (lines[0]["state"], lines[0]["reason"], lines[0]["id"]) == ("exported", "", made[1].id)
    with open_image(Path(lines[0]["path"])) as image:
        assert texts_of_image(image) == {}
    code, lines, _ = ask("--out", out, "--zip", str(made[0].id), str(tmp_path / "1.png"))
    assert code == 0 and [line["member"] for line in lines] == ["0.png", "1.png"]
    assert {line["path"] for line in lines} == {f"{out}/Calotype.zip"}
    Path(made[0].path).unlink()
    code, lines, _ = ask("--out", out, "--format", "webp")
    assert code == 1 and [line["state"] for line in lines] == ["exported", "failed"]
    for arguments, wanted in (
        (("--out", out, "--format", "bmp"), 2),
        (("--out", out, "--name", "{nope}"), 2),
        (("--out", out, "--quality", "0"), 2),
        (("--out", out, "999"), 2),
        (("--out", str(stores.places.pictures)), 2),
        (("--out", out, "nowhere.png"), 1),
        (("--out", out, "nothing like that"), 1),
    ):
        code, lines, error = ask(*arguments)
        assert (code, lines) == (wanted, []) and error.startswith("calotype: ")
