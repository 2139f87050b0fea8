"""What is measured of a picture's pixels, and from which figure on each counts as a symptom.

Knows rows of bytes, no recipe. May import numpy, Pillow and the values of symptoms and pictures."""

from __future__ import annotations
