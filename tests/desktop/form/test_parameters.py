"""The lines of the form: each parameter that is shown has one, and what is declared of a parameter
is all that its line, its step, its mark and its way back need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from core.models.files.families import FAMILIES
from core.values.declared.parameter import Parameter, Unit, parameter, parameters
from core.values.device import Device
from core.values.noise import Noise
from core.values.program import Program
from core.values.request import Request
from desktop.form.parameters.line_table import ELSEWHERE, LineTable
from desktop.form.parameters.lines import NumberLine, line_of
from desktop.form.parameters.panel import ParametersPanel
from desktop.state.draft import Draft
from desktop.widgets.controls import Combo, FieldLabel, SliderField
from desktop.widgets.i18n import PseudoTranslator

STARTER = FAMILIES["starter"]


@dataclass(frozen=True, slots=True)
class WiderRequest(Request):
    """A request with parameters of which the window knows what is declared here."""

    stirring: float = parameter(
        0.5,
        Parameter(
            label="Stirring of noise",
            short="Stirring",
            help="Stirs the noise between steps.",
            low=0,
            high=2,
            usual=(0, 1),
            step=0.25,
            decimals=2,
            advanced=True,
        ),
    )
    portion: float = parameter(
        1.0,
        Parameter(
            label="Portion",
            help="How much of the picture is made anew.",
            low=0,
            high=1,
            unit=Unit.SHARE,
            advanced=True,
        ),
    )
    layers: int = parameter(
        2, Parameter(label="Layers", help="How many layers are left.", low=1, high=9)
    )
    rounds: int = parameter(
        5,
        Parameter(
            label="Rounds", help="How often all begins anew.", low=1, high=150, usual=(1, 60)
        ),
    )
    edges: str = parameter(
        "hard",
        Parameter(
            label="Edges of tiles",
            help="How tiles meet at their edges.",
            choices={"hard": "Hard", "soft": "Soft"},
            advanced=True,
        ),
    )


class WiderDraft(Draft):
    blank = WiderRequest()


@pytest.fixture
def show(qapp: QApplication) -> Iterator[Any]:
    shown: list[QWidget] = []

    def shows(draft: Draft) -> ParametersPanel:
        panel = ParametersPanel(draft)
        panel.more.setChecked(True)
        panel.show()
        shown.append(panel)
        return panel

    yield shows
    for panel in shown:
        panel.hide()
        panel.deleteLater()


def label_of(panel: ParametersPanel, control: QWidget) -> FieldLabel:
    return next(label for label in panel.findChildren(FieldLabel) if label.buddy() is control)


def all_lines(draft: Draft) -> LineTable:
    """With those that fold away."""
    table = LineTable(draft)
    slices = table.make_more()
    try:
        while True:
            next(slices)
    except StopIteration as end:
        table.more = end.value
    return table


def enter(control: QWidget, value: Any) -> None:
    """As a person would."""
    if isinstance(control, SliderField):
        control.field.setValue(value)
    elif isinstance(control, Combo):
        control.setCurrentIndex(control.findData(value))
        control.activated.emit(control.currentIndex())
    else:
        control.setValue(value)


def seen(control: QWidget) -> Any:
    if isinstance(control, SliderField):
        return control.field.value()
    return control.currentData() if isinstance(control, Combo) else control.value()


def last_step(draft: Draft) -> str:
    """What it is called."""
    step = draft.history.top()
    assert step is not None
    return step.text


def test_every_field_of_a_request_is_declared() -> None:
    assert [f.name for f in fields(Request)] == list(parameters(Request))


def test_families_have_defaults_for_what_is_declared_to_be_theirs() -> None:
    theirs = {field for field, row in parameters(Request).items() if row.of_family}
    assert all(set(family.defaults()) == theirs for family in FAMILIES.values())


@pytest.mark.parametrize("kind", [Draft, WiderDraft])
def test_every_parameter_that_is_shown_has_exactly_one_line(
    qapp: QApplication, kind: type[Draft]
) -> None:
    draft = kind(STARTER)
    fields_ = (field for line in all_lines(draft) for field in line.fields)
    lines = Counter(field for field in fields_ if "." not in field)  # else a part of one
    shown = Counter(field for field, row in draft.declared.items() if row.shown)
    assert lines + Counter(ELSEWHERE) == shown


def test_every_number_of_a_request_shows_the_digits_it_may_have(qapp: QApplication) -> None:
    """A number between whole ones that declares no decimals could not be typed."""
    draft = Draft(STARTER)
    for line in all_lines(draft):
        if isinstance(line, NumberLine) and isinstance(draft.value(line.field), float):
            assert line.declared.decimals or line.declared.unit is Unit.SHARE, line.field


def test_what_folds_away_is_made_when_it_is_unfolded_and_holds_what_was_set_before(
    qapp: QApplication,
) -> None:
    draft = Draft(STARTER)
    window = QWidget()
    column = QVBoxLayout(window)
    panel, below = ParametersPanel(draft), QLineEdit()
    column.addWidget(panel)
    column.addWidget(below)
    grown = list[int]()
    panel.grown.connect(lambda: grown.append(1))
    assert len(panel.findChildren(Combo)) == 2  # of model and size
    panel.show_helpers(["brighter"], [("other", "Other")])
    draft.set(sampler="heun", clip_skip=2)
    window.show()
    panel.more.click()
    panel.more.click()
    panel.more.click()
    assert grown == [1]
    assert seen(panel.control("sampler")) == "heun" and seen(panel.control("clip_skip")) == 2
    assert panel.control("vae").findData("brighter") > 0  # type: ignore[attr-defined]
    assert panel.control("refiner").findData("other") > 0  # type: ignore[attr-defined]
    part, order = panel.model, list[QWidget]()
    while (part := part.nextInFocusChain()) is not panel.model:
        takes_tab = part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.focusProxy() is None
        if takes_tab and part.isVisible():
            order.append(part)
    first = order.index(panel.more)
    assert order[first + 1] is panel.control("sampler") and len(order) > 9
    assert order[-1] is below, "Tab goes through them before it goes on"
    window.close()


def test_lines_that_follow_from_declarations_stand_by_the_order_of_fields(
    qapp: QApplication,
) -> None:
    table = all_lines(WiderDraft(STARTER))
    usual = [line.field for line in table.usual]
    assert usual == ["model", "width", "steps", "guidance", "layers", "rounds", "seed"]
    more = [line.field for line in table.more]
    assert more[:3] == ["sampler", "schedule", "clip_skip"]
    of_this_test = ["guidance_rescale", "stirring", "portion", "edges"]
    assert [field for field in more[3:] if field in of_this_test] == of_this_test


@pytest.mark.parametrize(
    ("field", "typed", "held", "ends"),
    [
        ("stirring", 0.75, 0.75, (0, 2)),
        ("portion", 29, 0.29, (0, 100)),
        ("layers", 4, 4, (1, 9)),
        ("rounds", 80, 80, (1, 150)),
    ],
)
def test_a_number_goes_from_its_line_to_the_draft_and_back(
    show: Any, field: str, typed: float, held: float, ends: tuple[int, int]
) -> None:
    draft = WiderDraft(STARTER)
    panel = show(draft)
    control = panel.control(field)
    first = getattr(draft.stored(), field)
    factor = 100 if field == "portion" else 1
    enter(control, typed)
    assert getattr(draft.stored(), field) == held and seen(control) == typed
    assert type(getattr(draft.stored(), field)) is type(first)
    draft.stored().check()
    for end, beyond in zip(ends, (ends[0] - 50, ends[1] + 50), strict=True):
        enter(control, beyond)
        assert seen(control) == end and getattr(draft.stored(), field) * factor == end
        draft.stored().check()


def test_every_percent_is_shown_as_it_was_typed(show: Any) -> None:
    draft = WiderDraft(STARTER)
    control = show(draft).control("portion")
    for percent in range(101):
        enter(control, percent)
        assert draft.stored().portion == percent / 100
        assert seen(control) == percent == control.slider.value()


def test_a_slider_covers_what_is_usual_and_its_number_all(show: Any) -> None:
    draft = WiderDraft(STARTER)
    rounds, stirring = (show(draft).control(field) for field in ("rounds", "stirring"))
    assert (rounds.slider.minimum(), rounds.slider.maximum()) == (1, 60)
    assert (stirring.slider.maximum(), stirring.field.maximum()) == (100, 2)
    assert stirring.field.singleStep() == 0.25
    stirring.slider.setValue(30)
    assert draft.stored().stirring == 0.3
    draft.set(rounds=90)
    assert (rounds.slider.value(), seen(rounds)) == (60, 90)


def test_a_choice_goes_from_its_line_to_the_draft_and_back(show: Any) -> None:
    draft = WiderDraft(STARTER)
    control = show(draft).control("edges")
    assert [control.itemText(at) for at in range(control.count())] == ["Hard", "Soft"]
    enter(control, "soft")
    assert draft.stored().edges == "soft"
    draft.set(edges="hard")
    assert seen(control) == "hard"


@pytest.mark.parametrize(
    ("field", "value"),
    [("stirring", 1.5), ("portion", 40), ("layers", 7), ("rounds", 12), ("edges", "soft")],
)
def test_a_declared_parameter_has_its_words_its_step_its_mark_and_its_way_back(
    show: Any, field: str, value: Any
) -> None:
    draft = WiderDraft(STARTER)
    panel, declared = show(draft), draft.declared[field]
    control = panel.control(field)
    label, before = label_of(panel, control), seen(control)
    spoken = control.field if isinstance(control, SliderField) else control
    assert (spoken.accessibleName(), spoken.toolTip()) == (declared.label, declared.help)
    assert label.text() == (declared.short or declared.label)
    assert label.toolTip().startswith(declared.help)
    enter(control, value)
    assert label.text().endswith("•") and last_step(draft) == declared.label
    assert draft.undo() and seen(control) == before and not label.text().endswith("•")
    assert draft.redo() and seen(control) == value
    QTest.mouseDClick(label, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert seen(control) == before and not draft.differs()
    assert last_step(draft) == f"Reset {declared.label}"


@pytest.mark.parametrize("field", ["model", "seed"])
def test_what_no_model_has_a_default_for_has_no_way_back_to_one(show: Any, field: str) -> None:
    draft = Draft(STARTER)
    draft.use_family("another", FAMILIES["sdxl"])
    draft.pin_seed(7)
    panel = show(draft)
    before = draft.stored()
    label = label_of(panel, panel.control(field))
    assert "Double-click" not in label.toolTip()
    QTest.mouseDClick(label, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert draft.stored() == before


def test_a_declared_parameter_comes_back_with_the_session_a_recipe_and_a_reset(show: Any) -> None:
    draft = WiderDraft(STARTER)
    panel = show(draft)
    kept = replace(WiderRequest(), layers=6, edges="soft")
    draft.restore(kept, True, STARTER)
    assert seen(panel.control("layers")) == 6 and seen(panel.control("edges")) == "soft"
    draft.take_over(replace(kept, layers=8, seed=3))
    assert seen(panel.control("layers")) == 8
    draft.reset()
    assert seen(panel.control("layers")) == 2 and seen(panel.control("edges")) == "hard"


def test_seldom_ones_are_there_while_more_is_unfolded(show: Any) -> None:
    panel = show(WiderDraft(STARTER))
    assert panel.control("stirring").isVisible() and panel.control("rounds").isVisible()
    panel.more.setChecked(False)
    assert not panel.control("stirring").isVisible() and panel.control("rounds").isVisible()
    assert not label_of(panel, panel.control("stirring")).isVisible()


@pytest.mark.parametrize(
    "field", [parameter(False, Parameter("Tiled")), parameter(1.0, Parameter("Endless", low=0))]
)
def test_a_declaration_that_no_line_follows_from_is_refused_by_its_name(
    qapp: QApplication, field: Any
) -> None:
    odd = dataclass(frozen=True)(
        type("Odd", (Request,), {"__annotations__": {"odd": object}, "odd": field})
    )
    draft = type("OddDraft", (Draft,), {"blank": odd()})(STARTER)
    with pytest.raises(TypeError, match=r'"odd".*shown=False'):
        line_of(draft, "odd")


def test_the_guided_part_may_be_typed_either_way_round(show: Any) -> None:
    draft = Draft(STARTER)
    panel = show(draft)
    start, end = panel.control("guidance_from"), panel.control("guidance_until")
    end.setValue(40)
    start.setValue(60)
    assert (draft.stored().guidance_from, draft.stored().guidance_until) == (0.4, 0.6)
    assert (start.value(), end.value()) == (40, 60)
    assert last_step(draft) == "Guided part"
    QTest.mouseDClick(label_of(panel, start), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert (draft.stored().guidance_from, draft.stored().guidance_until) == (0.0, 1.0)


def test_the_whole_steps_are_said_in_words(show: Any) -> None:
    draft = Draft(STARTER)
    box = show(draft).control("feature_reuse")
    assert box.text() == "all"
    box.setValue(3)
    assert box.text() == "1 in 3" and draft.stored().feature_reuse == 3


def test_a_program_brings_its_noise_which_may_be_chosen_again(show: Any) -> None:
    draft = Draft(STARTER)
    draft.set(noise=Noise(seed_delta=31337))
    panel = show(draft)
    enter(panel.control("compatibility"), Program.COMFYUI)
    assert draft.stored().program is Program.COMFYUI
    assert draft.stored().noise == Noise(source="philox", seed_delta=31337)
    enter(panel.control("noise"), "cpu")
    assert draft.stored().noise == Noise(seed_delta=31337)


def test_a_refiner_is_offered_to_xl_and_its_start_while_one_is_chosen(show: Any) -> None:
    draft = Draft(FAMILIES["sdxl"])
    panel = show(draft)
    vae, refiner, start = (panel.control(field) for field in ("vae", "refiner", "refiner_at"))
    assert not vae.isVisible() and not refiner.isVisible()
    panel.show_helpers(["brighter"], [("last", "Last steps")])
    assert vae.isVisible() and refiner.isVisible() and not start.isVisible()
    enter(refiner, "last")
    assert draft.stored().refiner == "last" and start.isVisible()
    draft.use_family("other", FAMILIES["sd15"])
    assert vae.isVisible() and not refiner.isVisible() and not start.isVisible()


def test_clip_skip_is_open_where_the_text_encoder_has_layers_to_skip(show: Any) -> None:
    draft = Draft(FAMILIES["sd15"])
    box = show(draft).control("clip_skip")
    assert box.isEnabled() and box.toolTip() == draft.declared["clip_skip"].help
    draft.use_family("starter", STARTER)
    assert not box.isEnabled() and "no layers to skip" in box.toolTip()


def test_all_words_of_the_lines_are_translated(qapp: QApplication) -> None:
    """Those that are declared too: the pseudo-language puts every text in brackets."""
    draft = WiderDraft(STARTER)
    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    try:
        panel = ParametersPanel(draft)
        enter(panel.control("stirring"), 0.75)
    finally:
        qapp.removeTranslator(translator)
    words = [last_step(draft)]
    for widget in panel.findChildren(QWidget):
        words += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
    words += [label.text() for label in panel.findChildren(FieldLabel)]
    for field in ("edges", "noise"):
        words += [panel.control(field).itemText(at) for at in range(2)]
    panel.deleteLater()
    told = [word for word in words if word]
    assert len(told) > 100 and not [word for word in told if not word.startswith("[")]


def test_hires_fix_and_seamless_are_closed_where_they_change_nothing(show: Any) -> None:
    draft = Draft(FAMILIES["sd15"])
    panel = show(draft)
    mode, seamless = panel.control("hires.mode"), panel.control("tiling")
    by_hand = [panel.control(f"hires.{name}") for name in ("scale", "steps", "upscaler", "sampler")]
    assert mode.isEnabled() and seamless.isEnabled() and not any(map(QWidget.isVisible, by_hand))
    enter(mode, "by_hand")
    assert all(map(QWidget.isVisible, by_hand)) and by_hand[1].text() == "the same"
    enter(by_hand[3], "euler")
    assert draft.stored().hires.sampler == "euler" and last_step(draft) == "Hires sampler"
    draft.put("start.source", "a" * 64)
    assert not mode.isEnabled() and "composed already" in mode.toolTip() and seamless.isEnabled()
    assert not any(map(QWidget.isVisible, by_hand))
    draft.undo()
    draft.use_family("pipeline", next(row for row in FAMILIES.values() if row.pipeline))
    for control in (mode, seamless):
        assert not control.isEnabled() and "its own way" in control.toolTip()


def test_int8_is_offered_where_the_device_can_do_it(show: Any) -> None:
    panel = show(Draft(STARTER))
    combo = panel.control("matrices")
    assert isinstance(combo, Combo)
    items = combo.model()

    def offered() -> bool:
        place = items.index(combo.findData("int8"), 0)
        return bool(items.flags(place) & Qt.ItemFlag.ItemIsEnabled)

    help_text = combo.toolTip()
    panel.use_devices([Device("cpu", "old", 0, 0, "It has no instructions for int8.")])
    assert not offered()
    assert combo.toolTip() == f"{help_text}\nIt has no instructions for int8."
    assert combo.accessibleDescription() == combo.toolTip()
    panel.use_devices([Device("cpu", "new", 0, 0)])
    assert offered() and combo.toolTip() == help_text
