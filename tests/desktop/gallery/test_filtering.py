"""A search is its text: chips, menus, completion and the list beside the grid change that alone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from core.store.finding import language
from core.values.gallery.question import Order
from desktop.gallery.filtering import terms
from desktop.gallery.filtering.words import BY_COMMAND, FIELDS, HAS, IS, ORDERS, SAME, term_words
from desktop.pictures.marking.chosen import ids_chosen_in
from desktop.widgets.controls import DETAIL_ROLE
from tests.desktop.gallery.conftest import Room


def test_every_field_and_value_of_the_language_has_its_words() -> None:
    assert set(FIELDS) == set(language.FIELDS) - set(BY_COMMAND)
    assert set(IS) == set(language.STATES) and set(HAS) == set(language.THINGS)
    assert set(ORDERS) == set(Order)
    assert set(SAME) == set(language.SAME)
    said = [term_words(one) for one in terms.terms_of("like:12 same:recipe:7 -same:model:7")]
    assert said == ["Looks like picture 12", "Recipe of picture 7", "not Model of picture 7"]


def test_terms_are_found_taken_out_turned_round_and_changed() -> None:
    text = 'fox  -model:"dream shaper"  steps:abc rating:>=3 "in snow" é𝒳 size:512x768'
    found = terms.terms_of(text)
    assert [text[one.start : one.end] for one in found] == [
        "fox",
        '-model:"dream shaper"',
        "steps:abc",
        "rating:>=3",
        '"in snow"',
        "é𝒳",
        "size:512x768",
    ]
    assert [bool(one.problem) for one in found] == [False, False, True, *[False] * 4]
    assert [term_words(one) for one in found][1:5] == [
        "not Model: dream shaper",
        "Steps: abc",
        "Rating: ≥ 3",
        "“in snow”",
    ]
    assert terms.without(text, found[1]).startswith("fox steps:abc")
    turned = terms.turned_round(text, found[1])
    assert turned.startswith('fox  model:"dream shaper"')
    assert terms.turned_round(turned, terms.terms_of(turned)[1]) == text
    other = terms.changed(text, found[1], terms.exactly("model", "sd xl"))
    assert other.startswith('fox  -model:"sd xl"  steps')
    assert terms.added(text, "rating:>=3") == text and terms.added("", "fox") == "fox"
    assert terms.find_term("-is:favourite is:Favourite", "is", "favourite") is not None
    assert terms.find_term("-is:favourite", "is", "favourite") is None


def test_chips_follow_the_text_and_the_text_the_chips(room: Room) -> None:
    panel = room.panel
    panel.search.setText("red -fox")
    assert room.prompts() == ["a red house"]
    panel.filters.show_text(panel.search.text())
    chips = panel.filters.chips
    assert [chip.name.text() for chip in chips.chips] == ["red", "not fox"]
    QTest.keyClick(chips.chips[1].name, Qt.Key.Key_Minus)
    assert panel.search.text() == "red fox" and room.prompts() == ["a red fox"]
    chips.chips[0].name.setFocus()
    QTest.keyClick(chips.chips[0].name, Qt.Key.Key_Delete)
    assert panel.search.text() == "fox"
    chips.chips[0].remove.click()
    assert panel.search.text() == "" and not chips.chips and len(room.prompts()) == 3


def test_filters_are_put_in_by_a_menu_whose_names_are_the_gallerys(room: Room) -> None:
    panel, gallery = room.panel, room.stores.gallery
    gallery.set_rating([room.pictures[0].id], 4)
    gallery.set_tags([room.pictures[1].id], ["by the sea"])
    menus = {menu.title(): menu for menu in panel.filters.menu.findChildren(QMenu)}
    stars = next(one for one in menus["Rating"].actions() if one.text() == "3 stars and more")
    stars.trigger()
    assert panel.search.text() == "rating:>=3" and room.prompts() == ["a red fox"]
    chip = panel.filters.chips.menu_of(0)
    change = next(one for one in chip.findChildren(QMenu) if one.title() == "Change to")
    next(one for one in change.actions() if one.text() == "No rating").trigger()
    assert panel.search.text() == "rating:0" and len(room.prompts()) == 2
    menus["Tag"].aboutToShow.emit()
    room.come()
    (tag,) = menus["Tag"].actions()
    assert tag.text() == "by the sea\t1"
    tag.trigger()
    assert panel.search.text() == 'rating:0 tag:"by the sea"' and room.prompts() == ["a blue boat"]
    panel.favourites.click()
    assert panel.search.text().endswith(" is:favourite") and room.prompts() == []
    panel.favourites.click()
    assert room.prompts() == ["a blue boat"]
    menus["Album"].aboutToShow.emit()
    room.come()
    assert [one.isEnabled() for one in menus["Album"].actions()] == [False], "there is none"


def test_the_completion_offers_fields_values_and_names_and_drops_late_answers(room: Room) -> None:
    panel = room.panel
    completing = panel.completing
    panel.search.setFocus()
    panel.activateWindow()
    QTest.keyClicks(panel.search, "mod")
    room.come()
    rows = completing.popup.model()
    assert rows.index(0, 0).data() == "model:"
    QTest.keyClick(panel.search, Qt.Key.Key_Tab)
    assert panel.search.text() == "model:" and panel.search.hasFocus()
    QTest.keyClicks(panel.search, "x")  # before the answer is here
    QTest.keyClick(panel.search, Qt.Key.Key_Backspace)
    room.come()
    assert [rows.index(row, 0).data() for row in range(rows.rowCount())] == ["model:Starter"]
    assert rows.index(0, 0).data(DETAIL_ROLE) == "3"
    completing.popup.setCurrentIndex(rows.index(0, 0))
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel.search.text() == "model:Starter " and len(room.prompts()) == 3
    QTest.keyClicks(panel.search, "is:fav")
    room.come()
    assert rows.index(0, 0).data() == "is:favourite"
    QTest.keyClick(panel.search, Qt.Key.Key_Escape)
    assert not completing.is_open() and panel.search.text() == "model:Starter is:fav"
    QTest.keyClicks(panel.search, "ourite")
    room.come()
    assert not completing.is_open(), "nothing is left to be completed"
    QTest.keyClick(panel.search, Qt.Key.Key_Backspace)
    room.come()
    assert completing.is_open()


def test_mistakes_are_said_mildly_and_what_is_being_typed_is_left_alone(room: Room) -> None:
    panel = room.panel
    panel.search.setFocus()
    panel.activateWindow()
    QTest.keyClicks(panel.search, "steps:ab")
    assert panel.fault.isHidden(), "it may become right yet"
    top = panel.sides.y()
    QTest.keyClicks(panel.search, " red")
    QApplication.processEvents()
    assert panel.sides.y() == top, "it lies over the page, which stays where it is"
    below = panel.search.mapTo(panel, panel.search.rect().bottomLeft()).y()
    assert panel.fault.y() > below and panel.fault.height() >= panel.fault.fontMetrics().height()
    assert "number" in panel.fault.text() and not panel.fault.isHidden()
    assert room.prompts() == ["a red house", "a red fox"], "the rest of it works"
    panel.search.clear()
    assert panel.fault.isHidden()


def test_searches_of_before_come_back_by_a_key(room: Room) -> None:
    panel = room.panel
    for text in ("fox", "boat", "fox"):
        panel.search.setText(text)
        room.come()
        QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel.before == ("fox", "boat") and panel.grid.hasFocus()
    panel.search.clear()
    panel.search.setFocus()
    QTest.keyClick(panel.search, Qt.Key.Key_Down)
    rows = panel.completing.popup.model()
    assert [rows.index(row, 0).data() for row in range(rows.rowCount())] == ["fox", "boat"]
    panel.completing.popup.setCurrentIndex(rows.index(1, 0))
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel.search.text() == "boat" and room.prompts() == ["a blue boat"]


def test_order_and_direction(room: Room) -> None:
    view, gallery = room.panel.view, room.stores.gallery
    gallery.set_rating([room.pictures[1].id], 5)
    gallery.set_rating([room.pictures[0].id], 2)
    view.orders.setCurrentIndex(view.orders.findData(Order.RATING))
    assert room.prompts() == ["a blue boat", "a red fox", "a red house"]
    view.direction.click()
    assert room.prompts()[-1] == "a blue boat" and "Rising" in view.direction.accessibleName()


def test_nothing_found_says_what_to_do(room: Room) -> None:
    panel = room.panel
    panel.search.setText("submarine")
    room.come()
    assert panel.nothing.isVisible() and "Nothing matches" in panel.nothing.text()
    panel.nothing.clear.click()
    assert len(room.prompts()) == 3 and panel.grid.isVisible()
    QApplication.processEvents()
    panel.search.setText("is:favourite")
    room.come()
    assert "Press F" in panel.nothing.text() and panel.nothing.clear.isHidden()


def test_what_no_search_finds_yet_is_said_beneath_it(room: Room) -> None:
    panel, index = room.panel, room.stores.gallery.index
    told: list[int] = []
    room.watch.left.connect(told.append)
    room.watch.left.connect(panel.say_left)
    for file in room.stores.database.path.parent.glob("search.db*"):
        file.unlink()  # as where there was none yet
    assert index.left() == len(room.pictures)
    room.watch.look_at_index()
    room.come()
    assert told == [3] and panel.fault.isHidden(), "all are shown where nothing is searched for"
    panel.search.setText("fox")
    room.come()
    panel.say_left(3)
    assert "3 older pictures" in panel.fault.text()
    while index.fill():
        pass
    room.watch.look_at_index()
    room.come()
    assert told == [3, 0] and panel.fault.isHidden() and room.prompts() == ["a red fox"]


def test_how_many_are_chosen_stands_beside_how_many_there_are(room: Room) -> None:
    panel = room.panel
    assert panel.count.text() == "3 pictures"
    panel.grid.selectAll()
    assert panel.count.text() == "3 of 3 chosen"
    panel.grid.setCurrentIndex(room.model.index(0))
    assert panel.count.text() == "3 pictures", "which one that is can be seen"
    panel.grid.selectAll()
    panel.search.setText("boat")
    room.come()
    assert panel.count.text() == "1 picture"


def test_in_the_trash_the_chosen_ones_can_be_restored_by_a_button(room: Room) -> None:
    panel, told = room.panel, list[tuple[int, ...]]()
    panel.restored.connect(lambda: told.append(ids_chosen_in(panel.grid)))
    assert panel.restore.isHidden()
    ids = [picture.id for picture in room.pictures[:2]]
    room.stores.gallery.trash(ids)
    panel.trash.click()
    room.come()
    assert panel.restore.isVisible() and not panel.restore.isEnabled()
    panel.grid.selectAll()
    panel.restore.click()
    assert sorted(told[0]) == sorted(ids)


def test_a_chip_about_a_picture_names_its_file(room: Room) -> None:
    panel, picture = room.panel, room.pictures[1]
    name = Path(picture.path).name
    panel.search.setText(f"same:prompt:{picture.id} like:999999999999999999999")
    panel.filters.show_text(panel.search.text())
    room.come()
    said = [chip.name.accessibleName() for chip in panel.filters.chips.chips]
    assert said == [f"Filter Prompt of {name}", "Filter Looks like picture 999999999999999999999"]
    assert panel.name_for(f"like:{picture.id}") == f"Looks like {name}"
