"""What `calotype explain` says of a picture: its recipe made again with recording, step by step.

Above the other modules of `core.service.insight`; may import what they may.
"""

from __future__ import annotations
