"""Findings are kept as English text: here one becomes the sentence again that a rule said, for pages to translate."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from app.tariffs.explain import LANGUAGES
from app.web.languages import SOURCE, sentences
from app.wording import Worded

_CODE = "app/compliance/"
_LONGEST = 400
"""What somebody else wrote may be in it: a long text costs too much time."""
_PLACE = re.compile(r"%\((\w+)\)s")


@lru_cache(maxsize=4096)
def recalled(text: str) -> str:
    """A `Worded` of the rules; any other text as it is. What was put into a sentence may be one itself."""
    for form, message in _forms() if len(text) <= _LONGEST else ():
        if found := form.fullmatch(text):
            return Worded(message, {name: recalled(value) for name, value in found.groupdict().items()})
    return text


@cache
def _forms() -> list[tuple[re.Pattern[str], str]]:
    """(form, message) of each sentence; what says most itself comes first."""
    messages = [
        str(message.id)
        for message in sentences(next(code for code in LANGUAGES if code != SOURCE))
        if any(file.startswith(_CODE) and file.endswith(".py") for file, _ in message.locations)
    ]
    messages.sort(key=lambda message: -len(_PLACE.sub("", message)))
    return [(_form(message), message) for message in messages]


def _form(message: str) -> re.Pattern[str]:
    parts = _PLACE.split(message)
    return re.compile("".join(f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)))
