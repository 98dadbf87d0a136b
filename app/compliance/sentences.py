"""What the files of rules say to people: in English where it stands, in the reader's language on pages (`app.web.languages`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, BinaryIO

import yaml
from pydantic import AfterValidator

from app.wording import worded

Sentence = Annotated[str, AfterValidator(worded)]
"""A text of such a file, as if it stood in the code."""
_WORDS = re.compile(r"\w \w|^[A-Z]")
"""Paths of fields alone are no sentence."""


def extract(
    file: BinaryIO, keywords: object, tags: object, options: Mapping[str, str]
) -> Iterator[tuple[int, None, str, Iterable[str]]]:
    """Finds them for Babel: (line, …, text, comments). The option `keys` has the names of the fields that are sentences."""
    keys = frozenset(options["keys"].split())
    for line, text in _found(yaml.compose(file), keys):
        if _WORDS.search(text):
            yield line, None, text, ()


def _found(node: yaml.Node | None, keys: frozenset[str]) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _found(item, keys)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value in keys and isinstance(value, yaml.ScalarNode):
                yield value.start_mark.line + 1, value.value
            yield from _found(value, keys)
