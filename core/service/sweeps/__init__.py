"""One recipe with something varied, at the same seed: its cells, how far they are, how they differ.

Knows requests, the queue's rows and pictures' pixels, no view of them. May import
`core.service.making`, and `over_models` what else of `core.service` makes recipes of pictures.
"""

from __future__ import annotations
