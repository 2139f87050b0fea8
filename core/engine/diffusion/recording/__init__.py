"""What went on while a picture was made, kept for whoever wants to look at it or go on from it."""

from __future__ import annotations
