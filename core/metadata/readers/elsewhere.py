"""Pictures of services whose models nobody has: what they say of themselves, so that nobody looks
for a recipe in vain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.common.gathered import Gathered

_MIDJOURNEY = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f-]{20,40}", re.IGNORECASE)
_OPTION = re.compile(r"\s--([a-z]{1,20})(?:\s+([^\s-][^\s]{0,60}))?", re.IGNORECASE)
_SERVICES = (
    ("midjourney", "Midjourney"), ("dall-e", "DALL-E"), ("dall·e", "DALL-E"), ("openai", "OpenAI"),
    ("gpt-4o", "OpenAI"), ("firefly", "Adobe Firefly"), ("imagen", "Google"), ("gemini", "Google"),
    ("made with google ai", "Google"), ("bing image creator", "Microsoft"),
    ("microsoft responsible ai", "Microsoft"), ("leonardo.ai", "Leonardo"),
    ("ideogram", "Ideogram"), ("stability ai", "Stability AI"),
)  # fmt: skip
_GENERATED = "trainedalgorithmicmedia"
_PLACES = frozenset(
    {"software", "source", "author", "copyright", "artist", "creatortool", "credit", "creator",
     "digitalsourcetype", "systemusedname", "c2pa"}
)  # fmt: skip
_LONGEST = 20_000  # characters of one text that are looked through


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table, its last row: the words where they are said, and who made it."""
    for text in texts.values():
        if _MIDJOURNEY.search(text[-_LONGEST:]):
            return _midjourney(text[-_LONGEST:] if len(text) > _LONGEST else text)
    told = {key.rpartition(":")[2].lower(): text[:_LONGEST].lower() for key, text in texts.items()}
    places = [text for key, text in told.items() if key.split(" (")[0] in _PLACES]
    maker = next((name for word, name in _SERVICES for text in places if word in text), "")
    generated = any(_GENERATED in text for text in places)
    if not maker and not generated:
        return None
    out = Gathered("elsewhere", maker)
    by = f"by {maker}" if maker else "by another program"
    out.ignored.append(f"it was made elsewhere, {by}, and the file carries no recipe")
    return out.parsed()


def _midjourney(text: str) -> ParsedRecipe:
    out = Gathered("elsewhere", "Midjourney")
    words = text.split("Job ID:")[0]
    option = _OPTION.search(words)
    out.prompts((words[: option.start()] if option is not None else words).strip())
    out.approximated.append("prompt: its words; its model is not to be had")
    for match in list(_OPTION.finditer(words))[:32]:
        out.ignored.append(f"--{match[1]} {match[2] or ''}".strip())
    out.ignored.append("it was made elsewhere, by Midjourney")
    return out.parsed()
