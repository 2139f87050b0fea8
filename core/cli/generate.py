"""`calotype generate`: fills a wish with the model's defaults, from words alone or with pictures to
start from, runs it, reports each picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.cli.shared.options import GenerateOptions
from core.cli.shared.output import print_error
from core.cli.shared.rendering import Report, WantedPicture, check_out, render, wanted_pictures
from core.engine.contract.protocol import known_weights
from core.models.files.families import Family
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.models.library.vocabulary import answer, known_subjects
from core.prompt.expand import drawing_problems
from core.prompt.loras import named_loras
from core.prompt.resolving import without_notes
from core.prompt.styles.files import OWN, chosen_styles, styles_in
from core.prompt.styling import applied
from core.service.remarks.canvas import resolved_hires
from core.service.remarks.texts import remarks
from core.service.stores import Stores
from core.system.errors import InvalidRequest
from core.system.paths import places
from core.values.declared.parameter import with_values
from core.values.noise import USUAL_NOISE
from core.values.request import CheckedRequest, Request


def request_of(options: GenerateOptions, library: Library) -> CheckedRequest:
    """What was typed, with the defaults of the model and of few-step LoRAs where nothing was.

    Without `--noise`, it is drawn as the program mostly drew it: on a graphics card (of ComfyUI
    only the step noise), our own on the processor. Raises InvalidRequest, which names the first
    fault, and ModelMissing where there is no such model.
    """
    values = options.values()
    typed = with_values(Request(), values)
    Request(loras=typed.loras).check()  # a fault of what was typed is told before one of the world
    library.typed_names(*(lora.id for lora in typed.loras), typed.vae)
    entry = library.find(typed.model)
    _, of_prompt = named_loras(without_notes(typed.prompt, typed.program))
    family = library.family_row_for(entry, tuple(lora.id for lora in (*typed.loras, *of_prompt)))
    request = with_values(replace(Request(), **family.defaults()), values)
    if options.program.style:
        request = styled(request, options.program.style)
    if not values.get(("noise", "source")):
        source = USUAL_NOISE.get(request.compatibility, "cpu")
        request = with_values(request, {("noise", "source"): source})
    return request.check()


def styled(request: Request, names: Sequence[str]) -> Request:
    """The request with styles, which are put around its words when it is made; files of styles that
    cannot be used are said on stderr. Raises InvalidRequest where there is no such style."""
    found = styles_in(OWN, places().styles)
    for trouble in found.troubles:
        print_error(trouble, 0)
    chosen = tuple(style.chosen() for style in chosen_styles(found, names))
    return replace(request, styles=(*request.styles, *chosen))


def generate_pictures(
    stores: Stores, options: GenerateOptions, report: Report, picture_format: str = "png"
) -> int:
    """Make the pictures asked for on their device, reporting each as it is saved; the exit code.

    They go into the gallery, or to `--out`, a file or folder. Raises KnownError at the first that
    fails, and KeyboardInterrupt where a person ends it; what was reported stays. Of several files
    to start from one that cannot be used is told, and costs no other.
    """
    from core.cli.start_files import pictures_from_files

    known_weights(options.program.weights)
    if options.program.init:
        wanted, code = pictures_from_files(stores, options)
    else:
        wanted, code = _from_words(stores, options), 0
    _check_parts(stores, wanted)
    check_out(options.program.out)
    _tell_remarks(wanted)
    if wanted:
        together = bool(options.program.init)
        render(stores, options.program, wanted, report, picture_format, together=together)
    return code


def _from_words(stores: Stores, options: GenerateOptions) -> tuple[WantedPicture, ...]:
    if options.program.mask is not None:
        raise InvalidRequest(
            "mask", "A mask needs a picture to start from.", "Choose one with --init."
        )
    if options.picture.get("prompt") is None:
        raise InvalidRequest(
            "prompt",
            "Missing argument 'PROMPT': say what to draw.",
            "Or choose a picture to start from with --init.",
        )
    entry = stores.library.find(options.model)
    request = with_hires(request_of(options, stores.library), entry.family_row)
    entry.ref()  # a model that cannot be used is told before the remarks
    return wanted_pictures(request, entry)


def with_hires(request: CheckedRequest, row: Family) -> CheckedRequest:
    """The request with what automatic hires fix chose, which is said on stderr."""
    resolved, sentence = resolved_hires(request, row)
    if sentence:
        print_error(sentence, 0)
    return resolved.check()


def _check_parts(stores: Stores, wanted: tuple[WantedPicture, ...]) -> None:
    """ModelMissing for a refiner or an autoencoder that is not there, before anything is loaded."""
    for refiner in {one.request.refiner for one in wanted} - {""}:
        stores.library.find(refiner).ref()
    for vae in {one.request.vae for one in wanted} - {""}:
        stores.library.find_vae(vae)


def _tell_remarks(wanted: tuple[WantedPicture, ...]) -> None:
    """What a person should know of the pictures before they are made, each sentence once."""
    of_each = {id(one.asked): one for one in wanted}
    sentences = [
        words
        for one in of_each.values()
        if one.entry is not None
        for words in _remarks(one.asked, one.entry)
    ]
    for sentence in dict.fromkeys(sentences):
        print_error(sentence, 0)


def _remarks(request: CheckedRequest, entry: ModelEntry) -> tuple[str, ...]:
    """The model's own remark first."""
    request = applied(request)
    unknown = answer(entry.vocabulary, entry.name, request.prompt)
    of_model = (f"{unknown} {known_subjects(entry.vocabulary)}",) if unknown else ()
    return (*of_model, *drawing_problems(request), *remarks(request, entry.family_row))
