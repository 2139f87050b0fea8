"""What the commands share: their options, one result line, pictures that are rendered.

Knows no single command. May import what `core.cli` may.
"""

from __future__ import annotations
