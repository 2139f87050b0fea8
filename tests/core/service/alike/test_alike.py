"""Pictures that look alike: copies of other sizes and qualities are found, others are not; the
query language asks for them, and for those made the same way."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from core.service.alike.duplicates import NEARLY, duplicates, nearly_same
from core.service.alike.likeness import Likeness
from core.service.importing.pixels import look_at_pixels
from core.service.stores import Stores
from core.store.finding.language import SAME, parse
from core.store.likeness.picture_hash import distance, looks_of, picture_hash
from core.store.thumbnails import Thumbnails
from core.values.picture import Picture, Recipe
from core.values.request import Request
from tests.core.service.importing.folders import LONG_AGO, bring_in, importing, png, write

SIDE = 160


def drawn(number: int) -> Image.Image:
    """Some ellipses on a ground that grows lighter."""
    rng = random.Random(number)
    image = Image.new("RGB", (SIDE, SIDE))
    draw = ImageDraw.Draw(image)
    low, high = rng.randrange(60), rng.randrange(120, 250)
    for y in range(SIDE):
        draw.line((0, y, SIDE, y), fill=(low + (high - low) * y // SIDE, low, high))
    for _ in range(9):
        x, y, r = (rng.randrange(SIDE) for _ in range(3))
        colour = tuple(rng.randrange(256) for _ in range(3))
        draw.ellipse((x - r // 3, y - r // 4, x + r // 3, y + r // 4), fill=colour)
    return image


def as_jpeg(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=40)
    return Image.open(io.BytesIO(out.getvalue()))


def cut(image: Image.Image) -> Image.Image:
    edge = image.width // 50
    return image.crop((edge, edge, image.width - edge, image.height - edge))


@pytest.mark.parametrize(
    ("change", "most"),
    [
        (lambda image: image.resize((70, 70), Image.Resampling.LANCZOS), NEARLY),
        (lambda image: image.resize((400, 400), Image.Resampling.BICUBIC), NEARLY),
        (as_jpeg, NEARLY),
        (lambda image: image.convert("RGBA"), 0),
        (cut, 14),
    ],
)
def test_copies_have_nearly_the_same_number(
    change: Callable[[Image.Image], Image.Image], most: int
) -> None:
    for number in range(12):
        image = drawn(number)
        assert distance(picture_hash(image), picture_hash(change(image))) <= most


def test_other_pictures_have_others_and_nothing_is_like_nothing() -> None:
    numbers = [picture_hash(drawn(number)) for number in range(40)]
    pairs = [distance(one, other) for at, one in enumerate(numbers) for other in numbers[:at]]
    assert min(pairs) > NEARLY and sorted(pairs)[len(pairs) // 2] > 20
    assert picture_hash(Image.new("RGB", (9, 9), "red")) == 0


def test_a_mirror_image_is_known_by_the_number_of_its_own() -> None:
    for number in range(12):
        image = drawn(number)
        turned = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        one, mirrored = looks_of(image)
        assert distance(looks_of(turned)[0], mirrored) <= 1 and distance(one, mirrored) > NEARLY
        assert distance(looks_of(turned)[1], one) <= 1


def test_mirror_images_are_among_the_nearly_same(stores: Stores) -> None:
    first = put(stores, drawn(1), "a.png")
    turned = drawn(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    other = put(stores, turned.resize((400, 400)), "b.png")
    put(stores, drawn(2), "c.png")
    Likeness(stores.gallery, stores.thumbnails).fill()
    (group,) = duplicates(stores.gallery, near=True)
    assert [one.id for one in group.pictures] == [other.id, first.id] and not group.exact
    assert stores.gallery.ids(f"like:{first.id}") == (first.id,), "it looks otherwise"


def test_groups_are_those_of_comparing_all() -> None:
    rng = random.Random(5)
    hashed = [(number, rng.getrandbits(63), rng.getrandbits(63)) for number in range(300)]
    for number in range(300, 500):
        near = hashed[rng.randrange(300)][1]
        for bit in rng.sample(range(63), rng.randrange(NEARLY + 4)):
            near ^= 1 << bit
        mirrored = rng.getrandbits(63)
        hashed.append((number, *((near, mirrored) if number % 3 else (mirrored, near))))
    plain: list[list[int]] = []
    firsts: list[int] = []
    for number, *both in hashed:
        one = both[0]
        near_to = [
            at for own in both for at, first in enumerate(firsts) if distance(first, own) <= NEARLY
        ]
        at = next(iter(near_to), None)
        if at is None:
            firsts.append(one)
            plain.append([number])
        else:
            plain[at].append(number)
    assert sorted(nearly_same(hashed)) == sorted(group for group in plain if len(group) > 1)
    assert nearly_same(hashed, lambda: False) == []


def put(stores: Stores, image: Image.Image, name: str, seed: int = 1) -> Picture:
    folder = stores.places.pictures / "2026-01-02"
    folder.mkdir(parents=True, exist_ok=True)
    path: Path = folder / name
    image.save(path)
    request = Request(prompt="a red fox, sitting", seed=seed)
    recipe = Recipe(request, model_name="Starter", pixels_sha256=f"{hash(image.tobytes()):x}")
    return stores.gallery.record(path, recipe, image.width, image.height)


def test_what_looks_like_a_picture_is_a_question_to_the_gallery(stores: Stores) -> None:
    gallery = stores.gallery
    first = put(stores, drawn(1), "a.png")
    small = put(stores, drawn(1).resize((80, 80)), "b.jpg", seed=2)
    put(stores, drawn(2), "c.png", seed=3)
    flat = [put(stores, Image.new("RGB", (9, 9), "red"), f"{n}.png").id for n in (1, 2)]
    lost = put(stores, drawn(1), "lost.png")
    Path(lost.path).unlink()
    thumbnails = Thumbnails(stores.places.thumbnails)
    likeness = Likeness(gallery, thumbnails)
    assert gallery.ids(f"like:{first.id}") == ()
    assert likeness.look_at(first) and not likeness.look_at(lost)
    assert gallery.ids(f"like:{first.id}") == (first.id,)
    heard: list[tuple[int, int]] = []
    assert likeness.fill(progress=lambda done, total: heard.append((done, total))) == 4
    assert heard == [(5, 5)] and likeness.left() == 1 and likeness.fill() == 0
    assert set(gallery.ids(f"like:{first.id}")) == {first.id, small.id}
    assert gallery.ids(f"like:{flat[0]}") == () == gallery.ids("like:999")
    assert small.id not in gallery.ids(f"-like:{first.id}")
    gallery.set_rating([first.id], 3)
    assert set(gallery.ids(f"like:{first.id} rating:3")) == {first.id}, "a mark costs no number"
    gallery.trash([small.id])
    assert gallery.ids(f"like:{first.id}") == (first.id,)
    thumbnails.close()


def test_more_by_the_same_recipe(stores: Stores) -> None:
    gallery = stores.gallery
    image = drawn(1)
    folder = stores.places.pictures
    folder.mkdir(parents=True, exist_ok=True)

    def made(model: str = "Starter", **values: object) -> int:
        request = Request(**({"prompt": "a red fox", "seed": 1, "steps": 20} | values))  # type: ignore[arg-type]
        path = folder / f"{len(list(folder.iterdir()))}.png"
        image.save(path)
        return gallery.record(path, Recipe(request, model_name=model), 160, 160).id

    first, other_seed = made(), made(seed=2)
    fewer, red = made(steps=5), made(prompt="a red fox runs", seed=3)
    model = made(model="Dream", seed=4)
    assert set(gallery.ids(f"same:recipe:{first}")) == {first, other_seed}
    assert set(gallery.ids(f"same:prompt:{first}")) == {first, other_seed, fewer, model}
    assert set(gallery.ids(f"same:model:{first}")) == {first, other_seed, fewer, red}
    assert set(gallery.ids(f"same:seed:{first} -same:recipe:{first}")) == {fewer}
    assert gallery.ids("same:recipe:999") == ()
    for text in ("like:x", "same:12", "same:hat:12", "like:", "same:recipe:x "):
        asked = parse(f"{text} fox")
        assert len(asked.problems) == 1 and len(asked.terms) == 1, text
    assert all(not parse(f"same:{what}:1").problems for what in SAME)


def test_duplicates_come_in_groups_the_best_first(stores: Stores) -> None:
    gallery = stores.gallery
    first = put(stores, drawn(1), "a.png")
    again = put(stores, drawn(1), "b.png")
    large = put(stores, drawn(1).resize((400, 400)), "c.png")
    put(stores, drawn(2), "d.png")
    third, fourth = put(stores, drawn(3), "e.png"), put(stores, drawn(3), "f.png")
    gallery.set_rating([fourth.id], 4)
    gone = put(stores, drawn(2), "g.png")
    gallery.trash([gone.id])
    exact = duplicates(gallery, near=False)
    assert [[one.id for one in group.pictures] for group in exact] == [
        [fourth.id, third.id],
        [first.id, again.id],
    ]
    assert all(group.exact for group in exact)
    thumbnails = Thumbnails(stores.places.thumbnails)
    Likeness(gallery, thumbnails).fill()
    thumbnails.close()
    near = duplicates(gallery, near=True)
    assert [[one.id for one in group.pictures] for group in near] == [
        [fourth.id, third.id],
        [large.id, first.id, again.id],
    ]
    assert [group.exact for group in near] == [True, False]
    assert duplicates(gallery, near=True, wanted=lambda: False) == ()


def test_an_imported_file_that_is_another_by_now_is_looked_at_again(
    stores: Stores, tmp_path: Path
) -> None:
    files = [write(tmp_path / "art" / f"{n}.png", png(n), LONG_AGO + n) for n in range(2)]
    bring_in(stores, tmp_path / "art")
    likeness = Likeness(stores.gallery, stores.thumbnails)
    assert likeness.fill() == 2 and likeness.left() == 0
    write(files[0], png(5, size=(40, 30)), LONG_AGO)
    write(files[1], png(6, size=(40, 30)), LONG_AGO + 9)
    stores.gallery.set_rating([1, 2], 3)
    bring_in(stores, tmp_path / "art")
    assert likeness.left() == 2, "at the old time and at another"
    likeness.fill()
    stores.gallery.set_rating([1, 2], 4)
    assert stores.gallery.ids("rating:4") and likeness.left() == 0


@pytest.mark.parametrize("copy", [False, True])
def test_what_was_imported_is_compared_without_another_look(
    stores: Stores, tmp_path: Path, copy: bool
) -> None:
    for number in (1, 2):
        (tmp_path / "art").mkdir(exist_ok=True)
        drawn(number).save(tmp_path / "art" / f"{number}.png")
    bring_in(stores, tmp_path / "art", copy=copy)
    look_at_pixels(importing(stores))
    likeness = Likeness(stores.gallery, stores.thumbnails)
    assert likeness.left() == 0 == likeness.fill()
    for number in (1, 2):
        assert stores.gallery.ids(f"like:{number}") == (number,)
