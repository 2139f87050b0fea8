"""The starter model's world: which scenes exist and how they are described. `drawing` paints them.

Everything the starter model has ever seen is a `Scene`. `describe` words one in many ways; what the
caption does not name is left to chance by `drawing.draw`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from starter.drawing.brush import RGB
from starter.drawing.subjects import AIRBORNE, PAINTERS

SIZE = 256

COLOURS: dict[str, RGB] = {
    "red": (208, 44, 40),
    "orange": (240, 132, 28),
    "yellow": (250, 212, 50),
    "green": (58, 160, 72),
    "blue": (44, 96, 214),
    "purple": (130, 62, 176),
    "pink": (246, 136, 180),
    "white": (248, 248, 246),
    "black": (30, 30, 36),
    "brown": (126, 78, 44),
}
SUBJECTS = tuple(PAINTERS)
TIMES = ("day", "sunset", "night", "dawn")
GROUNDS = ("grass", "sand", "snow", "water", "stone")
EXTRAS = ("", "mountains", "clouds", "moon", "sun", "stars")
WEATHERS = ("", "rain", "fog", "snowfall")
LIGHTS = ("", "warm", "cold")
VIEWS = ("", "close-up", "wide")
STYLES = ("storybook", "flat illustration", "pencil sketch", "watercolour", "pixel art")
MATERIALS = ("", "wooden", "glass", "metal", "striped", "spotted")
SIZES = ("", "small", "huge")
RELATIONS = ("left of", "above", "behind", "on top of")

# One colour of every subject is never drawn in training, so that evaluation can ask for
# pairs nobody has shown it.
HELD_OUT = frozenset(
    (subject, tuple(COLOURS)[(3 * i + 1) % 10]) for i, subject in enumerate(SUBJECTS)
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of subject of a scene, `count` times (1 to 3)."""

    subject: str
    colour: str
    material: str = ""
    size: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows; everything else about it is chance.

    Two things stand in `relation` ("left of": the first is left of the second);
    one thing may stand at `side`.
    """

    things: tuple[Thing, ...]
    time: str
    ground: str
    style: str = "storybook"
    relation: str = ""
    side: str = ""
    extra: str = ""
    weather: str = ""
    light: str = ""
    view: str = ""


def random_thing(rng: random.Random, *, unseen: bool = False) -> Thing:
    """A subject and colour; `unseen` draws only from the pairs held out of
    training, else never one of them."""
    while True:
        pair = (
            rng.choice(sorted(HELD_OUT))
            if unseen
            else (rng.choice(SUBJECTS), rng.choice(tuple(COLOURS)))
        )
        if unseen or pair not in HELD_OUT:
            break
    return Thing(*pair, material=rng.choice(MATERIALS) if rng.random() < 0.3 else "")


def random_extra(rng: random.Random, time: str) -> str:
    """Something in the sky that this time of day allows; often nothing."""
    extra = rng.choice(EXTRAS) if rng.random() < 0.7 else ""
    if extra == "stars" and time != "night":
        return ""
    return "moon" if extra == "sun" and time == "night" else extra


def random_scene(rng: random.Random, *, unseen: bool = False, single: bool = False) -> Scene:
    """A scene as training draws it: one kind of subject (60 %) or two, any time, ground,
    style and possible extras."""
    time = rng.choice(TIMES)
    scene = Scene(
        (),
        time,
        rng.choice(GROUNDS),
        rng.choice((STYLES[0], *STYLES)),
        extra=random_extra(rng, time),
        weather=rng.choice(WEATHERS[1:]) if rng.random() < 0.22 else "",
        light=rng.choice(LIGHTS[1:]) if rng.random() < 0.12 else "",
    )
    first = random_thing(rng, unseen=unseen)
    if single or rng.random() < 0.6:
        kind = rng.random()
        if kind < 0.2:
            return replace(scene, things=(first,), side=rng.choice(("left", "right")))
        if kind < 0.4:
            return replace(scene, things=(replace(first, count=rng.choice((2, 3))),))
        if kind < 0.6:
            return replace(scene, things=(replace(first, size=rng.choice(SIZES[1:])),))
        return replace(scene, things=(first,), view=rng.choice(VIEWS[1:]) if kind < 0.72 else "")
    relation = rng.choice(("left of", "left of", *RELATIONS))
    return _paired(scene, first, random_thing(rng, unseen=unseen), relation)


def _paired(scene: Scene, first: Thing, second: Thing, relation: str) -> Scene:
    """Nothing stands on top of what flies."""
    if relation == "on top of" and second.subject in AIRBORNE:
        relation = "left of"
    return replace(scene, things=(first, second), relation=relation)


def random_pair(rng: random.Random, relation: str) -> Scene:
    """A scene of two things in this relation."""
    scene = random_scene(rng, single=True)
    return _paired(replace(scene, side="", view=""), random_thing(rng), random_thing(rng), relation)


# --- wording --------------------------------------------------------------------------------------

TIME_WORDS = {
    "day": ("in daylight", "in daylight", "by day", "during the day"),
    "sunset": ("at sunset", "at sunset", "in the evening light"),
    "night": ("at night", "at night", "by night"),
    "dawn": ("at dawn", "at dawn", "in the early morning"),
}
EXTRA_WORDS = {
    "mountains": (
        "with mountains",
        "with mountains behind",
        "mountains in the distance",
        "mountains",
    ),
    "clouds": ("with clouds", "clouds in the sky", "under clouds", "clouds"),
    "moon": ("with a moon", "the moon in the sky", "under the moon"),
    "sun": ("with a sun", "the sun in the sky", "under the sun"),
    "stars": ("with stars", "stars in the sky", "under the stars"),
}
WEATHER_WORDS = {
    "rain": ("in the rain", "in rain", "rain", "on a rainy day"),
    "fog": ("in fog", "in the fog", "fog", "on a foggy day"),
    "snowfall": ("in snowfall", "snow falling", "snowfall", "falling snow"),
}
LIGHT_WORDS = {"warm": ("in warm light", "warm light"), "cold": ("in cold light", "cold light")}
VIEW_WORDS = {
    "close-up": ("close-up of ", "a close-up of "),
    "wide": ("wide view of ", "a wide view of ", "wide shot of "),
}
STYLE_LEADS = {
    "storybook": ("", "", "", "", "", "a picture of ", "a storybook picture of "),
    "flat illustration": ("a flat illustration of ", "flat illustration of "),
    "pencil sketch": ("a pencil sketch of ", "pencil sketch of ", "a pencil drawing of "),
    "watercolour": ("a watercolour of ", "a watercolour painting of ", "watercolor of "),
    "pixel art": ("pixel art of ", "a pixel art picture of "),
}
STYLE_TAILS = {
    "storybook": ("storybook style", "storybook"),
    "flat illustration": ("flat illustration", "flat style"),
    "pencil sketch": ("pencil sketch", "pencil drawing"),
    "watercolour": ("watercolour", "watercolour painting", "watercolor"),
    "pixel art": ("pixel art", "pixel art style"),
}
GROUND_WORDS = {
    "grass": ("grass",),
    "sand": ("sand",),
    "snow": ("snow",),
    "water": ("water",),
    "stone": ("stone", "cobblestones"),
}
SIZE_WORDS = {"small": ("small", "tiny", "little"), "huge": ("huge", "big", "giant")}
PLURALS = {"fish": "fish", "cactus": "cacti", "butterfly": "butterflies"}


def noun_phrase(thing: Thing, rng: random.Random, keep: float = 1.0) -> str:
    """ "a huge red wooden house", "three red boats"; colour named with probability `keep`,
    the article nearly always."""
    words = []
    if thing.size:
        words.append(rng.choice(SIZE_WORDS[thing.size]))
    tail = [thing.material] if thing.material and rng.random() < 0.9 else []
    if rng.random() < keep:
        tail.insert(rng.randint(0, len(tail)), thing.colour)
    words += tail
    if thing.count > 1:
        words.append(PLURALS.get(thing.subject, thing.subject + "s"))
        return " ".join(
            [rng.choice((("2", "two", "two"), ("3", "three", "three"))[thing.count - 2]), *words]
        )
    words.append(thing.subject)
    joined = " ".join(words)
    return joined if rng.random() < 0.15 else f"{'an' if joined[0] in 'aeiou' else 'a'} {joined}"


def _pair_phrase(relation: str, a: str, b: str, rng: random.Random) -> str:
    if relation == "left of":
        return rng.choice(
            (
                f"{a} on the left, {b} on the right",
                f"{a} on the left and {b} on the right",
                f"{b} on the right, {a} on the left",
                f"{a} to the left of {b}",
                f"{a} left of {b}",
                f"{b} to the right of {a}",
                f"{a} and {b}",
                f"{a} next to {b}",
            )
        )
    if relation == "above":
        return rng.choice((f"{a} above {b}", f"{a} above {b}", f"{b} below {a}", f"{a} over {b}"))
    if relation == "behind":
        return rng.choice((f"{a} behind {b}", f"{a} behind {b}", f"{b} in front of {a}"))
    return f"{a} on top of {b}" if rng.random() < 0.8 else f"{b} with {a} on top"


def _subject_phrase(scene: Scene, rng: random.Random, keep: float) -> str:
    names = [noun_phrase(thing, rng, keep) for thing in scene.things]
    if len(names) == 2:
        return _pair_phrase(scene.relation, names[0], names[1], rng)
    return f"{names[0]} on the {scene.side}" if scene.side else names[0]


def describe(scene: Scene, rng: random.Random, keep: float = 0.88) -> str:
    """A caption: style, subjects, then everything else in any order,
    each named with probability `keep`.

    The style of a scene is always named, unless it is the first of `STYLES`,
    which is what no style means.
    """
    tail = [
        rng.choice(TIME_WORDS[scene.time]),
        f"on {'the ' if rng.random() < 0.15 else ''}{rng.choice(GROUND_WORDS[scene.ground])}",
    ]
    for value, words in (
        (scene.extra, EXTRA_WORDS),
        (scene.weather, WEATHER_WORDS),
        (scene.light, LIGHT_WORDS),
    ):
        if value:
            tail.append(rng.choice(words[value]))
    tail = [words for words in tail if rng.random() < keep]
    lead = rng.choice(VIEW_WORDS[scene.view]) if scene.view else ""
    if rng.random() < 0.5 or (scene.style == STYLES[0] and rng.random() < 0.8):
        lead = rng.choice(STYLE_LEADS[scene.style]) + lead
    else:
        tail.append(rng.choice(STYLE_TAILS[scene.style]))
    rng.shuffle(tail)
    subject = lead + _subject_phrase(scene, rng, (1 + keep) / 2)
    if rng.random() < 0.1 and tail:
        return f"{tail[0]}, {' '.join([subject, *tail[1:]])}"
    if tail and any(
        word == tail_word for word in tail for names in STYLE_TAILS.values() for tail_word in names
    ):
        return ", ".join([subject, *tail])
    return ", ".join([subject, *tail]) if rng.random() < 0.5 else " ".join([subject, *tail])
