"""What a model reads of a text: pieces with weights, tokens, and the chunks they come in.

Knows nothing of the language around them. May import what `core.prompt` may.
"""

from __future__ import annotations
