"""The commands of the Edit menu that are about prompts and what stands around their words."""

from __future__ import annotations

import sys
from functools import partial

from desktop.state.commands import EDIT, PROMPTS, Command

_MAC = sys.platform == "darwin"
_PROMPT = "Prompt"
_STYLES = "Styles and presets"


_row = partial(Command, menu=EDIT, under=_PROMPT)


def prompt_moves(*, mac: bool) -> tuple[Command, ...]:
    """What keys do to the words at a prompt's cursor. On a Mac, where arrows with one key held move
    in texts, they are Control and Option with any of them."""
    weigh, move = ("Meta+Alt", "Meta+Alt") if mac else ("Ctrl", "Alt")
    words = "attention emphasis stress stronger weaker brackets"
    rows = (
        ("weight-up", "Raise the weight of the word", f"{weigh}+Up", words),
        ("weight-down", "Lower the weight of the word", f"{weigh}+Down", words),
        ("phrase-left", "Move the phrase left", f"{move}+Left", "order earlier tag"),
        ("phrase-right", "Move the phrase right", f"{move}+Right", "order later tag"),
    )
    return tuple(
        _row(command_id, label, key=key, scope=PROMPTS, other_words=others, begins=not number)
        for number, (command_id, label, key, others) in enumerate(rows)
    )


# from Insert on, in their order
OF_PROMPTS: tuple[Command, ...] = (
    _row(
        "insert-word",
        "Insert LoRA or embedding...",
        key="Ctrl+L",
        other_words="lyco lycoris textual inversion hypernetwork",
        begins=True,
    ),
    _row(
        "next-problem",
        "Next problem in the prompt",
        key="F8",
        other_words="error underline unknown check syntax",
    ),
    _row(
        "previous-problem",
        "Previous problem in the prompt",
        key="Shift+F8",
        other_words="error underline unknown check syntax",
    ),
    _row(
        "take-suggestion",
        "Take the suggestion",
        key="Ctrl+F8",
        other_words="fix correct did you mean problem",
    ),
    *prompt_moves(mac=_MAC),
    _row(
        "prompt-history",
        "Prompt history...",
        begins=True,
        key="Ctrl+Shift+E",
        other_words="recent earlier prompts pinned favourites saved",
    ),
    _row(
        "model-reads",
        "What the model reads...",
        key="Ctrl+Shift+K",
        other_words="tokens tokenizer chunks token counter BREAK prompt editing schedule CLIP",
    ),
    _row("wildcards", "Wildcards...", other_words="dynamic prompts random choices"),
    _row(
        "draws",
        "What the prompt may become...",
        why="The prompt has no choices and no wildcards.",
        other_words="dynamic prompts random draw preview",
    ),
    _row(
        "replace",
        "Replace in the prompt...",
        key="Ctrl+R",
        other_words="find search substitute exchange",
        begins=True,
    ),
    _row("find-next", "Find next in the prompt", key="F3", other_words="search"),
    _row("find-previous", "Find previous in the prompt", key="Shift+F3", other_words="search"),
    _row(
        "styles",
        "Styles...",
        key="Ctrl+Shift+Y",
        other_words="prompt template preset",
        under=_STYLES,
    ),
    _row("style-new", "New style from the form...", other_words="save style", under=_STYLES),
    _row(
        "presets", "Presets...", key="Ctrl+Shift+P", other_words="settings profile", under=_STYLES
    ),
    _row("preset-save", "Save form as preset...", other_words="settings profile", under=_STYLES),
)
