"""Pictures to start from, as the command line names them: files and folders, one request each, with
the recipe given or each with its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.cli.shared.options import GenerateOptions
from core.cli.shared.output import print_error
from core.cli.shared.rendering import WantedPicture, wanted_pictures
from core.models.library.model_entry import ModelEntry
from core.service.remarks.canvas import resolved_hires
from core.service.starting.files import StartFilePaths, check_start, started_from_files
from core.service.starting.own_recipe import own_recipe
from core.service.starting.usual_strength import with_usual_strength
from core.service.stores import Stores
from core.store.files import pictures_of_folder
from core.system.errors import InvalidRequest, KnownError
from core.values.declared.limits import MAX_COUNT
from core.values.declared.parameter import with_values
from core.values.request import Request
from core.values.request_parts.start_picture import FROM_ALPHA


def chosen_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files, and of folders the pictures that lie in them, by name. Raises WorldError for a
    folder that cannot be read or holds none."""
    return tuple(file for path in paths for file in _files_of(path))


def _files_of(path: Path) -> Iterator[Path]:
    if not os.path.isdir(path):  # also False where no path can have this name
        yield path
        return
    yield from pictures_of_folder(path)


def for_each_file(
    files: Sequence[Path], make: Callable[[Path], tuple[WantedPicture, ...]]
) -> tuple[tuple[WantedPicture, ...], int]:
    """What `make` makes of each file, and the exit code. Of several files one that cannot be used
    is told on stderr and left out; a single one raises its KnownError."""
    code = 0
    wanted: list[WantedPicture] = []
    for file in files:
        try:
            wanted += make(file)
        except KnownError as fault:
            if len(files) == 1:
                raise
            code = print_error(str(fault), fault.exit_code)
        if len(wanted) > MAX_COUNT:
            raise InvalidRequest(
                "count", f"These are more than {MAX_COUNT:,} pictures.", "Choose fewer files."
            )
    return tuple(wanted), code


def pictures_from_files(
    stores: Stores, options: GenerateOptions
) -> tuple[tuple[WantedPicture, ...], int]:
    """The pictures that `generate --init` makes of its files, which are kept by then, and the exit
    code. With a prompt all files have the recipe that was typed; without one each has its own, in
    which what was typed counts.

    What of the files was changed is said on stderr. Raises as `for_each_file`, and InvalidRequest
    for what is wrong with what was typed.
    """
    with_values(Request(), options.values()).check()
    files = chosen_files(options.program.init or ())
    notes: dict[str, None] = {}  # each sentence once, in order
    request_for = _given(stores, options) if options.has_prompt else _own(stores, options, notes)

    def make(file: Path) -> tuple[WantedPicture, ...]:
        request, entry = request_for(file)
        if "strength" not in options.typed:
            from_alpha = request.start.background == FROM_ALPHA
            masked = options.program.mask is not None or from_alpha
            request = with_usual_strength(request, entry.family_row, masked=masked)
        paths = StartFilePaths(file, options.program.mask)
        started = started_from_files(
            stores, request, paths, entry.family_row, has_size="size" in options.typed
        )
        resolved, sentence = resolved_hires(started.request, entry.family_row)
        notes.update(dict.fromkeys((*started.notes, *filter(None, (sentence,)))))
        facts = {"init": str(file), "parent": started.request.parent}
        return wanted_pictures(resolved.check(), entry, facts)

    wanted, code = for_each_file(files, make)
    for note in notes:
        print_error(note, 0)
    return wanted, code


RequestFor = Callable[[Path], tuple[Request, ModelEntry]]


def _given(stores: Stores, options: GenerateOptions) -> RequestFor:
    """The one recipe that was typed, for every file."""
    from core.cli.generate import request_of

    entry = stores.library.find(options.model)
    request = request_of(options, stores.library)
    check_start(request, entry.family_row, has_mask=options.program.mask is not None)
    return lambda file: (request, entry)


def _own(stores: Stores, options: GenerateOptions, notes: dict[str, None]) -> RequestFor:
    """Each file's own recipe, in which what was typed counts."""
    from core.cli.generate import styled

    model = options.model if "model" in options.typed else ""

    def request_for(file: Path) -> tuple[Request, ModelEntry]:
        own = own_recipe(stores.library, file, model)
        typed = options.values(only_typed=True)
        request = with_values(own.request, typed)
        if ("levels", "sigmas") not in typed:  # a list of levels follows the steps
            request = replace(request, levels=request.levels.for_steps(request.steps))
        if options.program.style:
            request = styled(request, options.program.style)
        notes.update(dict.fromkeys(own.notes))
        return replace(request, model=own.entry.id), own.entry

    return request_for
