"""The line below the picture in Create, in wide and narrow windows."""

from __future__ import annotations

from core.values.request_parts.sweep_place import SweepPlace
from tests.desktop.driving import Open, create_of, until
from tests.desktop.parts import put_picture

STATUS = 150  # pixels of it that can be read


def test_in_a_narrow_window_its_parts_leave_room_for_the_status(open_app: Open) -> None:
    application = open_app()
    window, gallery = application.window, application.stores.gallery
    stage = create_of(window).stage
    line = stage.line
    picture_id = put_picture(application.stores, "a red house").id
    gallery.set_rating([picture_id], 4)
    gallery.set_tags([picture_id], ["autumn", "for the cover", "red houses"])
    picture = gallery.get(picture_id)
    assert picture is not None
    window.current.show(picture)
    until(stage.viewer.has_image)
    line.show_cell(SweepPlace(id="one", cell=("steps=8", "sampler=euler", "replace:a=b")))
    stage.set_following(False)
    words = line.cell.accessibleName()

    def shown(width: int) -> tuple[str, bool, bool]:
        window.resize(width, 700)
        until(lambda: window.width() == width and line.status.width() >= STATUS)
        assert line.follow.isVisible() and line.stop.isVisible()
        edges = [part.geometry() for part in (line.status, line.cell, line.follow, line.stop)]
        assert all(one.right() < other.left() for one, other in zip(edges, edges[1:], strict=False))
        return line.cell.text(), line.scale.isVisible(), line.marks.isVisible()

    assert shown(1600) == (words, True, True)
    assert shown(1024) == ("Sweep", False, False)
    assert words in line.cell.toolTip(), "where they have no room"
    assert shown(1600) == (words, True, True)
    line.show_sweep(True)
    assert not line.cell.isVisible() and not line.scale.isVisible() and line.marks.isVisible()
    line.show_sweep(False)
    line.show_cell(SweepPlace())
    line.show_marks(None)
    assert not line.cell.isVisible() and line.scale.isVisible() and not line.marks.isVisible()
