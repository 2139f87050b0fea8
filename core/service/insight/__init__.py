"""How a picture came to be: made again with recording, measured at each step, drawn as curves.

Knows recordings and recipes, no torch and no window. May import `core.engine`'s door and contract,
and what is below `core.service`."""

from __future__ import annotations
