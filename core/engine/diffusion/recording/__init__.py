"""What goes on at each step while a picture is made, written down for whoever wants to look at it
or go on from it.

Knows the sampling loop's tensors and no model. May import `core.engine.diffusion.parts` and what is
below it, and the contract's file of a recording."""

from __future__ import annotations
