"""The model that a form is for: which one, and files that become one.

Knows no form as a whole. May import what `desktop.form` may.
"""

from __future__ import annotations
