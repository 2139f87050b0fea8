"""From where on a difference between two pictures counts as seen. No numpy."""

from __future__ import annotations

JUST_NOTICEABLE = 2.3  # distance in CIELAB that half of all people see (Mahy et al. 1994)
# at most this share of the pixels may be seen to differ where "nothing one can see" changes;
# tests/bench/insight/visible.py measures what it stands for
LEAST_SHARE = 0.01
