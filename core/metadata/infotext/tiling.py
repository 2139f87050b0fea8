"""Seamless edges: `Tiling` is the web UI's for both axes, `Tile X` and `Tile Y` are those of an
extension that joins one of them."""

from __future__ import annotations

from core.metadata.infotext.told import FALSE, TRUE, Told, Understood

_WORDS = {
    **dict.fromkeys(TRUE, "xy"),
    **dict.fromkeys(FALSE, "none"),
    "xy": "xy",
    "both": "xy",
    "x": "x",
    "horizontal": "x",
    "y": "y",
    "vertical": "y",
}
_AXES = ("tile x", "tile y")
# during which steps edges are joined, with the values that mean all of them
_WHILE = {"start tiling from step": 0, "stop tiling after step": -1}


def tiling_texts(tiling: str) -> dict[str, str]:
    """The pairs for a request's `tiling`."""
    if tiling == "xy":
        return {"Tiling": "True"}
    if tiling == "none":
        return {}
    return {"Tile X": str(tiling == "x"), "Tile Y": str(tiling == "y")}


def read_tiling(told: Told) -> Understood:
    """`tiling`, where the text speaks of it."""
    found = Understood()
    word = told.word("tiling")
    if "tiling" in told.pairs and word in _WORDS:
        found.take(told, ("tiling",))
        found.values["tiling"] = _WORDS[word]
    elif all(told.word(axis) in TRUE | FALSE for axis in _AXES) and told.word("tile x"):
        found.take(told, _AXES)
        joined = "".join(axis[-1] for axis in _AXES if told.word(axis) in TRUE)
        found.values["tiling"] = joined or "none"
        for name, usual in _WHILE.items():
            if name in told.pairs and told.whole(name) != usual:
                found.note(told, name, "edges are joined during all steps here")
        found.take(told, _WHILE)
    return found
