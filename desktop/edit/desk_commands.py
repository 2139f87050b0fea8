"""What the commands of Edit do, and when they can: one table that a type checker reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.edit.desk import EditDesk

Act = Callable[[], object]


def handlers(desk: EditDesk) -> dict[str, Act]:
    """By id, what commands do here."""
    results, documents, arrivals = desk.results, desk.documents, desk.arrivals
    of_form = desk.form.handlers()
    mine = ("generate", "reset", "prediction", "insert-word")
    return (
        {command_id: of_form[command_id] for command_id in mine}
        | desk.form.prompt_handlers()
        | desk.form.words.handlers()
        | {
            "undo": partial(desk.step, back=True),
            "redo": partial(desk.step, back=False),
            "document-new": arrivals.new,
            "document-open": arrivals.ask_for_file,
            "document-paste": desk.paste,
            "document-save": arrivals.save_picture,
            "document-save-layers": arrivals.save_layers,
            "document-close": desk.close,
            "document-reopen": documents.reopen,
            "document-newer": arrivals.take_newer,
            "document-next": partial(documents.step, 1),
            "document-previous": partial(documents.step, -1),
            "document-compare": desk.before_after.show,
            "mask-tint": desk.toggle_tint,
            "form-from-create": desk.form_from_create,
            "form-to-create": desk.form_to_create,
            "result-next": partial(results.step, 1),
            "result-previous": partial(results.step, -1),
            "result-accept": partial(results.accept, as_layer=False),
            "result-accept-layer": partial(results.accept, as_layer=True),
            "result-keep": results.keep,
            "result-discard": results.discard,
            "result-discard-rest": results.discard_all,
            "result-again": results.show_again,
            "paint-target": desk.toggle_target,
        }
        | desk.layers.handlers()
        | desk.asking.handlers()
        | desk.clipboard.handlers()
    )


def possible(desk: EditDesk, *, in_front: bool) -> dict[str, bool]:
    """By id, which of them can do something now."""
    is_open = desk.documents.current is not None
    lies_over = len(desk.results.shown())
    states = {
        "document-save": is_open,
        "document-save-layers": is_open,
        "document-close": is_open,
        "document-reopen": desk.documents.closed > 0,
        "document-newer": desk.arrivals.has_newer,
        "document-next": len(desk.documents.tabs) > 1,
        "document-previous": len(desk.documents.tabs) > 1,
        "document-compare": is_open,
        "mask-tint": is_open,
        "form-from-create": is_open,
        "form-to-create": is_open,
        "result-next": lies_over > 1,
        "result-previous": lies_over > 1,
        "result-accept": lies_over > 0,
        "result-accept-layer": lies_over > 0,
        "result-keep": lies_over > 0,
        "result-discard": lies_over > 0,
        "result-discard-rest": lies_over > 0,
        "result-again": desk.results.put_away() > 0,
        "paint-target": is_open,
    } | desk.layers.possible()
    if in_front:
        of_form = desk.form.possible()
        states |= {
            "undo": desk.step_words(back=True)[0],
            "redo": desk.step_words(back=False)[0],
            "reset": of_form["reset"],
            "prediction": of_form["prediction"],
        } | desk.form.words.possible()
    return states
