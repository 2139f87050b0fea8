"""The commands that no room declares, and all of them together."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from desktop.pictures.grids.commands import OF_CHOOSING
from desktop.pictures.kin.commands import DUPLICATES
from desktop.shell.prompt_commands import OF_PROMPTS
from desktop.shell.viewing.commands import OF_VIEWING
from desktop.shell.viewing.picture_rows import OF_PICTURES
from desktop.state.commands import (
    EDIT,
    FILE,
    HELP,
    MENUS,
    PICTURES,
    VIEW,
    Command,
    Commands,
)

_MAC = sys.platform == "darwin"

_FIRST = ("undo", "redo")


# those that no room declares (desktop.shared.room)
OF_THE_WINDOW: tuple[Command, ...] = (
    Command(
        "generate",
        "Generate",
        FILE,
        key="Ctrl+Return",
        more_keys=("Ctrl+Enter",),
        other_words="txt2img text to image",
        begins=True,
    ),
    Command(
        "stop",
        "Stop this picture",
        FILE,
        key="Ctrl+.",
        why="No picture is being made.",
        other_words="interrupt cancel",
    ),
    Command(
        "open", "Open picture...", FILE, key="Ctrl+O", other_words="PNG info drop", begins=True
    ),
    Command(
        "start-file",
        "Start from picture...",
        FILE,
        other_words="img2img image to image init sketch",
    ),
    Command(
        "upscale-folder",
        "Upscale a folder...",
        FILE,
        other_words="enlarge batch extras directory many pictures",
    ),
    Command(
        "import-folder",
        "Import folder...",
        FILE,
        other_words="add outputs directory library watch pictures of another program",
        begins=True,
    ),
    Command("imported-folders", "Imported folders...", FILE, other_words="watched rescan remove"),
    Command("open-model-file", "Open model file...", FILE),
    Command("open-model", "Open model folder...", FILE),
    DUPLICATES,
    Command("show-pictures", "Show pictures folder", FILE, begins=True),
    Command(
        "show-tags",
        "Show tags folder",
        FILE,
        other_words="tagcomplete autocomplete completion danbooru list csv",
    ),
    Command("quit", "Quit", FILE, key="Ctrl+Q", begins=True),
    Command("undo", "Undo", EDIT, key="Ctrl+Z", why="There is nothing to undo."),
    Command(
        "redo",
        "Redo",
        EDIT,
        key="Ctrl+Shift+Z",
        more_keys=() if _MAC else ("Ctrl+Y",),
        why="There is nothing to redo.",
        other_words="again",
    ),
    Command(
        "paste-recipe",
        "Paste recipe",
        EDIT,
        key="Ctrl+Shift+V",
        other_words="generation data parameters infotext",
        begins=True,
    ),
    Command(
        "reset",
        "Reset parameters",
        EDIT,
        why="All parameters are the model's defaults.",
        other_words="defaults clear",
    ),
    Command(
        "no-start",
        "Take start picture away",
        EDIT,
        why="The form starts from no picture.",
        other_words="img2img image to image txt2img",
    ),
    Command(
        "prediction",
        "Model predicts something else",
        EDIT,
        why="Only models of Stable Diffusion 1, 2 and XL can predict one thing or another.",
    ),
    *OF_PROMPTS,
    Command(
        "find", "Find", EDIT, key="Ctrl+F", more_keys=("/",), other_words="search", begins=True
    ),
    *OF_PICTURES,
    *OF_CHOOSING,
    Command(
        "history",
        "Show or hide history",
        VIEW,
        key="Ctrl+Shift+H",
        why="History stands in the room Create.",
        begins=True,
    ),
    Command("fit", "Fit picture", VIEW, why="No picture is shown large."),
    Command(
        "zoom",
        "Fit or 100 %",
        VIEW,
        key="Z",
        scope=PICTURES,
        why="No picture is shown large.",
        other_words="actual size one to one",
    ),
    *OF_VIEWING,
    Command(
        "free-memory", "Free memory now", VIEW, why="No model is in memory.", other_words="unload"
    ),
    Command("palette", "All commands...", HELP, key="Ctrl+K"),
    Command("help.explain", "Explain this control", HELP, key="F1"),
    Command(
        "help.prompt",
        "The prompt",
        HELP,
        other_words=(
            "prompt editing alternation wildcards styles weights attention emphasis syntax AND "
            "BREAK composable diffusion embedding dynamic prompts language"
        ),
        begins=True,
    ),
    Command(
        "help.edit",
        "Editing pictures",
        HELP,
        other_words="inpaint outpaint mask layers frame live painting candidates results canvas",
    ),
    Command(
        "help.gallery",
        "The Gallery",
        HELP,
        other_words="search query filter rating tags albums favourites keys language",
    ),
    Command(
        "help.insight",
        "How a picture came to be",
        HELP,
        other_words="rewind steps timeline branch denoising noise guess guidance sigma",
    ),
    Command(
        "help.limits",
        "What models cannot do well",
        HELP,
        other_words="hands fingers text letters counting bias stereotypes limits faults",
    ),
    Command(
        "help.tour",
        "Guided tour",
        HELP,
        other_words="lesson learn tutorial introduction course teach class seed steps guidance",
    ),
    Command(
        "help.sweep",
        "Sweeps",
        HELP,
        other_words="xyz plot grid axes ranges prompt matrix search replace prompts from file",
    ),
    Command(
        "help.upscale",
        "Making pictures larger",
        HELP,
        other_words="upscale enlarge refine tiles ESRGAN Lanczos hires extras batch",
    ),
    Command(
        "help.viewing",
        "Looking at pictures",
        HELP,
        other_words="full screen slide show second monitor filmstrip culling sort out compare",
    ),
    Command("shortcuts", "Shortcuts", HELP, other_words="keys hotkeys keyboard"),
    Command(
        "machine-speed",
        "How fast is this machine...",
        HELP,
        other_words="benchmark performance bench it/s iterations per second",
        begins=True,
    ),
    Command("report", "Report...", HELP),
    Command("logs", "Open logs", HELP),
    Command("help.about", "About Calotype", HELP, begins=True),
)


def all_commands(of_rooms: Iterable[Command]) -> Commands:
    """Those of the rooms and of the window; in each menu those of the rooms stand first, but below
    undo and redo."""

    def place(row: Command) -> tuple[int, bool]:
        return MENUS.index(row.menu), row.id not in _FIRST

    rows = sorted((*of_rooms, *OF_THE_WINDOW), key=place)
    return {row.id: row for row in rows}
