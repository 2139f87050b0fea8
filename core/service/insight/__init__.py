"""How a picture came to be: made again with recording, measured at each step. May import what
`core.service` may."""

from __future__ import annotations
