"""From where on a difference between two pictures counts as seen. No numpy."""

from __future__ import annotations

JUST_NOTICEABLE = 2.3  # distance in CIELAB that half of all people see (Mahy et al. 1994)
# At most this share of the pixels may be seen to differ where "nothing one can see" changes. Of
# pictures of the starter 1.2 % are where JPEG of quality 95 changed them, which nobody tells from
# its original, and 9 % or more where they are moved by one pixel (tests/bench/insight/visible.py).
LEAST_SHARE = 0.02
