"""What a person should know before a picture is made: words of the prompt that are not understood,
a size that does not suit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from core.models.files.families import Family
from core.prompt.loras import as_snippet, tag_remarks
from core.service.remarks.hires import OFFER, composition_remarks, hires_helps
from core.service.remarks.numbers import number_remarks
from core.service.remarks.sizes import mode_remarks
from core.values.program import Program
from core.values.request import Request

MOST = 3  # sentences on one request
LOOKED_AT = 500  # of each kind: what no person writes need not be looked at to its end
WORDS = "is not understood here and is drawn as plain words"
_TAG_LIKE = "lora|lyco|lycoris|locon|loha|lokr|dora|hypernet|hypernetwork"
# Bounded parts that never pass a bracket: what a hundred thousand braces hold is looked at once or
# a few hundred times, not squared.
_BRACES = re.compile(r"(?<!\$)\{([^{}]{0,400}+)\}")
_BRACKET = re.compile(r"\[([^\[\]]{1,400}+)\]")
_VARIABLE = re.compile(r"\$\{[^{}]{1,200}+\}|(?<![\w$\\])\$[a-z_]\w{1,40}+(?![\w$])")
_JOIN = re.compile(r"\b(AND(?:_PERP|_SALT|_TOPK)?)\b")
_BREAK = re.compile(r"\bBREAK\b")
_AFTER_BRACKET = re.compile(r"(?<!\\)\)(?:\+{1,9}|-{2,9})(?=[\s,.;)]|$)")
_AFTER_WORD = re.compile(
    r"(?<![\w+#-])([a-z]{3,30})(?:\+{2,9}|\+(?=\s*(?:,|$))|--(?=\s*(?:,|$)))(?![\w+-])"
)
_CALL = re.compile(r"[)\"']\s?\.(?:and|blend|swap)\(")
_OTHER_TAG = re.compile(
    rf"<(?!(?:{_TAG_LIKE})\s*[:：])[A-Za-z_]\w{{1,30}}+(?:\[[^<>\]]{{0,200}}+\])?:[^<>\s][^<>]{{0,400}}+>"
)
_ADAPTER_TAG = re.compile(
    rf"<\s{{0,8}}(?:{_TAG_LIKE})\s{{0,8}}[:：][^<>]{{0,400}}+>?", re.IGNORECASE
)
_OPTION = re.compile(
    r"(?<!\S)--(?:ar|aspect|no|stylize|chaos|seed|niji|iw|style|tile|weird|sref|cref|profile|quality|stop|hd"
    r"|(?:v|q|s|c)(?=\s+\d))(?![\w-])"
)
_MULTI = re.compile(r"(?<=[A-Za-z]{2})::\s?-?\d{1,9}(?:\.\d{1,9})?(?=[\s,]|$)")
_WHEN = re.compile(r":\s*(?:\d+(?:\.\d*)?|\.\d+)\s*$")
_LETTER = re.compile(r"[^\W\d_]")
_CAPITALS = re.compile(r"[A-Z][A-Z'&!?.,]*")
_NOT_WEIGHTS = frozenset(
    ("notepad", "objective", "lgbt", "lgbtq", "lgbtqia", "visual", "plus", "google", "disney")
)

FoundRemarks = Iterator[tuple[int, str]]  # where, and a sentence


def remarks(request: Request, row: Family) -> tuple[str, ...]:
    """One sentence each, of the size and of the texts; the picture is made all the
    same. No disk is touched."""
    of_size = [*composition_remarks(request, row)]
    if hires_helps(request, row):
        of_size.append(OFFER)
    texts = text_remarks(request, by_pipeline=row.pipeline)
    of_numbers = number_remarks(request, row)
    return (*of_size, *mode_remarks(request, row), *of_numbers, *texts)[:MOST]


def text_remarks(request: Request, *, by_pipeline: bool = False) -> tuple[str, ...]:
    """What of both texts is drawn as plain words though another program understands it;
    `by_pipeline`: diffusers' own pipeline reads them, which knows no editing and no AND."""
    sentences: list[str] = []
    for _, sentence in placed_remarks(request, is_negative=False, by_pipeline=by_pipeline):
        sentences.append(sentence)
    for _, sentence in placed_remarks(request, is_negative=True, by_pipeline=by_pipeline):
        sentences.append(f"In the negative prompt: {sentence}")
    return tuple(dict.fromkeys(sentences))[:MOST]


