"""What the view Steps shows: noise levels on all scales, and until which step other words still
change a picture.

Knows recordings and requests, no window. May import what `core.service.insight` may, and that."""

from __future__ import annotations
