"""What is said of both guesses of a step, and of rows of other values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.guiding.against import Against
    from core.service.insight.guiding.own_span import Span
    from core.service.insight.step_figures import StepFigures


def against_words(what: Against) -> tuple[str, str]:
    """The other guess in a few words, and in a sentence."""
    from core.service.insight.guiding.against import Against

    words = {
        Against.NEGATIVE: (
            tr("With the negative prompt"),
            tr("What the model would make of the negative prompt: guidance leads away from it."),
        ),
        Against.EMPTY: (
            tr("With an empty prompt"),
            tr("What the model would make of no words at all: guidance leads away from it."),
        ),
        Against.SCALE_ONE: (
            tr("No other guess"),
            tr("Guidance is 1: the prompt's guess is taken as it is, and no other one is made."),
        ),
        Against.RESTS: (
            tr("No other guess"),
            tr("Guidance rests at this step, as the picture's recipe says."),
        ),
        Against.TOLD: (
            tr("No other guess"),
            tr("This model is told the guidance scale as a number, and guesses once."),
        ),
    }
    return words[what]


def difference_words(gain: int) -> str:
    """How the difference is drawn."""
    return tr(
        "The first less the second, × {gain}: grey where they agree, brighter where the prompt "
        "adds light or a colour, darker where it takes it away.",
        gain=gain,
    )


def step_words(figures: StepFigures, guidance: float, rescaled: bool) -> str:
    """How guidance put the guess of this step together."""
    if figures.guidance_norm is None:
        return tr("The guess of this step is the one with the prompt.")
    words = tr(
        "The guess of this step is the one with the prompt, and {times} times the difference "
        "besides (guidance {guidance} less 1). The difference measures {norm} in latents (RMS).",
        times=f"{guidance - 1:g}",
        guidance=f"{guidance:g}",
        norm=f"{figures.guidance_norm:.3f}",
    )
    if rescaled:
        words += " " + tr("Its spread is then brought back (guidance rescale).")
    return words


def threshold_words() -> str:
    """What "nothing one can see" means here."""
    from core.service.sweeps.noticeable import JUST_NOTICEABLE, LEAST_SHARE

    return tr(
        "Seen means: S-CIELAB finds a distance above {jnd} at 100 % on an ordinary screen from "
        "60 cm; up to {share} % of the pixels may.",
        jnd=f"{JUST_NOTICEABLE:g}",
        share=f"{100 * LEAST_SHARE:g}",
    )


def settled_words(first: str, before: str, last: str) -> str:
    """From which value of a row on nothing that one can see changes; "" where even the last two,
    `before` and `last`, are told apart."""
    if not first:
        return tr(
            "Something that one can see changes as far as this goes: {before} and {last} are still "
            "told apart.",
            before=before,
            last=last,
        )
    return tr(
        "From {first} on nothing that one can see changes any more, as far as {last}.",
        first=first,
        last=last,
    )


def span_words(span: Span, below: str, above: str) -> str:
    """Where saturation leaves the model's own span: `below`, the last value that is paler, and
    `above`, the first one that is stronger, "" for none."""
    if span.low is None or span.high is None:
        return tr(
            "To say where colours leave the span of this model's own pictures, some of them at its "
            "usual guidance ({guidance}) are needed; the gallery has {count}.",
            guidance=f"{span.guidance:g}",
            count=span.count,
        )
    words = [
        tr(
            "Nine tenths of this model's own pictures have a saturation of {low} to {high} "
            "({count} in the gallery, guidance {guidance}).",
            low=f"{span.low:.2f}",
            high=f"{span.high:.2f}",
            count=span.count,
            guidance=f"{span.guidance:g}",
        )
    ]
    if below:
        words.append(tr("Up to {value} colours are paler than that.", value=below))
    if above:
        words.append(tr("From {value} on they are stronger than that.", value=above))
    if not (below or above):
        words.append(tr("All of these values stay within that span."))
    return " ".join(words)