def placed_remarks(
    request: Request, *, is_negative: bool, by_pipeline: bool = False
) -> tuple[tuple[int, str], ...]:
    """Where in one of the texts, and the sentences that `text_remarks` says of it, in order."""
    program = request.compatibility
    changes = program != Program.COMFYUI and not by_pipeline
    text = request.negative_prompt if is_negative else request.prompt
    return tuple(sorted(_syntax(text, program, changes=changes, negative=is_negative)))


def _syntax(text: str, program: str, *, changes: bool, negative: bool = False) -> FoundRemarks:
    """What other programs understand of a text and this one draws as words: the first of each kind.
    `changes`: words that change from step to step are understood, and AND outside of the
    negative prompt."""
    for kind in (_braces, _variables, _compel, _other_tags, _options):
        yield from kind(text)
    if not changes:
        yield from _brackets(text)
    if changes and not negative:
        yield from _joining_capitals(text)
    else:
        yield from _joins(text)
    if program == Program.COMFYUI:
        yield from _breaks(text)
    yield from _tags_of(text, negative)


def _tags_of(text: str, negative: bool) -> FoundRemarks:
    if not negative:
        yield from islice(tag_remarks(text), MOST)
    elif "<" in text and (match := _ADAPTER_TAG.search(text)):
        yield match.start(), f'"{as_snippet(match[0])}" {WORDS}: tags count in the prompt only.'


def _said(snippet: str, why: str) -> str:
    return f'"{as_snippet(snippet)}" {WORDS} ({why}).'


def _braces(text: str) -> FoundRemarks:
    """NovelAI's emphasis; a text of JSON is meant as it stands, and bars make a choice."""
    if "{" not in text:
        return
    for match in islice(_BRACES.finditer(text), LOOKED_AT):
        inner = match[1]
        if not _LETTER.search(inner) or any(sign in inner for sign in '|";$'):
            continue
        start, end = _whole_braces(text, match.start(), match.end())
        yield start, _said(text[start:end], "emphasis as NovelAI writes it; write (word:1.1)")
        return


def _whole_braces(text: str, start: int, end: int) -> tuple[int, int]:
    """The ends of all pairs of braces around a text, of twenty at most."""
    for _ in range(20):
        if not (start and text[start - 1] == "{" and text[end : end + 1] == "}"):
            break
        start, end = start - 1, end + 1
    return start, end


def _brackets(text: str) -> FoundRemarks:
    """Words that change from step to step in AUTOMATIC1111."""
    if "[" not in text or not ("|" in text or ":" in text):
        return
    turns = edits = False
    for match in islice(_BRACKET.finditer(text), LOOKED_AT):
        inner = match[1]
        if "|" in inner and not turns and _LETTER.search(inner):
            turns = True
            yield match.start(), _said(match[0], "words that take turns in AUTOMATIC1111")
        elif not edits and _is_edit(inner):
            edits = True
            why = "a change of words while a picture is made in AUTOMATIC1111"
            yield match.start(), _said(match[0], why)


def _is_edit(inner: str) -> bool:
    """Whether words stand before a colon and a number."""
    when = _WHEN.search(inner[-40:])
    return when is not None and _LETTER.search(inner[: len(inner) - len(when[0])]) is not None


def _variables(text: str) -> FoundRemarks:
    if "$" in text and (match := _VARIABLE.search(text)):
        yield match.start(), _said(match[0], "a variable of Dynamic Prompts")


