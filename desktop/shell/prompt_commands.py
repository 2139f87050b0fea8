"""The commands of the Edit menu that are about prompts and what stands around their words."""

from __future__ import annotations

import sys

from desktop.state.commands import EDIT, PROMPTS, Command

_MAC = sys.platform == "darwin"


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
        Command(command_id, label, EDIT, key=key, scope=PROMPTS, other_words=others)
        for command_id, label, key, others in rows
    )


# from Insert on, in their order
OF_PROMPTS: tuple[Command, ...] = (
    Command(
        "insert-word",
        "Insert LoRA or embedding...",
        EDIT,
        key="Ctrl+L",
        other_words="lyco lycoris textual inversion hypernetwork",
        begins=True,
    ),
    Command(
        "next-problem",
        "Next problem in the prompt",
        EDIT,
        key="F8",
        other_words="error underline unknown check syntax",
    ),
    Command(
        "previous-problem",
        "Previous problem in the prompt",
        EDIT,
        key="Shift+F8",
        other_words="error underline unknown check syntax",
    ),
    Command(
        "take-suggestion",
        "Take the suggestion",
        EDIT,
        key="Ctrl+F8",
        other_words="fix correct did you mean problem",
    ),
    *prompt_moves(mac=_MAC),
    Command(
        "prompt-history",
        "Prompt history...",
        EDIT,
        key="Ctrl+Shift+E",
        other_words="recent earlier prompts pinned favourites saved",
    ),
    Command(
        "model-reads",
        "What the model reads...",
        EDIT,
        key="Ctrl+Shift+K",
        other_words="tokens tokenizer chunks token counter BREAK prompt editing schedule CLIP",
    ),
    Command(
        "styles",
        "Styles...",
        EDIT,
        key="Ctrl+Shift+Y",
        other_words="prompt template preset",
        begins=True,
    ),
    Command("style-new", "New style from the form...", EDIT, other_words="save style"),
    Command("presets", "Presets...", EDIT, key="Ctrl+Shift+P", other_words="settings profile"),
    Command("preset-save", "Save form as preset...", EDIT, other_words="settings profile"),
    Command("wildcards", "Wildcards...", EDIT, other_words="dynamic prompts random choices"),
    Command(
        "draws",
        "What the prompt may become...",
        EDIT,
        why="The prompt has no choices and no wildcards.",
        other_words="dynamic prompts random draw preview",
    ),
)
