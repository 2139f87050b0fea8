"""What the window looked like and what stood in the form, kept in session.json within
a second of each change."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from core.system.errors import InvalidRequest, KnownError
from core.system.json import from_plain
from core.system.json_files import read_json
from core.system.settings import MAX_FILE, write_file
from core.values.gallery.question import Order
from core.values.request import Request

_HEX = re.compile(r"[0-9a-f]{0,20000}")
LEAST_TOO_LARGE = 2**63  # for a row's id in SQLite
LONGEST_NAME = 255  # characters of a file's name
LONGEST_SEARCH = 1_000  # characters
MOST_SEARCHES = 20
WIDEST_SIDE = 1_000  # pixels
LARGEST_NUMBER = 10_000  # of what a control keeps within its own bounds: Qt takes 32 bits


@dataclass(frozen=True, slots=True)
class GalleryView:
    """How the room Gallery was left: what it searched in which order, and how its pictures lay.
    `order` is a value of Order, `zoom` 0 the usual one; `side` is "open", "folded" or "" (as it
    suits) for the list, of `side_width` pixels, 0 for the usual ones; `before` are the searches of
    earlier, the newest first."""

    text: str = ""
    album: int = 0
    order: str = Order.DATE.value
    rising: bool = False
    zoom: int = 0
    own_shape: bool = False
    side: str = ""
    side_width: int = 0
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewingKept:
    """How windows for pictures alone are set: `geometry` the second one's place, Qt's own bytes as
    hex; whether filmstrip and recipe are shown; of a slide show the seconds a picture, and whether
    chance chooses the order."""

    geometry: str = ""
    film: bool = True
    recipe: bool = False
    seconds: int = 5
    shuffled: bool = False


@dataclass(frozen=True, slots=True)
class ExportKept:
    """How pictures were exported last, in values of desktop.pictures.exporting.wish, which makes
    sense of them: what is written, as which kind of file, of which longest side in pixels (0: as
    they are) and quality (0: the usual one), under which names, where to, and what goes along. The
    rest is a contact sheet's."""

    form: str = ""
    kind: str = ""
    side: int = 0
    quality: int = 0
    along: str = ""
    template: str = ""
    folder: str = ""
    sheet_kind: str = ""
    paper: str = ""
    columns: int = 0
    caption: str = ""


@dataclass(frozen=True, slots=True)
class UpscaleKept:
    """How pictures were made larger last, in values of desktop.pictures.upscaling.last_wish, which
    makes sense of them: how many times, or to which longer side in pixels where that is not 0; the
    upscaler's id; and the strength of what is drawn anew, 0 for nothing."""

    scale: float = 2.0
    side: int = 0
    upscaler: str = ""
    refine: float = 0.0


@dataclass(frozen=True, slots=True)
class AxesKept:
    """The axes of a sweep as they stand below the prompt: the name of each and its values as they
    are typed; the sweep's name and note; and whether they are seen."""

    axes: tuple[tuple[str, str], ...] = ()
    name: str = ""
    note: str = ""
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One window's state; `geometry` and `splitter` are Qt's own bytes as hex, `examples` "open",
    "folded" or "" (as it suits), `picture` the id of the one that was shown, or 0; `room` is the
    number of a row of desktop.shell.rooms.ROOMS, which may be none of this version; `start_name` is
    what the file of the request's start picture was called. `edit_splitter` is the room Edit's,
    `document` the id of the one that is shown there, `mask_tint` whether its mask is tinted.
    `recipe_unticked` are the groups of a recipe that a person does not take, "size,seed" for
    instance; `export` and `upscale` are None before the first one."""

    request: Request = field(default_factory=Request)
    random_seed: bool = True
    geometry: str = ""
    splitter: str = ""
    room: int = 0
    history: bool = True
    more: bool = False
    fresh: bool = True
    examples: str = ""
    picture: int = 0
    start_name: str = ""
    edit_splitter: str = ""
    edit_more: bool = False
    document: str = ""
    mask_tint: bool = True
    recipe_unticked: str = ""
    gallery: GalleryView = field(default_factory=GalleryView)
    viewing: ViewingKept = field(default_factory=ViewingKept)
    export: ExportKept | None = None
    upscale: UpscaleKept | None = None
    axes: AxesKept = field(default_factory=AxesKept)


def load(path: Path) -> Session:
    """The session of the last exit; a fresh one where there is none or it cannot be read. A form
    that Generate would refuse comes back without what it would refuse, where the generation before
    was no better."""
    refused: list[Session] = []
    for candidate in (path, path.with_name(path.name + ".old")):
        try:
            session: Session = from_plain(Session, read_json(candidate, MAX_FILE), "session")
        except (OSError, ValueError, KnownError):
            continue
        try:
            session.request.check()
        except InvalidRequest:
            refused.append(session)
            continue
        return _sound(session)
    if refused:
        return _sound(replace(refused[0], request=_mended(refused[0].request)))
    return Session()


def _mended(request: Request) -> Request:
    """Its faulty fields as they usually are; the words stay."""
    usual = Request()
    names = [one.name for one in fields(Request)]
    for _ in names:
        try:
            return request.check()
        except InvalidRequest as fault:
            if fault.field in names:
                change = {fault.field: getattr(usual, fault.field)}
                request = replace(request, **change)  # type: ignore[arg-type]
            else:  # a part of a field
                words = request.prompt, request.negative_prompt
                request = replace(
                    usual, prompt=words[0], negative_prompt=words[1], model=request.model
                )
    return usual


def _sound(session: Session) -> Session:
    """Without what Qt cannot take: a person finds the window in its usual shape."""
    if not _HEX.fullmatch(session.geometry):
        session = replace(session, geometry="")
    if not _HEX.fullmatch(session.splitter):
        session = replace(session, splitter="")
    if not _HEX.fullmatch(session.edit_splitter):
        session = replace(session, edit_splitter="")
    viewing = session.viewing
    if not _HEX.fullmatch(viewing.geometry):
        viewing = replace(viewing, geometry="")
    viewing = replace(viewing, seconds=min(max(viewing.seconds, 0), LARGEST_NUMBER))
    if len(session.start_name) > LONGEST_NAME:
        session = replace(session, start_name="")
    if not 0 <= session.picture < LEAST_TOO_LARGE:
        session = replace(session, picture=0)
    return replace(session, gallery=_sound_gallery(session.gallery), viewing=viewing)


def _sound_gallery(kept: GalleryView) -> GalleryView:
    if kept.order not in set(Order):
        kept = replace(kept, order=Order.DATE.value)
    if not 0 <= kept.album < LEAST_TOO_LARGE:
        kept = replace(kept, album=0)
    return replace(
        kept,
        text=kept.text[:LONGEST_SEARCH],
        zoom=min(max(kept.zoom, 0), LARGEST_NUMBER),
        side_width=min(max(kept.side_width, 0), WIDEST_SIDE),
        before=tuple(one[:LONGEST_SEARCH] for one in kept.before[:MOST_SEARCHES]),
    )


def save(path: Path, session: Session) -> None:
    """Write the session; the generation before stays as session.json.old. Raises WorldError where
    the disk refuses."""
    write_file(path, json.dumps(asdict(session), ensure_ascii=True).encode())
