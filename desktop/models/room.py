"""The room Models as a row of the window's rooms."""

from __future__ import annotations

from desktop.shared.room import Room
from desktop.state.commands import VIEW, Command

MODELS = Room(
    id="models",
    number=2,
    name="Models",
    icon="models",
    key="Ctrl+3",
    help="Goes to Models, where models are looked at, found and downloaded.",
    other_words="checkpoints",
    commands=(
        Command("get-models", "Get models", VIEW, other_words="download civitai hugging face"),
    ),
)
