"""What rooms and the window say to each other, without knowing who hears it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.models.library.model_entry import ModelEntry
from core.service.library_overview import LibraryItem
from core.system.settings import Settings
from core.values.picture import Picture
from core.values.request import Request


class RoomSignals(QObject):
    """The first group asks for something: the room whose affair it is does it, and comes to the
    front by `go` where a person is to see it. The second says what happened."""

    go = Signal(str)  # to the room of this id
    open_picture = Signal(Picture)  # large
    open_file = Signal(Path)  # a picture's, of any program, with its recipe
    start_from = Signal(Path)  # a picture of any program: the next ones are made of it
    edit_file = Signal(Path)  # a picture or layered file of any program, on the canvas
    insight_file = Signal(Path)  # a picture with its recipe: how it came to be
    wrong_file = Signal(Path)  # a picture of any program: what went wrong with it
    find_pictures = Signal(str)  # those that answer this search
    compare_files = Signal(tuple)  # one or more Paths of pictures, to stand side by side
    open_sweep = Signal(str)  # the one of this id, as a table
    tour_asked = Signal()  # the guided tour
    lesson_file = Signal(Path)  # a lesson of anybody
    help_asked = Signal(str)  # the page of help of this name
    import_folder = Signal(Path)  # of pictures, into the gallery
    add_layer = Signal(Path)  # a picture of any program, to what is on the canvas
    take_words = Signal(Path)  # a file of styles or presets
    take_request = Signal(Request)  # into the form that makes pictures of words
    take_whole = Signal(Request, str)  # the same with seed and size, and the words that say so
    reuse = Signal(Picture, tuple)  # of its recipe the fields of these names; all for ()
    use_model = Signal(LibraryItem)  # for pictures
    select_model = Signal(str)  # the one at this path is chosen where models are listed
    show_models = Signal()  # those that are here
    get_models = Signal(str)  # where they come from, with words to look for or ""
    choose_setting = Signal(str, str)  # its name and new value

    titled = Signal(dict)  # what documents are called now, by their ids
    told = Signal(str)  # a few words on what was just done
    model_used = Signal(ModelEntry)  # by the form from now on
    progress = Signal(int)  # percent of the picture being made; -1 when there is none
    picture_made = Signal(Picture)  # lists have it before it is shown
    gallery_changed = Signal()  # its rows
    sweep_lost = Signal(str)  # nothing is known of the one of this id but its pictures
    settings_changed = Signal(Settings)
    host_asked = Signal(str)  # a person asked for something from this host
    session_changed = Signal()  # something that the session file keeps
    possible_changed = Signal()  # something on which a command depends
