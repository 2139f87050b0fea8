"""The form being filled in: the one mutable thing of the interface. It holds a frozen Request and replaces it."""

from __future__ import annotations

from dataclasses import fields, replace

from PySide6.QtCore import QObject, Signal

from core.models.families import Family
from core.prompt import lora_tag
from core.request import Request

DEFAULTED = ("width", "height", "steps", "guidance", "sampler", "schedule", "clip_skip")
WAYS = ("compatibility", "noise", "eta", "guidance_rescale", "guidance_from", "guidance_until", "vae", "refiner", "refiner_at", "freeu")
UNDO_STEPS = 100


class Draft(QObject):
    """`changed` names the fields that got new values. Whole-form changes (reuse, reset, model) can be undone.

    With `random_seed` on (the die), the request carries no seed and `last_seed` is only shown.
    """

    changed = Signal(object)

    def __init__(self, family: Family, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.family = family
        self.random_seed = True
        self.last_seed: int | None = None
        self._request = with_defaults(Request(), family)
        self._past: list[tuple[Request, bool, Family]] = []

    @property
    def request(self) -> Request:
        """What Generate would ask for now."""
        return replace(self._request, seed=None) if self.random_seed else self._request

    def set(self, **values: object) -> None:
        """Change single fields; texts are undone by their editors, so nothing is kept here."""
        self._replace(replace(self._request, **values))

    def set_random_seed(self, on: bool) -> None:
        """The die: on asks for a new seed each time, off pins the seed shown."""
        if on != self.random_seed:
            self.random_seed = on
            if not on and self._request.seed is None:
                self._request = replace(self._request, seed=self.last_seed or 0)
            self.changed.emit(frozenset({"seed"}))

    def note_seed(self, seed: int) -> None:
        """The seed a picture got, to be shown and pinned."""
        self.last_seed = seed
        if self.random_seed:
            self._request = replace(self._request, seed=seed)
            self.changed.emit(frozenset({"seed"}))

    def take_over(self, request: Request, *names: str) -> None:
        """Take fields of a picture's request (all when none are named); its own seed and Count 1. Can be undone."""
        self._remember()
        chosen = names or tuple(f.name for f in fields(Request) if f.name != "model")
        values = {name: getattr(request, name) for name in chosen}
        if "seed" in chosen and request.seed is not None:
            self.random_seed = False
            values["count"] = 1
        if values.get("loras"):  # shown where a person sees and edits them: as tags in the prompt
            tags = "".join(lora_tag(lora) for lora in request.loras)
            values |= {"loras": (), "prompt": f"{values.get('prompt', self._request.prompt)} {tags}".strip()}
        self._replace(replace(self._request, **values), force={"seed"})

    def use_family(self, model: str, family: Family) -> tuple[str, ...]:
        """Another model: values still at the old defaults take the new ones; the names of changed ones that would spoil the picture
        and were replaced too (a size outside the family's range, strong guidance on a distilled model)."""
        self._remember()
        old = with_defaults(Request(), self.family)
        new = with_defaults(Request(), family)
        values = {name: getattr(new, name) for name in DEFAULTED if getattr(self._request, name) == getattr(old, name)}
        before, self.family = replace(self._request, **values), family
        spoilt: dict[str, object] = {}
        if not family.min_size <= min(before.width, before.height) or max(before.width, before.height) > family.max_size:
            spoilt |= {"width": new.width, "height": new.height}
        if family.guidance <= 1 < before.guidance:
            spoilt["guidance"] = new.guidance
        self._replace(replace(before, model=model, **spoilt), force={"model"})  # type: ignore[arg-type]
        return tuple(spoilt)

    def reset(self, *names: str) -> None:
        """Back to the model's defaults: the named fields, or all but the texts."""
        self._remember()
        new = with_defaults(Request(), self.family)
        self._replace(replace(self._request, **{name: getattr(new, name) for name in names or (*DEFAULTED, *WAYS, "count")}))

    def differs(self, name: str) -> bool:
        """Whether a field is away from the model's default."""
        return getattr(self._request, name) != getattr(with_defaults(Request(), self.family), name)

    def undo(self) -> bool:
        """Take back the last whole-form change; False where there is none."""
        if not self._past:
            return False
        request, self.random_seed, self.family = self._past.pop()
        self._replace(request, force={"seed", "model"})
        return True

    def restore(self, request: Request, random_seed: bool, family: Family) -> None:
        """The form as it was at the last exit."""
        self.family, self.random_seed = family, random_seed
        self._replace(request, force={"seed", "model"})

    def stored(self) -> Request:
        """The request with the seed shown, for the session file."""
        return self._request

    def _remember(self) -> None:
        self._past = [*self._past[-UNDO_STEPS:], (self._request, self.random_seed, self.family)]

    def _replace(self, request: Request, force: set[str] | None = None) -> None:
        before, self._request = self._request, request
        names = {f.name for f in fields(Request) if getattr(before, f.name) != getattr(request, f.name)} | (force or set())
        if names:
            self.changed.emit(frozenset(names))


def with_defaults(request: Request, family: Family) -> Request:
    """`request` with the family's size, steps, guidance, sampler and schedule."""
    width, height = family.sizes[0]
    return replace(request, width=width, height=height, steps=family.steps, guidance=family.guidance,
                   sampler=family.sampler, schedule=family.schedule)
