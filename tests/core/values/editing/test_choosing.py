"""Results over the canvas: taken, undone, painted past, thrown away and back."""

from __future__ import annotations

from dataclasses import replace

from core.values.editing import choosing, sheet
from core.values.editing.document import Document, Layer, LayerKind
from core.values.editing.raster import PixelKind, clear_raster
from core.values.editing.record import CandidateState, DocumentRecord
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

SOURCE = "a" * 64


def document(next_id: int = 2, tile: str = "") -> Document:
    raster = clear_raster(PixelKind.RGBA, 64, 48)
    layer = Layer(1, "photo", LayerKind.PICTURE, replace(raster, tiles=(tile,)))
    return Document(64, 48, (layer,), next_id=next_id)


def picture(
    number: int, start: StartPicture | None = None, trashed: float | None = None
) -> Picture:
    request = Request(seed=number, start=start or StartPicture(source=SOURCE), document="d" * 32)
    return Picture(number, "", 0.0, 64, 48, request, "", "", 0.0, f"{number}", trashed=trashed)


def of(record: DocumentRecord, at: Document) -> list[int]:
    return [one.picture_id for one in choosing.shown(record, at)]


def three() -> tuple[DocumentRecord, Document]:
    before = document()
    record = choosing.with_pictures(
        DocumentRecord("d" * 32, "photo", 0.0), before, [picture(n) for n in (1, 2, 3)]
    )
    assert choosing.with_pictures(record, before, [picture(2)]) == record
    return record, before


def test_accepting_ends_the_choice_and_undoing_it_brings_all_back() -> None:
    record, before = three()
    after = replace(before, next_id=3)
    taken = choosing.accepted(record, before, 2)
    assert of(taken, after) == [] and of(taken, before) == [1, 2, 3]
    states = [one.state for one in taken.candidates]
    assert states == [CandidateState.KEPT, CandidateState.ACCEPTED, CandidateState.KEPT]
    # another one is taken from there: what was accepted first never was
    again = choosing.accepted(choosing.stepped(taken, before, before), before, 3)
    assert [one.state for one in again.candidates][1:] == [
        CandidateState.KEPT,
        CandidateState.ACCEPTED,
    ]
    assert of(again, after) == []


def test_painting_on_ends_the_choice_and_a_frame_does_not() -> None:
    record, before = three()
    painted = document(tile="0" * 32)
    gone = choosing.stepped(record, before, painted)  # in documents from before, for good
    assert of(gone, painted) == [] == of(gone, before)
    apart = choosing.told_apart(before, painted)
    assert apart == replace(painted, next_id=3) and choosing.told_apart(before, apart) is apart
    undone = choosing.stepped(record, before, apart)
    assert of(undone, apart) == [] and of(undone, before) == [1, 2, 3], "undone, it comes back"
    again = choosing.stepped(undone, apart, choosing.told_apart(apart, before))
    assert again == undone, "what ended before is no choice of this state"
    framed = replace(before, frame=(0, 0, 8, 8))
    assert choosing.told_apart(before, framed) is framed
    assert [one.picture_id for one in choosing.put_away(gone, painted)] == [1, 2, 3]
    assert of(choosing.stepped(record, before, replace(before, frame=(0, 0, 8, 8))), before)
    # painted past a choice that was undone: it comes back for no state any more
    undone = choosing.stepped(choosing.accepted(record, before, 2), before, painted)
    assert {one.state for one in undone.candidates} == {CandidateState.KEPT}
    assert of(choosing.with_state(undone, [2], CandidateState.SHOWN), painted) == [2]


def test_cropped_and_turned_the_choice_goes_on_where_its_results_went() -> None:
    record, before = three()
    turned = replace(document(tile="0" * 32), width=48, height=64, sheet=sheet.turned(1, 64, 48))
    assert of(choosing.stepped(record, before, turned), turned) == [1, 2, 3]
    one = record.candidates[0]
    assert choosing.lying(one, turned) == sheet.Lying((0, 0, 48, 64), quarters=1)
    assert choosing.lying(one, before) == sheet.Lying((0, 0, 64, 48)), "and back, once it is undone"
    cropped = replace(before, width=30)  # at the right, where nothing else is moved by it
    assert of(choosing.stepped(record, before, cropped), cropped) == [1, 2, 3]
    late = choosing.with_pictures(record, turned, [picture(4)])
    assert late.candidates[3].sheet == turned.sheet, "nothing is known of it"
    straight = replace(turned, sheet=sheet.rotated(3.0, 32, 24))
    assert of(choosing.stepped(record, before, straight), straight) == []


def test_the_trash_takes_results_away_and_gives_them_back() -> None:
    record, before = three()
    pictures = [picture(1), picture(2, trashed=5.0)]  # the third is gone for good
    left = choosing.without_lost(record, pictures)
    assert of(left, before) == [1]
    back = choosing.without_lost(left, [picture(1), picture(2)])
    assert of(back, before) == [1, 2]
    assert of(choosing.with_state(back, [1], CandidateState.KEPT), before) == [2]


def test_a_result_lies_where_it_was_asked_for() -> None:
    before = document()
    record = DocumentRecord("d" * 32, "photo", 0.0)
    framed = StartPicture(source=SOURCE, area="frame", frame=(8, 8, 16, 16))
    asked = choosing.asked_for(record, before, Request(start=framed), (100, 200, 64, 48))
    plain = Request(start=StartPicture(source=SOURCE))
    asked = choosing.asked_for(asked, before, plain, (0, 0, 64, 48))
    found = choosing.with_pictures(asked, before, [picture(1, framed), picture(2)])
    assert [one.place for one in found.candidates] == [(100, 200, 64, 48), (0, 0, 64, 48)]
    # nothing is known of it: over all, with what it added to the sides
    extended = StartPicture(source="b" * 64, extend=(16, 0, 0, 8))
    unknown, _ = choosing.place_of(asked, before, Request(start=extended))
    assert unknown == (-16, 0, 80, 56)


def test_a_result_goes_into_the_active_layer_only_where_nothing_covers_it() -> None:
    below = document(tile="0a" * 16)
    layer = below.layers[0]
    above = replace(layer, id=2, kind=LayerKind.PAINT)
    both = replace(below, layers=(layer, above))
    bare = replace(above, raster=clear_raster(PixelKind.RGBA, 64, 48))
    assert choosing.layer_to_take(below) == 1
    assert choosing.layer_to_take(both) == 0, "it would be hidden by what lies above"
    assert choosing.layer_to_take(replace(both, active_layer=2)) == 2
    for other in (replace(above, visible=False), replace(above, opacity=0.0), bare):
        assert choosing.layer_to_take(replace(below, layers=(layer, other))) == 1
    for change in ({"locked": True}, {"visible": False}, {"opacity": 0.5}):
        assert choosing.layer_to_take(below.with_layer(replace(layer, **change))) == 0
