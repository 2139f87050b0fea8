"""The form being filled in: the one mutable thing of the interface.

It holds a frozen Request and replaces it; each change is a step of its history.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import reduce

from PySide6.QtCore import QObject, Signal

from core.models.files.families import Family
from core.service.starting.taken_values import taken_values
from core.service.starting.usual_values import CONTENT, Usual, with_defaults
from core.values.declared.parameter import Parameter, parameters, with_values
from core.values.request import Request
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from desktop.state.undo import TYPED_WORDS, TYPING, Changes, KeptHistory, UndoHistory, changed
from desktop.widgets.i18n import tr, tr_data
from desktop.widgets.notice import PassingAct


@dataclass(frozen=True, slots=True)
class DraftState:
    """All that a draft holds, while another one has its place in a form."""

    request: Request
    random_seed: bool
    family: Family
    last_seed: int | None = None
    history: KeptHistory = field(default_factory=KeptHistory)
    masked: bool = False


class Draft(QObject):
    """`changed` names the fields that got new values; `model_back` the model that an undo or redo
    brought back; `step_undone` what was undone. `about_to_change` comes before a step, for whoever
    holds back what was typed.

    Every change is a step of `history`, but what the program itself notes (the seed of a picture,
    the last session). With `random_seed` on (the die), the request carries no seed and
    `last_seed` is only shown. What it knows of a parameter stands in `declared`. `masked`: the
    document that is edited has places, or sides, that are made anew.

    A parameter of parts is changed part by part: "start.strength" names one.
    """

    blank: Request = Request()  # what a form begins with, but for the model's defaults
    about_to_change = Signal()
    changed = Signal(frozenset)  # names of fields
    model_back = Signal(str)
    step_undone = Signal(str)

    def __init__(
        self,
        family: Family,
        parent: QObject | None = None,
        *,
        follows: frozenset[str] = frozenset(),
    ) -> None:
        """`follows` names the fields that follow from what is edited."""
        super().__init__(parent)
        self.family = family
        self.follows = follows
        self.masked = False
        self.random_seed = True
        self.last_seed: int | None = None
        self.declared = parameters(type(self.blank))
        self._request = with_defaults(self.blank, family)
        self._listed = Levels()  # with the list of levels that was made last
        self.history = UndoHistory(self._apply, self)
        self._stepping = False

    @property
    def request(self) -> Request:
        """What Generate would ask for now."""
        return replace(self._request, seed=None) if self.random_seed else self._request

    def declaration(self, name: str) -> Parameter:
        """What is declared of a parameter, or of a part of one."""
        field, _, part = name.partition(".")
        return parameters(type(getattr(self.blank, field)))[part] if part else self.declared[field]

    def value(self, name: str, request: Request | None = None) -> object:
        """What a parameter, or a part of one, is in the form, or in `request`."""
        return reduce(getattr, _path(name), self._request if request is None else request)

    # --- changes, each of them a step ---

    @contextmanager
    def one_step(self, text: str, run: Hashable = None, *, follows: bool = False) -> Iterator[None]:
        """All changes within are one step called `text`, and go on the last step of the same `run`
        where there was no pause.

        `follows`: they follow from the last step by themselves; where steps can be made again,
        they belong to that one.
        """
        if self._stepping:
            yield
            return
        self.about_to_change.emit()
        before = self._state()
        self._stepping = True
        try:
            yield
        finally:
            self._stepping = False
            if follows and self.history.next() is not None:
                self.history.amend(before, self._state())
            else:
                self.history.record(text, before, self._state(), run)

    def set(self, **values: object) -> None:
        """Change single fields; the same ones changed again at once are one step."""
        # texts are written by `write`; one that is set whole is a step of its own
        whole_text = any(self.declared[name].longest is not None for name in values)
        run = None if whole_text else ("set", *sorted(values))
        self.set_as(self._name(next(iter(values))), run, **values)

    def put(self, name: str, value: object) -> None:
        """Change one parameter or a part of one; changed again at once it is the same step."""
        with self.one_step(self._name(name), ("set", name)):
            self._replace(self._followed(with_values(self._request, {_path(name): value})))

    def set_as(self, text: str, run: Hashable = None, /, **values: object) -> None:
        """Change single fields as a step with this name."""
        with self.one_step(text, run):
            self._replace(self._followed(replace(self._request, **values)))

    def write(self, field: str, text: str, how: str) -> None:
        """A text as its editor has it now; `how` it came there: "typing", "paste", "weight",
        "phrase", "suggestion", "cut", "word", "replace"."""
        if text == getattr(self._request, field):
            return
        run = (TYPING, field) if how == TYPING else None
        self.set_as(tr_data(TYPED_WORDS[how]), run, **{field: text})

    def set_random_seed(self, on: bool) -> None:
        """The die: on asks for a new seed each time, off pins the seed shown."""
        if on != self.random_seed:
            with self.one_step(tr("Random seed")):
                self.random_seed = on
                if not on and self._request.seed is None:
                    self._request = replace(self._request, seed=self.last_seed or 0)
                self.changed.emit(frozenset({"seed"}))

    def pin_seed(self, seed: int) -> None:
        """This seed, with the die off."""
        with self.one_step(tr("Seed"), ("seed",)):
            self.random_seed = False
            self._replace(replace(self._request, seed=seed), force={"seed"})

    def note_seed(self, seed: int) -> None:
        """The seed a picture got, to be shown and pinned; no step."""
        self.last_seed = seed
        if self.random_seed:
            self._request = replace(self._request, seed=seed)
            self.changed.emit(frozenset({"seed"}))

    def note_size(self, width: int, height: int) -> None:
        """The size that follows from what is edited, in pixels; no step."""
        self._replace(replace(self._request, width=width, height=height))

    def note_masked(self, masked: bool) -> None:
        """Whether some of what is edited is to be made anew now; no step. A strength that nobody
        has chosen follows."""
        was = self._usual()
        self.masked = masked
        self._replace(self._followed(self._request, was))

    def take_over(self, request: Request, *names: str, step: str = "") -> None:
        """Take fields of a picture's request (all when none are named);
        its own seed and Count 1. One step."""
        self.about_to_change.emit()
        values = taken_values(request, names, self._request)
        takes_seed = values.get("seed") is not None
        steps = {
            (): tr("Reuse all"),
            ("prompt", "negative_prompt"): tr("Reuse prompt"),
            ("seed",): tr("Reuse seed"),
        }
        with self.one_step(step or steps.get(names, tr("Take recipe"))):
            if takes_seed:
                self.random_seed = False
            self._replace(replace(self._request, **values), force={"seed"})

    def use_family(self, model: str, family: Family, *, follows: bool = False) -> tuple[str, ...]:
        """Another model: values still at the old defaults take the new ones; the names of changed
        ones that would spoil the picture and were replaced too (a size outside the family's range,
        strong guidance on a distilled model). `follows` as in `one_step`."""
        self.about_to_change.emit()
        was = self._usual()
        old, new = (with_defaults(self.blank, row) for row in (self.family, family))
        values = {
            name: getattr(new, name)
            for name in family.defaults().keys() - self.follows
            if getattr(self._request, name) == getattr(old, name)
        }
        before = replace(self._request, **values)
        spoilt: dict[str, object] = {}
        shorter, longer = sorted((before.width, before.height))
        is_free = "width" not in self.follows
        if is_free and (shorter < family.min_size or longer > family.max_size):
            spoilt |= {"width": new.width, "height": new.height}
        if family.guidance <= 1 < before.guidance:
            spoilt["guidance"] = new.guidance
        if family.flow != self.family.flow and before.levels != new.levels:
            spoilt["levels"] = new.levels  # of noise that the other kind has not
        step = tr("Model") if model != self._request.model else tr("Model's defaults")
        with self.one_step(step, follows=follows):
            self.family = family
            request = replace(before, model=model, **spoilt)  # type: ignore[arg-type]
            self._replace(self._followed(request, was), force={"model"})
        return tuple(spoilt)

    def reset(self, *names: str) -> None:
        """Back to the model's defaults: the named fields, or all but the texts."""
        new = self._usual().request(self._request)
        values = {_path(name): self.value(name, new) for name in names or self.defaulted()}
        text = tr("Reset parameters")
        if names:
            text = tr("Reset {what}", what=self._name(names[0]))
        with self.one_step(text):
            self._replace(with_values(self._request, values))

    def defaulted(self) -> tuple[str, ...]:
        """The fields that `reset` takes back to the model's defaults."""
        return tuple(
            name for name in self.declared if name not in CONTENT and name not in self.follows
        )

    def has_default(self, name: str) -> bool:
        """Whether a parameter, or a part of one, has a value to go back to; no model has a default
        model or seed."""
        return "." in name or name in self.defaulted()

    def differs(self, *names: str) -> bool:
        """Whether one of the fields (of all that `reset` resets, when none is named)
        is away from the model's default."""
        new = self._usual().request(self._request)
        return any(self.value(name) != self.value(name, new) for name in names or self.defaulted())

    def _usual(self) -> Usual:
        return Usual(self.blank, self.family, self.masked)

    def usual_strength(self, start: StartPicture) -> float:
        """How much of this is made anew where nobody says it."""
        return self._usual().strength(replace(self._request, start=start))

    def _followed(self, request: Request, was: Usual | None = None) -> Request:
        """Where nobody has chosen the strength it is what is usual for `request`; `was` what was
        usual before."""
        usual = self._usual()
        return replace(request, start=usual.followed(request, self._request, was or usual))

    def _name(self, field: str) -> str:
        """What a step is called that changes it."""
        return tr_data(self.declaration(field).label)

    # --- undo and redo ---

    def undo(self) -> bool:
        """Take back the last step; False where there is none."""
        return self._step(back=True)

    def redo(self) -> bool:
        """Make again what was taken back last; False where there is nothing."""
        return self._step(back=False)

    def undoer(self, then: Callable[[], object] | None = None) -> PassingAct:
        """Takes back the step that was made last, and nothing where that is no longer the last
        one: for a notice's Undo.

        `history.stepped` tells when it has become idle."""
        step = self.history.top()

        def undo() -> bool:
            done = self.undo()
            if done and then is not None:
                then()
            return done

        return PassingAct(lambda: step is not None and step is self.history.top(), undo)

    def _step(self, *, back: bool) -> bool:
        self.about_to_change.emit()
        history = self.history
        step = history.top() if back else history.next()
        if step is None:
            return False
        history.pause()
        if back:
            words = tr("Undone: {what}", what=step.text)
            history.undo()
        else:
            words = tr("Redone: {what}", what=step.text)
            history.redo()
        self.step_undone.emit(words)
        return True

    def _apply(self, what: Changes, forward: bool) -> None:
        state = self._state()
        values = {name: changed(change, state[name], forward) for name, change in what.items()}
        model = self._request.model
        self.random_seed = bool(values.pop("random_seed", self.random_seed))
        pinned = values.pop("pinned", None)
        if pinned is not None:
            values["seed"] = pinned
        family = values.pop("family", self.family)
        assert isinstance(family, Family)
        anew = {"model"} if family != self.family else set[str]()
        self.family = family
        self._stepping = True  # what editors say meanwhile is no step
        try:
            self._replace(replace(self._request, **values), force={"seed"} | anew)  # type: ignore[arg-type]
        finally:
            self._stepping = False
        if self._request.model != model:
            self.model_back.emit(self._request.model)

    def restore(self, request: Request, random_seed: bool, family: Family) -> None:
        """The form as it was at the last exit; no step."""
        self.family = family
        self.random_seed = random_seed
        self._replace(request, force={"seed", "model"})
        self.history.clear()

    def kept(self) -> DraftState:
        """All of it with its history, for `bring`."""
        return DraftState(
            self._request,
            self.random_seed,
            self.family,
            last_seed=self.last_seed,
            history=self.history.kept(),
            masked=self.masked,
        )

    def bring(self, state: DraftState) -> None:
        """Another form in the place of this one, with its history; no step."""
        self.family = state.family
        self.random_seed = state.random_seed
        self.last_seed = state.last_seed
        self.masked = state.masked
        self._stepping = True  # what editors say meanwhile is no step
        try:
            self._replace(state.request, force={"seed", "model"})
        finally:
            self._stepping = False
        self.history.bring(state.history)

    def stored(self) -> Request:
        """The request with the seed shown, for the session file."""
        return self._request

    def _state(self) -> dict[str, object]:
        request = self._request
        return {f.name: getattr(request, f.name) for f in fields(request)} | {
            # the seed again where it counts: to pin the one that was only shown is a change
            "pinned": None if self.random_seed else request.seed,
            "random_seed": self.random_seed,
            "family": self.family,
        }

    def _replace(self, request: Request, force: set[str] | None = None) -> None:
        before = self._request
        if request.levels.sigmas:  # a list of levels follows the steps
            known = (self._listed.for_steps(each.steps) for each in (before, request))
            if request.levels not in known:
                self._listed = request.levels
            request = replace(request, levels=self._listed.for_steps(request.steps))
        self._request = request
        names = {
            f.name for f in fields(request) if getattr(before, f.name) != getattr(request, f.name)
        }
        names |= force or set()
        if names:
            self.changed.emit(frozenset(names))


def _path(name: str) -> tuple[str, ...]:
    """The names that lead to a parameter, or to a part of one."""
    return tuple(name.split("."))
