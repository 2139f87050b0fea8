"""What F1 says of each control: one sentence in the craft's words."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from desktop.shell.main_window import MainWindow

LEAST = 5  # words of a sentence

# By the control's place in the window. Controls that come and go carry their
# own words (setWhatsThis).
SENTENCES: dict[str, str] = {
    "prompt.prompt": (
        "Describe what the picture shall show; Ctrl+Up and Ctrl+Down give the word under the "
        "cursor more or less weight."
    ),
    "prompt.negative": (
        "Describe what the picture shall keep away from; it works where guidance is above 1."
    ),
    "loras.add": (
        "Puts a LoRA or an embedding into the prompt: small files that teach a "
        "model a subject or a style."
    ),
    "parameters.size_fields.swap": "Swaps width and height, so that upright becomes lengthwise.",
    "parameters.size_fields.wide": "Width of the picture in pixels, in multiples of 8.",
    "parameters.size_fields.high": "Height of the picture in pixels, in multiples of 8.",
    "parameters.die": (
        "While it is on, every picture gets a new random seed; off keeps the seed that is shown."
    ),
    "parameters.more": "Shows or hides sampler, schedule, clip skip and what is changed seldom.",
    "parameters.advanced.clip_skip": (
        "Leaves out the last layers of the text encoder; some fine-tunes want 2."
    ),
    "side.generate": "Adds the picture that the form describes to the queue.",
    "side.count": "How many pictures are made, each with the next seed.",
    "stage.viewer": (
        "Shows the picture large: the wheel zooms, dragging moves it, Z changes "
        "between fit and 100 %."
    ),
    "stage.stop": "Stops the picture being made; its menu stops after it, or all.",
    "stage.follow": "Shows the picture being made again, in place of an older one.",
    "stage.drawer.toggle": "Shows or hides the jobs that wait, were stopped or failed.",
    "stage.drawer.pause": (
        "Takes no further job after the picture being made, until it is pressed again."
    ),
    "stage.drawer.list": (
        "The jobs in their order: drag one to move it, right-click for what can be done with it."
    ),
    "history.grid": (
        "The newest pictures: choose one to see it large, right-click for what can be done with it."
    ),
    "gallery.search": "Finds pictures by words of their prompts and by their models' names.",
    "gallery.favourites": "Shows only the pictures that are marked as favourites.",
    "gallery.trash": "Shows deleted pictures, which are kept for 30 days and can be restored.",
    "gallery.empty_trash": "Empties the trash of the pictures that lie in it.",
    "gallery.grid": (
        "All pictures: arrows choose, Return shows one large, F marks favourites, "
        "Delete moves to the trash."
    ),
    "models_room.panel.link": (
        "Uses the models of AUTOMATIC1111, Forge, ComfyUI, InvokeAI or any folder where they lie."
    ),
    "models_room.panel.get": (
        "Changes between the library and the page where models are found and downloaded."
    ),
    "models_room.panel.search": "Finds models by name, family, tag or your own notes.",
    "models_room.panel.kind": "Chooses whether models, LoRAs, VAEs or other kinds are shown.",
    "models_room.panel.order": "Chooses which models come first: by name, use, size or rating.",
    "models_room.panel.list": (
        "The models of this machine: choose one to see its card, Return uses it."
    ),
    "models_room.card": (
        "What is known of the chosen model, what it needs, and your own notes on it."
    ),
    "models_room.card.use": "Takes this model into the form, to make pictures with it.",
    "models_room.card.tags": (
        "Words of your own by which the search finds this model, apart by spaces."
    ),
    "models_room.card.notes": "Notes of your own on this model; they are kept as you type.",
    "models_room.card.check": (
        "Reads its files and compares their hashes; a downloaded model is "
        "repaired where they differ."
    ),
    "models_room.card.folder": "Opens the folder in which the model's file lies.",
    "models_room.card.defaults": (
        "Begins with what stands in the form now whenever this model is chosen; "
        "once more forgets that."
    ),
    "models_room.card.eight_bit": (
        "Keeps weights in 8 bits, which takes half of the memory or less, "
        "for nearly the same picture."
    ),
    "models_room.card.portrait": (
        "Shows this model by a picture of your choice; once more forgets that."
    ),
    "models_room.card.remove": (
        "Takes the model out of the library, after a question about its file."
    ),
    "models_room.get": (
        "Finds models on the hub or at an address, and shows what is being downloaded."
    ),
    "models_room.get.line": "Type words to search the hub for, or paste the address of a model.",
    "models_room.get.look_up": "Asks the hub, or the address you pasted; nothing else is sent.",
    "settings_page": "Everything that holds for the whole program, and the keys of all commands.",
    "notice": "Says what was done or went wrong, with a button that does something about it.",
    "notice.text": "Says what was done or went wrong; the text can be selected and copied.",
    "notice.button": "Does what its words say, and closes the notice.",
    "notice.other": "Does what its words say, and closes the notice.",
    "notice.more": "Shows all of a long notice, or only its beginning again.",
    "notice.waiting": "Shows the next of the notices that wait behind this one.",
    "notice.cross": "Closes this notice and changes nothing else.",
    "fit.button": (
        "Says whether the picture fits into memory and how long it takes; "
        "press it for more, or to make it fit."
    ),
}


def is_sentence(text: str, name: str = "") -> bool:
    """Whether a text is help, and no mere name."""
    return len(text.split()) >= LEAST and text.rstrip().endswith((".", "!", "?")) and text != name


def sentence_of(widget: QWidget) -> str:
    """The help of a control: its own words, else those of what it is a part of."""
    part: QWidget | None = widget
    while part is not None and not part.isWindow():
        for text in (part.whatsThis(), part.toolTip(), part.accessibleDescription()):
            if is_sentence(text, part.accessibleName()):
                return text
        part = part.parentWidget()
    return tr("Press F1 on a control to read here what it does.")


def explain(window: MainWindow) -> None:
    """Give each control of the window its words; a button that has no
    tooltip shows them there too."""
    for place, text in SENTENCES.items():
        _give(attrgetter(place)(window), text)
    name_keys(window)
    for star in window.models_room.card.stars:
        _give(star, "Rates this model; the same number of stars once more takes the rating away.")


def name_keys(window: MainWindow) -> None:
    """Buttons that are commands show the command's present key."""
    for button, command_id, text in (
        (window.side.generate, "generate", "Make the picture"),
        (window.loras.add, "insert-word", "Choose a LoRA or an embedding for the prompt"),
    ):
        shortcut = window.actions_by_id[command_id].shortcut()
        key = shortcut.toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(f"{tr_data(text)} ({key})" if key else tr_data(text))


def _give(widget: QWidget, text: str) -> None:
    widget.setWhatsThis(tr_data(text))
    explained = is_sentence(widget.toolTip(), widget.accessibleName())
    if isinstance(widget, QAbstractButton) and not explained:
        widget.setToolTip(tr_data(text))
