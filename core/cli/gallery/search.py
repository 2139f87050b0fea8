"""`calotype gallery search`: the pictures that a query finds, a line each."""

from __future__ import annotations

import random

from core.cli.shared.output import print_result, progress_on_stderr
from core.service.stores import Stores
from core.store.finding.language import parse
from core.system.errors import InvalidRequest
from core.values.gallery.question import SHUFFLES, Order, PictureQuestion
from core.values.picture import Picture

AT_ONCE = 500  # rows that are read at a time


def search(
    stores: Stores, text: str, order: str, limit: int, *, rising: bool, trashed: bool, as_json: bool
) -> None:
    """Print what is found. Raises InvalidRequest where the query or the order is not understood."""
    if problems := parse(text).problems:
        raise InvalidRequest("query", problems[0].message, "")
    if order not in list(Order):
        raise InvalidRequest("order", f'There is no order "{order}".', f"Use {', '.join(Order)}.")
    _make_index(stores)
    question = PictureQuestion(
        text, trashed, order=Order(order), rising=rising, shuffle=random.randrange(SHUFFLES)
    )
    ids = stores.gallery.find(question, limit=limit or -1) or ()
    for at in range(0, len(ids), AT_ONCE):
        for picture in stores.gallery.page(ids[at : at + AT_ONCE]):
            print_result(as_json, _values(picture), _line(picture))


def _make_index(stores: Stores) -> None:
    """All pictures are to be found; where that takes a while it is seen on stderr."""
    from rich.progress import BarColumn, TextColumn

    count = stores.gallery.index.left()
    with progress_on_stderr(TextColumn("Reading the gallery"), BarColumn()) as bar:
        task = bar.add_task("", total=count)
        stores.gallery.index.fill_all(
            progress=lambda left: bar.update(task, completed=count - left)
        )


def _values(picture: Picture) -> dict[str, object]:
    return {
        "id": picture.id,
        "path": picture.path,
        "prompt": picture.request.prompt,
        "model": picture.model_name,
        "seed": picture.request.seed,
        "rating": picture.rating,
        "favourite": picture.favourite,
        "tags": picture.tags,
        "note": picture.note,
        "width": picture.width,
        "height": picture.height,
        "created": picture.created,
    }


def _line(picture: Picture) -> str:
    stars = "rejected" if picture.rating < 0 else "*" * picture.rating or "-"
    prompt = " ".join(picture.request.prompt.split())
    return f"{picture.id} {picture.path} {stars} {prompt}".rstrip()
