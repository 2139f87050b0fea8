"""The commands that no room declares, and all of them together."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from desktop.pictures.exporting.commands import OF_COPYING, OF_EXPORT
from desktop.pictures.grids.commands import OF_CHOOSING
from desktop.pictures.kin.commands import DUPLICATES, OF_KIN
from desktop.pictures.marking.commands import OF_MARKS
from desktop.shell.prompt_commands import OF_PROMPTS
from desktop.shell.viewing.commands import OF_VIEWING, SORT_OUT
from desktop.state.commands import (
    EDIT,
    FILE,
    HELP,
    MENUS,
    PICTURE,
    PICTURES,
    VIEW,
    WINDOW,
    Command,
    Commands,
)


def _of_picture(
    command_id: str,
    label: str,
    *,
    key: str = "",
    more: tuple[str, ...] = (),
    scope: str = WINDOW,
    other_words: str = "",
    begins: bool = False,
) -> Command:
    return Command(
        command_id,
        label,
        PICTURE,
        key=key,
        more_keys=more,
        scope=scope,
        needs_picture=True,
        why="Choose a picture first.",
        other_words=other_words,
        begins=begins,
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
    Command(
        "replace",
        "Replace in the prompt...",
        EDIT,
        key="Ctrl+R",
        other_words="find search substitute exchange",
    ),
    Command("find-next", "Find next in the prompt", EDIT, key="F3", other_words="search"),
    Command(
        "find-previous",
        "Find previous in the prompt",
        EDIT,
        key="Shift+F3",
        other_words="search",
    ),
    _of_picture(
        "reuse-all", "Reuse all", key="Ctrl+Shift+R", other_words="send to txt2img", begins=True
    ),
    _of_picture("reuse-prompt", "Reuse prompt"),
    _of_picture("reuse-seed", "Reuse seed", other_words="send seed"),
    _of_picture(
        "use-start",
        "Use as start",
        other_words="img2img image to image init send to img2img",
    ),
    _of_picture(
        "vary",
        "Vary",
        key="V",
        scope=PICTURES,
        other_words="variation variations variant subseed similar",
        begins=True,
    ),
    _of_picture(
        "vary-by",
        "Vary by...",
        key="Shift+V",
        scope=PICTURES,
        other_words="variation variations strength subseed",
    ),
    _of_picture(
        "upscale",
        "Upscale...",
        key="U",
        scope=PICTURES,
        other_words="enlarge larger hires extras ESRGAN super resolution SD upscale tile",
    ),
    _of_picture(
        "edit-picture",
        "Edit",
        key="E",
        scope=PICTURES,
        other_words="inpaint outpaint img2img mask canvas paint send to",
    ),
    _of_picture(
        "insight-picture",
        "Insight",
        key="I",
        scope=PICTURES,
        other_words="steps timeline rewind denoising latents explain how it was made",
    ),
    _of_picture(
        "what-went-wrong",
        "What went wrong?",
        key="W",
        scope=PICTURES,
        other_words="problem symptom diagnose burnt oversaturated grey blurry noise artifacts "
        "black bad hands anatomy double heads fix",
    ),
    _of_picture(
        "compare",
        "Compare",
        key="C",
        scope=PICTURES,
        other_words="side by side before after difference slider blink A/B x/y",
    ),
    _of_picture(
        "compare-before",
        "Compare with before",
        key="Shift+C",
        scope=PICTURES,
        other_words="before after upscale original slider",
    ),
    _of_picture(
        "words-of-picture", "Words of this picture...", other_words="template resolved", begins=True
    ),
    Command(
        "draw-again",
        "Draw its words again",
        PICTURE,
        needs_picture=True,
        why="Choose a picture whose prompt has choices or wildcards.",
        other_words="wildcards dynamic prompts",
    ),
    _of_picture("style-from-picture", "New style from the picture...", other_words="save style"),
    _of_picture("make-again", "Make it again", other_words="recreate reproduce compare identical"),
    *OF_KIN,
    _of_picture("view", "Show large", other_words="enlarge full screen"),
    _of_picture("view-create", "Show in Create", other_words="stage open"),
    Command(
        "fold-stack",
        "Open or close the stack",
        PICTURE,
        key="S",
        scope=PICTURES,
        needs_picture=True,
        why="Only pictures that were made for one document of Edit lie on a stack.",
        other_words="group candidates expand collapse",
    ),
    *OF_MARKS,
    SORT_OUT,
    _of_picture("copy", "Copy picture", key="Ctrl+Shift+C"),
    _of_picture("copy-recipe", "Copy recipe"),
    *OF_COPYING,
    _of_picture("save-as", "Save as (with recipe)...", key="Ctrl+S"),
    _of_picture("save-plain", "Save as (without recipe)..."),
    *OF_EXPORT,
    _of_picture("show-in-folder", "Show in folder"),
    _of_picture("model-picture", "Use as the model's picture"),
    _of_picture(
        "delete",
        "Delete",
        key="Delete",
        more=("Backspace",) if _MAC else (),
        scope=PICTURES,
        other_words="trash remove",
        begins=True,
    ),
    Command(
        "restore",
        "Restore from trash",
        PICTURE,
        needs_picture=True,
        why="Only pictures in the trash can be restored.",
    ),
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