def _joins(text: str) -> FoundRemarks:
    """AND between two texts; a shout in capitals is none."""
    if "AND" not in text:
        return
    for match in islice(_JOIN.finditer(text), LOOKED_AT):
        if match[1] == "AND" and not _between_words(text, match):
            continue
        near = text[max(0, match.start() - 15) : match.end() + 15].strip()
        yield match.start(), _said(near, f"{match[1]} joins two prompts in AUTOMATIC1111")
        return


def _joining_capitals(text: str) -> FoundRemarks:
    """What joins texts though it looks like a shout, and AUTOMATIC1111's further ways to join."""
    if "AND" not in text:
        return
    for match in islice(_JOIN.finditer(text), LOOKED_AT):
        near = text[max(0, match.start() - 15) : match.end() + 15].strip()
        if match[1] != "AND":
            yield match.start(), _said(near, f"{match[1]} joins two prompts in AUTOMATIC1111")
            return
        if _in_capitals(text, *match.span()):
            words = (
                f'"{as_snippet(near)}": AND in capitals joins two texts; write "and" for the word.'
            )
            yield match.start(), words
            return


def _breaks(text: str) -> FoundRemarks:
    if "BREAK" not in text:
        return
    for match in islice(_BREAK.finditer(text), LOOKED_AT):
        if not _in_capitals(text, match.start(), match.end()):
            yield match.start(), '"BREAK" is a plain word in the ways of ComfyUI, which has none.'
            return


def _between_words(text: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    before = text[max(0, start - 200) : start].strip()
    after = text[end : end + 200].strip()
    return bool(before and after) and not _in_capitals(text, start, end)


def _in_capitals(text: str, start: int, end: int) -> bool:
    """Whether a neighbour is written in capitals too."""
    before = text[max(0, start - 40) : start].split()
    after = text[end : end + 40].split()
    beside = [word.strip("\"'“”«»(),.:!?") for word in (*before[-1:], *after[:1])]
    capitals = [word for word in beside if _CAPITALS.fullmatch(word)]
    return any(len(word) > 1 for word in capitals) or len(capitals) == 2


def _compel(text: str) -> FoundRemarks:
    """Compel's weights behind words, and its calls, as InvokeAI takes them."""
    if "+" in text or "--" in text:
        yield from _compel_weight(text)
    if "." in text and (match := _CALL.search(text)):
        near = text[max(0, match.start() - 15) : match.end() + 15]
        yield match.start(), _said(near, "a call of Compel and InvokeAI")


def _compel_weight(text: str) -> FoundRemarks:
    """The first one behind a bracket, else the first behind a word."""
    if match := _AFTER_BRACKET.search(text):
        start = text.rfind("(", max(0, match.start() - 60), match.start())
        start = max(start, match.start() - 30, 0)
        why = "a weight of Compel and InvokeAI; write (words:1.2)"
        yield match.start(), _said(text[start : match.end()], why)
        return
    for match in islice(_AFTER_WORD.finditer(text), LOOKED_AT):
        if match[1] not in _NOT_WEIGHTS:
            why = "a weight of Compel and InvokeAI; write (word:1.1)"
            yield match.start(), _said(match[0], why)
            return


def _other_tags(text: str) -> FoundRemarks:
    if "<" in text and (match := _OTHER_TAG.search(text)):
        yield match.start(), _said(match[0], "a tag of another program")


def _options(text: str) -> FoundRemarks:
    """Midjourney's options and weights."""
    why = "an option of Midjourney"
    if "--" in text and (match := _OPTION.search(text)):
        yield match.start(), _said(_up_to_comma(text, match.start(), match.end()), why)
    elif "::" in text and (match := _MULTI.search(text)):
        # with the word before it
        start = text.rfind(" ", max(0, match.start() - 30), match.start()) + 1
        yield match.start(), _said(_up_to_comma(text, start, match.end()), why)


def _up_to_comma(text: str, start: int, end: int) -> str:
    """An option and a little of its value."""
    return text[start : end + 6].split(",")[0]
