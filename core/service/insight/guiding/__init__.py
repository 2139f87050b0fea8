"""What guidance does in a picture: away from what it leads, by how much, and where colours go.

Knows recordings' figures, pictures' pixels and the gallery, no window. May import
`core.service.sweeps` and what `core.service.insight` may.
"""

from __future__ import annotations
