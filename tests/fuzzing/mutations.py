"""A sound sample made unsound: by its bytes, and by its shape as JSON, XML or a table. The same `Random`, the same input."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

LARGEST = 1 << 17
"""Bytes of an input, so that one takes milliseconds."""
DEEP = (40, 300, 900, 2000, 20_000)
WORDS: tuple[bytes, ...] = (
    *(
        b"",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"\r\n",
        b'"',
        b"'",
        b"\\",
        b";",
        b",",
        b"\t",
        b"{",
        b"]",
    ),
    *(
        b"-1",
        b"0",
        b"1e999",
        b"-0.0",
        b"NaN",
        b"Infinity",
        b"9" * 30,
        b"9" * 5000,
        b"1E-400",
        b"0x10",
        b"1_000",
        "١٢".encode(),
    ),
    *(
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"~",
        b"&a [*a]",
        b"!!python/object/apply:os.system [id]",
        b"<<: *a",
        b"${HOME}",
        b"%s%n{0}",
    ),
    *(
        b"0000-00-00T00:00:00Z",
        b"9999-12-31T23:59:60+14:00",
        b"2026-02-30",
        b"24:00",
        b"2026-03-29T02:30:00",
        b"P1D",
        b"1969",
    ),
    *(
        b"=cmd|' /C calc'!A0",
        b"../../etc/passwd",
        b"http://169.254.169.254/",
        b"<script>",
        "\u202e\u0000\U0001f50c".encode(),
    ),
    b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY x SYSTEM "file:///etc/passwd">]>',
    b"&c;&x;&#0;",
)
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        "",
        [],
        {},
        0,
        -1,
        1e308,
        2**53,
        2**64,
        10**30,
        0.1,
        "NaN",
        "1e999",
        "9" * 400,
        " ",
        "\u0000",
        "\U0001f50c",
        "DE*ABC",
    ),
    *(
        [[]],
        [None],
        [{}],
        {"": None},
        ["x"] * 50,
        "x" * 5000,
        "2026-02-30T25:61:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
    ),
)

Change = Callable[[bytes, Random], bytes]


def mutated(sample: bytes, random: Random) -> bytes:
    data = sample
    for _ in range(1 + int(random.expovariate(0.7))):
        data = random.choice(_CHANGES)(data, random)[:LARGEST]
    return data


def _flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data or b"\x00")
    for _ in range(random.randint(1, 4)):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _without(data: bytes, random: Random) -> bytes:
    begin = random.randint(0, len(data))
    return data[:begin] + data[begin + random.randint(1, 40) :]


def _twice(data: bytes, random: Random) -> bytes:
    begin = random.randint(0, len(data))
    part = data[begin : begin + random.randint(1, 400)]
    return data[:begin] + part * random.choice((2, 3, 50)) + data[begin:]


def _with_word(data: bytes, random: Random) -> bytes:
    begin = random.randint(0, len(data))
    return data[:begin] + random.choice(WORDS) + data[begin + random.choice((0, 0, 1, 8)) :]


def _nested(data: bytes, random: Random) -> bytes:
    opened, closed = random.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"- ", b""), (b"(", b")"), (b"{a: ", b"}"))
    )
    deep, begin = random.choice(DEEP), random.randint(0, len(data))
    return data[:begin] + opened * deep + data[begin : begin + 20] + closed * deep + data[begin:]


def _as_json(data: bytes, random: Random) -> bytes:
    """One value anywhere in it is another, of another type, missing, said twice or wrapped."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return _with_word(data, random)
    place = random.choice(_places(tree))
    if place is None:
        return json.dumps(random.choice(VALUES)).encode()
    holder, step = place
    turn = random.randrange(5)
    if turn == 0:
        del holder[step]
    elif turn == 1:
        holder[step] = [holder[step]]
    elif turn == 2 and isinstance(holder, dict):
        text = json.dumps(holder)
        return (
            json.dumps(tree)
            .replace(text, f"{{{json.dumps(step)}: {json.dumps(random.choice(VALUES))}, {text[1:]}", 1)
            .encode()
        )
    else:
        holder[step] = random.choice(VALUES)
    return json.dumps(tree, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def _places(tree: Any) -> list[tuple[Any, Any] | None]:
    found: list[tuple[Any, Any] | None] = [None]
    waiting = [tree]
    while waiting and len(found) < 4000:
        part = waiting.pop()
        steps = (
            list(part.items()) if isinstance(part, dict) else list(enumerate(part)) if isinstance(part, list) else []
        )
        found += [(part, step) for step, _ in steps]
        waiting += [value for _, value in steps]
    return found


def _as_marked(data: bytes, random: Random) -> bytes:
    """One text between tags, in quotes or between delimiters is another."""
    found = list(re.finditer(rb">[^<>]*<|=\"[^\"]*\"|(?<=[;,|:\t])[^;,|:\t\n]*", data))
    if not found:
        return _with_word(data, random)
    match = random.choice(found)
    text = match[0]
    word = random.choice((*WORDS, json.dumps(random.choice(VALUES)).strip('"').encode()))
    inner = text[:1] + word + text[-1:] if text[:1] in (b">", b"=") else word
    return data[: match.start()] + inner + data[match.end() :]


_CHANGES: tuple[Change, ...] = (
    *(
        _as_json,
        _as_json,
        _as_json,
        _as_marked,
        _as_marked,
        _flipped,
        _with_word,
        _with_word,
        _without,
        _twice,
        _cut,
        _nested,
    ),
)
