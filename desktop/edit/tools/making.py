"""Which class each tool of the table is."""

from __future__ import annotations

from collections.abc import Callable

from desktop.edit.tools.brush import BrushTool
from desktop.edit.tools.filling import FillTool, GradientTool
from desktop.edit.tools.moving import CropTool, FrameTool, MoveTool
from desktop.edit.tools.picking import PickTool
from desktop.edit.tools.selecting import LassoTool, RectangleTool
from desktop.edit.tools.table import ToolId
from desktop.edit.tools.tool import Tool, ToolContext

MAKERS: dict[ToolId, Callable[[ToolContext], Tool]] = {
    ToolId.BRUSH: BrushTool,
    ToolId.ERASER: lambda context: BrushTool(context, erases=True),
    ToolId.LASSO: LassoTool,
    ToolId.RECTANGLE: RectangleTool,
    ToolId.FILL: FillTool,
    ToolId.GRADIENT: GradientTool,
    ToolId.PICK: PickTool,
    ToolId.MOVE: MoveTool,
    ToolId.CROP: CropTool,
    ToolId.FRAME: FrameTool,
}
