"""The colour under the pointer."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QPointF, QRect

from desktop.edit.pixels.images import pixels_of
from desktop.edit.tools.tool import Pointer, Tool, ToolContext
from desktop.widgets.i18n import tr


def pick(context: ToolContext, point: QPointF) -> None:
    """The colour that is seen there is painted with from now on."""
    x, y = math.floor(point.x()), math.floor(point.y())
    size = context.document.size
    if not (0 <= x < size.width() and 0 <= y < size.height()):
        return
    red, green, blue, alpha = (
        int(one) for one in pixels_of(context.document.image(QRect(x, y, 1, 1)))[0, 0]
    )
    if alpha == 0:
        context.say(tr("There is no colour here: this place is clear."))
        return
    context.set_options(replace(context.options(), colour=(red, green, blue)))
    context.say(tr("Colour {code}", code=f"#{red:02x}{green:02x}{blue:02x}"))


class PickTool(Tool):
    """Takes colours as long as the button is down."""

    def press(self, pointer: Pointer) -> None:
        pick(self.context, pointer.point)

    def move(self, pointer: Pointer) -> None:
        pick(self.context, pointer.point)
