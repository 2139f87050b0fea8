"""What went wrong with a picture: measured of its pixels, and read in its recipe.

Figures and thresholds, each with what is usual; no network is run and no engine asked. Numpy only.
May import the recipes' readers, model files' facts and `core.service.remarks`; knows no window."""

from __future__ import annotations
