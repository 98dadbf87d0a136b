"""Documents that a publisher does without (`snapshots.leave_out`).

A pattern is the name of a document as its address has it below `/open/` (`datex2/v3.5/table.xml`); `*` stands for anything. It
speaks of everybody's document and of each party's. `party/DE-ABC/…` speaks of one party's alone, `party/*` of every party's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import accumulate

from app.formats.base import format_named, formats
from app.model.batch import Kind
from app.publish.publications import PARTY, ROOT, Publication

_NEAR, _ALIKE = 5, 0.5


def kept(publications: Mapping[str, Publication], patterns: Sequence[str]) -> dict[str, Publication]:
    """Those among them, by path, that no pattern leaves out."""
    return {path: one for path, one in publications.items() if not is_left_out(path.removeprefix(ROOT), patterns)}


def is_left_out(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern fits the name of a document, `party/DE-ABC/` and all."""
    own = _own_name(name)
    return any(fnmatchcase(name, pattern) or fnmatchcase(own, pattern) for pattern in patterns)


def left_out_of(documents: Iterable[tuple[str, Kind]], patterns: Sequence[str]) -> list[str]:
    """Names of those documents of everybody, given by format and kind, that a pattern leaves out."""
    return [
        address.path
        for name, kind in documents
        for address in format_named(name).addresses
        if address.kind is kind and is_left_out(address.path, patterns)
    ]


def checked(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ValueError for the first that fits no document of any format, with what is near it."""
    names = [address.path for form in formats().values() for address in form.addresses] if patterns else []
    for pattern in patterns:
        wanted = _own_name(pattern)
        if not any(fnmatchcase(name, wanted) for name in names):
            raise ValueError(f"`{pattern}` fits no document; near it: {', '.join(_near(wanted, names)) or 'none'}")
    return patterns


def _own_name(name: str) -> str:
    """Without `party/DE-ABC/`; of `party/*` what is left is `*`."""
    return (name.split("/", 2)[2:] or ["*"])[0] if name.startswith(PARTY) else name


def _near(pattern: str, names: Sequence[str]) -> list[str]:
    folders = {f"{path}/*" for name in names for path in accumulate(name.split("/")[:-1], "{}/{}".format)}
    return get_close_matches(pattern, [*names, *sorted(folders)], _NEAR, _ALIKE)
