"""`calotype explain`: how a picture came to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from core.cli.explaining.symptoms import of_unmade, symptoms_as_json, symptoms_as_lines
from core.cli.explaining.without import WithoutWords
from core.cli.explaining.words import words_as_json, words_as_lines
from core.cli.shared.options import ProgramOptions
from core.cli.shared.output import print_result
from core.cli.shared.rendering import RenderBar, engine_spec, spare_sources
from core.engine import open_engine
from core.engine.contract.protocol import known_weights
from core.service.again.recreate import again
from core.service.insight.emergence import MISSING, Became
from core.service.insight.explaining.explain import Explained, explained, guidance_values
from core.service.insight.explaining.strip import GuidanceStrip
from core.service.insight.recorded import check_has_steps
from core.service.insight.symptoms.judge import judged_file
from core.service.insight.words.telling import ExplainedWords
from core.service.stores import Stores
from core.system.errors import InvalidRequest, ModelMissing, WorldError


def explain_picture(
    stores: Stores,
    path: Path,
    guidance: str,
    program: ProgramOptions,
    *,
    words: bool = False,
    without: Sequence[str] = (),
) -> None:
    """Print what went wrong with a picture, make it again with recording, and print what each step
    did, where its `words` were looked at, and what it would be `without` some; of one that cannot
    be made again the first alone. Raises KnownError, KeyboardInterrupt where a person ends it."""
    known_weights(program.weights)
    values = _values(guidance)
    symptoms = judged_file(path, stores.library)
    try:
        asked = again(stores, path)
        check_has_steps(asked)
    except (WorldError, ModelMissing) as fault:
        if values or words or without or program.out is not None:
            raise
        print_result(program.as_json, *of_unmade(path, fault, symptoms))
        return
    test = WithoutWords(stores, asked, without, program.out) if without else None
    spec = engine_spec(stores, program, asked.entry)
    with open_engine(spec) as engine, RenderBar() as bar:
        engine.prepare()
        spare_sources(stores, [asked.request])
        found = explained(
            stores,
            engine,
            asked,
            out=program.out,
            guidance=values,
            words=words,
            on_event=bar.hear,
        )
        if test is not None:
            test.make(engine, bar.hear)
    told, text = _as_json(found) | symptoms_as_json(symptoms), _as_text(path, found)
    text = "\n".join((text, *symptoms_as_lines(symptoms)))
    if words:
        told |= words_as_json(found.words or ExplainedWords())
    if test is not None:
        told["without"] = test.as_json()
        text = "\n".join((text, *test.as_lines()))
    print_result(program.as_json, told, text)


def _values(text: str) -> tuple[float, ...]:
    try:
        return guidance_values(text)
    except ValueError:
        raise InvalidRequest(
            "guidance",
            f"{text[:80]!r} are no guidance scales.",
            "Give numbers between commas, as --guidance 1,3,5,7.",
        ) from None


def _as_json(found: Explained) -> dict[str, object]:
    return {
        "identical": found.verdict.identical,
        "reasons": list(found.verdict.reasons),
        "steps": [asdict(step) for step in found.steps],
        "became_visible": _became(found.became),
        "guidance": [asdict(one) for one in found.guidance.cells],
        "guidance_settled": found.guidance.settled,
        "own_saturation": None if found.guidance.own is None else asdict(found.guidance.own),
    }


def _became(became: Became | None) -> dict[str, float] | None:
    return None if became is None else {**asdict(became), "missing": MISSING}


def _as_text(path: Path, found: Explained) -> str:
    lines = [f"{path}: {'identical' if found.verdict.identical else 'made otherwise'}"]
    lines += (f"  {reason}" for reason in found.verdict.reasons)
    if found.steps:
        lines.append("  step      sigma  coarse    fine clipped guidance")
    for step in found.steps:
        guided = "-" if step.guidance_norm is None else f"{step.guidance_norm:.3f}"
        lines.append(
            f"  {step.step:4d} {step.sigma:10.4f} {step.change_low:7.3f} {step.change_high:7.3f} "
            f"{step.clipped:7.1%} {guided:>8}"
        )
    if found.became is not None:
        became = found.became
        lines.append(
            f"  visible from step: composition {became.composition}, colour {became.colour}, "
            f"detail {became.detail} (half of it is there)"
        )
    for one in found.guidance.cells:
        apart = "of another size" if one.difference is None else f"differs by {one.difference:.1f}"
        seen = "" if one.visible is None else f", {one.visible:.1%} of it is seen to"
        lines.append(f"  guidance {one.value:g}: saturation {one.saturation:.2f}, {apart}{seen}")
    if found.words is not None:
        lines += words_as_lines(found.words)
    lines += strip_lines(found.guidance)
    return "\n".join(lines)


def strip_lines(strip: GuidanceStrip) -> list[str]:
    """What is said of all guidance scales that were tried."""
    lines: list[str] = []
    if strip.settled is not None:
        highest = max(one.value for one in strip.cells)
        lines.append(
            f"  from guidance {strip.settled:g} to {highest:g}, the highest tried, "
            "nothing that one can see changes"
        )
    own = strip.own
    if own is not None and own.low is not None and own.high is not None:
        lines.append(
            f"  nine tenths of {own.count} pictures of this model at guidance {own.guidance:g}: "
            f"saturation {own.low:.2f} to {own.high:.2f}"
        )
    elif own is not None:
        lines.append(
            f"  the gallery has {own.count} pictures of this model at guidance {own.guidance:g}: "
            "too few to say how saturated its own are"
        )
    return lines
