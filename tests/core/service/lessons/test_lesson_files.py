"""Lesson files: what is written opens again, and strangers' files are answered in a sentence."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.service.lessons import drafts
from core.service.lessons.authoring import (
    MadePicture,
    ToldLook,
    answer_after,
    pictures_made,
    recorded,
)
from core.service.lessons.files import read_lesson, write_lesson
from core.service.lessons.plain import all_pictures, lesson_in, text_of
from core.service.lessons.progress import MOST_LESSONS, LessonProgress, Progress, load, save
from core.service.lessons.tour import guided_tour
from core.system.errors import KnownError, WorldError
from core.system.paths import RESOURCES
from core.values.picture import Pixels
from core.values.request import Request

OWN = "My own"


def pixels(side: int = 8, grey: int = 9) -> Pixels:
    return Pixels(side, side, bytes([grey, grey + 1, grey + 2]) * side * side)


def test_the_tour_has_eight_stops_and_every_page_and_word_that_it_names() -> None:
    tour = guided_tour(str)
    assert len(tour.stops) == 8
    for stop in tour.stops:
        assert 3 <= len(stop.shots) <= 5 and stop.own_try is not None and stop.sources
        assert all(tour.term(word) for word in stop.terms)
        assert all(shot.request.seed is not None for shot in stop.shots)
        assert not stop.help or (RESOURCES / "help" / f"{stop.help}.md").is_file()
        # what 5 s allow for where a step of 256 x 256 pixels takes 75 ms
        work = sum(
            one.request.steps * one.request.width * one.request.height / 65_536
            for one in stop.shots
        )
        assert work <= 60, stop.id
    assert guided_tour(str.upper).stops[0].title == "THE SEED"
    assert guided_tour(str.upper).stops[0].shots[0].request == tour.stops[0].shots[0].request
    assert lesson_in(text_of(tour)) == tour


def test_a_lesson_of_the_tour_opens_with_its_pictures_and_what_a_person_made(
    tmp_path: Path,
) -> None:
    tour = guided_tour(str)
    film = tuple(ToldLook(f"Step {step}", pixels(4, step)) for step in (1, 2))
    made = {
        (stop.id, place): MadePicture(shot.request, pixels(grey=place), film)
        for stop in tour.stops
        for place, shot in enumerate(stop.shots)
        if stop.id != "size"
    }
    mine = Request("a cat", seed=2**64 - 1, steps=3)
    lesson = recorded(tour, made, {"seed": MadePicture(mine, pixels(grey=77))}, OWN)
    path = write_lesson(tmp_path / "of mine", lesson.lesson, lesson.pictures)
    assert path.name == "of mine.lesson" and [one.name for one in tmp_path.iterdir()] == [path.name]
    opened = read_lesson(path)
    assert opened.lesson == lesson.lesson and opened.pictures == lesson.pictures
    assert opened.lesson.id != tour.id and not any(
        one.picture for one in opened.lesson.stops[6].shots
    )
    last = opened.lesson.stops[0].shots[-1]
    assert last.name == "My own" and last.request == mine
    assert opened.pictures[last.picture] == pixels(grey=77)
    assert pictures_made(opened)["steps", 1].film == film
    assert opened.lesson.stops[1].shots[1].frames[1].words == "Step 2"


def test_what_could_not_be_opened_again_is_not_written(tmp_path: Path) -> None:
    tour = guided_tour(str)
    film = tuple(ToldLook(f"Step {step}", pixels(1, step)) for step in range(1, 65))

    def made(looks: tuple[ToldLook, ...], side: tuple[int, int]) -> dict[tuple[str, int], Any]:
        picture = Pixels(*side, bytes(3 * side[0] * side[1]))
        return {
            (stop.id, place): MadePicture(shot.request, picture, looks)
            for stop in tour.stops
            for place, shot in enumerate(stop.shots)
        }

    for looks, side, said in (
        (film, (1, 1), "999"),
        ((), (4096, 1), "2048"),
        ((), (2048, 2048), "pixels"),
    ):
        lesson = recorded(tour, made(looks, side), {}, OWN)
        with pytest.raises(WorldError, match=said):
            write_lesson(tmp_path / "x.lesson", lesson.lesson, lesson.pictures)
    long = replace(tour, stops=(replace(tour.stops[0], question="x" * 2**21),))
    with pytest.raises(WorldError, match="long"):
        write_lesson(tmp_path / "x.lesson", long, {})
    assert not list(tmp_path.iterdir())


def good() -> dict[str, Any]:
    """One stop with one picture."""
    return {
        "format": "calotype lesson",
        "version": 1,
        "id": "x",
        "title": "A lesson",
        "about": "",
        "terms": [{"word": "sigma", "meaning": {"simple": "Noise."}}],
        "stops": [
            {
                "id": "a",
                "title": "A stop",
                "intro": {"simple": "Look."},
                "question": "What?",
                "choices": ["This", "That"],
                "happens": 0,
                "shots": [
                    {
                        "name": "One",
                        "request": {"prompt": "a cat", "seed": 1},
                        "picture": "pictures/1.png",
                    }
                ],
                "own_try": {"words": "Try.", "request": {}, "fields": ["seed"]},
            }
        ],
    }


def png(size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "PNG")
    return out.getvalue()


def packed(path: Path, table: Any, picture: bytes | None = None, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        text = table if isinstance(table, bytes) else json.dumps(table).encode()
        archive.writestr("lesson.json", text)
        archive.writestr("pictures/1.png", png() if picture is None else picture)
        for name, data in more.items():
            archive.writestr(name, data)
    return path


Change = Callable[[dict[str, Any]], object]


def stop_of(table: dict[str, Any]) -> dict[str, Any]:
    return table["stops"][0]


def shot_of(table: dict[str, Any]) -> dict[str, Any]:
    return stop_of(table)["shots"][0]


BAD: dict[str, Change] = {
    "the name of the tour": lambda t: t.update(id="guided-tour"),
    "another format": lambda t: t.update(format="lesson"),
    "no version": lambda t: t.pop("version"),
    "a version that is none": lambda t: t.update(version=True),
    "a later version": lambda t: t.update(version=2),
    "no stops": lambda t: t.update(stops=[]),
    "stops of another kind": lambda t: t.update(stops="many"),
    "too many stops": lambda t: t.update(stops=t["stops"] * 50),
    "one id twice": lambda t: t.update(stops=t["stops"] * 2),
    "an id that is a path": lambda t: t.update(id="../x"),
    "an endless title": lambda t: t.update(title="x" * 1000),
    "a title that is a number": lambda t: t.update(title=7),
    "half a character": lambda t: t.update(title="\ud800"),
    "signs that steer a terminal": lambda t: t.update(title="a\x1b[2J"),
    "an endless text": lambda t: stop_of(t).update(intro={"simple": "x" * 7000}),
    "a choice that is not there": lambda t: stop_of(t).update(happens=2),
    "choices without end": lambda t: stop_of(t).update(choices=["x"] * 9),
    "an empty choice": lambda t: stop_of(t).update(choices=["", "b"]),
    "a page that is a path": lambda t: stop_of(t).update(help="../../etc/passwd"),
    "a picture outside": lambda t: shot_of(t).update(picture="../../x.png"),
    "a picture that is not there": lambda t: shot_of(t).update(picture="pictures/2.png"),
    "the text as a picture": lambda t: shot_of(t).update(picture="lesson.json"),
    "a title that fills the window": lambda t: stop_of(t).update(title="x" * 101),
    "an account that fills the window": lambda t: t.update(about="x" * 501),
    "a picture that takes hours": lambda t: shot_of(t)["request"].update(steps=101),
    "a picture that fills memory": lambda t: shot_of(t)["request"].update(width=4096),
    "steps without end": lambda t: shot_of(t)["request"].update(steps=10**9),
    "a size that is none": lambda t: shot_of(t)["request"].update(width=-8),
    "a seed that is none": lambda t: shot_of(t)["request"].update(seed="1"),
    "an endless prompt": lambda t: shot_of(t)["request"].update(prompt="x" * 3000),
    "a model that is a file": lambda t: shot_of(t)["request"].update(model="/etc/passwd"),
    "a picture of a person's": lambda t: shot_of(t)["request"].update(start={"source": "a" * 64}),
    "a LoRA": lambda t: shot_of(t)["request"].update(loras=[{"id": "x", "weight": 1}]),
    "a film of something": lambda t: shot_of(t).update(film="sound"),
    "a comparison with nothing": lambda t: stop_of(t).update(reference=1),
    "a try of anything": lambda t: stop_of(t)["own_try"].update(fields=["model"]),
    "no number": lambda t: shot_of(t)["request"].update(guidance=float("nan")),
}


@pytest.mark.parametrize("what", BAD)
def test_a_text_that_makes_no_sense_is_refused_in_a_sentence(what: str, tmp_path: Path) -> None:
    table = good()
    assert read_lesson(packed(tmp_path / "good.lesson", table)).lesson.stops
    BAD[what](table)
    refused(packed(tmp_path / "x.lesson", table))


def refused(path: Path) -> str:
    with pytest.raises(KnownError) as fault:
        read_lesson(path)
    said = str(fault.value)
    assert path.name in said and fault.value.hint and len(said) < 400 and said.isprintable()
    return said


def test_files_that_would_fill_memory_or_disk_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.lesson"
    for data in (b"", b"PK", os.urandom(2000), png(), b"[" * 100_000, b'{"format": "calotype'):
        path.write_bytes(data)
        refused(path)
    refused(packed(path, b"[" * 1_000_000))
    refused(packed(path, b" " * 2**22))
    refused(packed(path, good(), b"no picture"))
    refused(packed(path, good(), png((8192, 8))))
    large = png((2048, 2048))
    refused(packed(path, good(), large[:-200]))
    table = good()
    names = [f"pictures/{number}.png" for number in range(2, 10)]
    shot_of(table)["frames"] = [{"picture": name, "words": "x"} for name in names]
    assert "pixels" in refused(packed(path, table, large, **dict.fromkeys(names, large)))
    refused(packed(path, good(), b"\0" * (2**24 + 1)))
    refused(tmp_path / "missing.lesson")
    refused(tmp_path)
    whole = packed(path, good()).read_bytes()
    for cut in range(0, len(whole), 97):
        path.write_bytes(whole[:cut])
        refused(path)


def test_other_files_in_it_and_what_a_later_program_adds_are_passed_over(tmp_path: Path) -> None:
    table = good() | {"colour": "green"}
    stop_of(table)["sound"] = {"file": "a.ogg"}
    more = {"../../outside.txt": b"x", "README": b"x"}
    lesson = read_lesson(packed(tmp_path / "x.lesson", table, **more))
    assert all_pictures(lesson.lesson) == ("pictures/1.png",)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x.lesson"]


def test_the_lesson_that_one_makes_is_kept_though_it_says_too_little(tmp_path: Path) -> None:
    path = tmp_path / "draft.json"
    assert drafts.load(path) is None
    tour = guided_tour(str)
    lesson = replace(tour, stops=(replace(tour.stops[1], title=""), tour.stops[0]))
    draft = drafts.LessonDraft("guided-tour", lesson, 1_790_000_000)
    drafts.save(path, draft)
    assert drafts.load(path) == draft
    table = json.loads(path.read_bytes())
    for odd in ({}, {"changed": -1}, {"changed": 10**15}):  # earlier ones do not say when
        path.write_text(json.dumps({k: table[k] for k in ("of", "lesson")} | odd))
        assert drafts.load(path) == replace(draft, changed=0)
    for text in (b"\xff", b"[]", b'{"of": "x"}', b'{"of": "x", "lesson": {"id": "x"}}'):
        path.write_bytes(text)
        assert drafts.load(path) is None


@pytest.mark.parametrize(
    ("after", "place"),
    [
        (("a", "b", "c"), 1),
        (("b", "c"), 0),  # the one above was deleted
        (("a", "c"), None),  # the right one was
        (("a", "bright", "c"), 1),  # its own words changed
        (("a", "a", "c"), 1),
        (("c", "a", "b"), 2),
        (("new", "a", "b", "c"), 2),
        (("x", "y", "z"), None),
        ((), None),
    ],
)
def test_the_right_answer_follows_its_text(after: tuple[str, ...], place: int | None) -> None:
    assert answer_after(("a", "b", "c"), 1, after) == place


def test_progress_is_kept_and_a_damaged_file_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "lessons.json"
    assert load(path) == Progress()
    now = LessonProgress("steps").shown("seed", 1).with_try("seed").with_try("seed")
    progress = Progress(exact=True).having("guided-tour", now)
    save(path, progress)
    assert load(path) == progress and load(path).of("guided-tour").tried == ("seed",)
    for number in range(2 * MOST_LESSONS):
        progress = progress.having(f"lesson-{number}", now)
    assert len(progress.lessons) == MOST_LESSONS and progress.of("guided-tour") == LessonProgress()
    for text in (b"\xff", b"[]", b'{"lessons": {"x": 3}}', b'{"exact": "yes"}'):
        path.write_bytes(text)
        assert load(path) == Progress()
