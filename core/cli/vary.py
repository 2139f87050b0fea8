"""`calotype vary`: variations of pictures, each by its recipe where that can be made again, else
from the picture itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.cli.shared.options import ProgramOptions
from core.cli.shared.output import print_error
from core.cli.shared.rendering import Report, WantedPicture, check_out, render, wanted_pictures
from core.cli.start_files import chosen_files, for_each_file
from core.engine.contract.protocol import known_weights
from core.service.starting.varying import COUNT, STRENGTH, vary_requests
from core.service.stores import Stores
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture


@dataclass(frozen=True, slots=True)
class VaryOptions:
    """How pictures are varied: `count` of each, by variation seeds `seed`, `seed` + 1, ... (None:
    random ones), with the model of this id or path ("": the recipe's)."""

    strength: float = STRENGTH
    count: int = COUNT
    seed: int | None = None
    model: str = ""


def vary_pictures(
    stores: Stores,
    paths: Sequence[Path],
    options: VaryOptions,
    program: ProgramOptions,
    report: Report,
    picture_format: str,
) -> int:
    """Make the variations of all files and of what lies in folders, as one entry of the queue; the
    exit code. In which way each is varied is said on stderr, and in its result line as `way`.

    Raises KnownError and KeyboardInterrupt as `generate_pictures` does.
    """
    known_weights(program.weights)
    start = StartPicture(strength=options.strength)
    Request(count=options.count, seed=options.seed, start=start).check()
    check_out(program.out)
    sentences: list[str] = []

    def make(file: Path) -> tuple[WantedPicture, ...]:
        varied = vary_requests(
            stores,
            file,
            options.strength,
            options.count,
            model=options.model,
            seed=options.seed,
        )
        varied.entry.ref()  # a model that cannot be used costs no other file
        sentences.extend((*varied.notes, varied.sentence))
        facts = {"init": str(file), "parent": varied.requests[0].parent, "way": varied.way}
        return tuple(
            wanted
            for request in varied.requests
            for wanted in wanted_pictures(request, varied.entry, facts)
        )

    wanted, code = for_each_file(chosen_files(paths), make)
    for sentence in dict.fromkeys(sentences):
        print_error(sentence, 0)
    if wanted:
        render(stores, program, wanted, report, picture_format, together=True)
    return code
