"""Where a picture's words were looked at: maps of attention out of its recording, and what is
reckoned with them.

Knows recordings and the values of `core.values.insight.attention`, no torch and no window. May
import `core.engine`'s contract, and what is below `core.service`. `maps` is plain Python and quick
enough for the GUI thread; `reading` reads files."""

from __future__ import annotations
