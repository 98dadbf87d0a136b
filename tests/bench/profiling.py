"""Where the time of a row goes, as text: of this process alone, by cProfile, which makes it some four times as slow."""

from __future__ import annotations

import io
import pstats
import re
from collections.abc import Iterator
from contextlib import contextmanager
from cProfile import Profile
from pathlib import Path

MOST = 40
"""Functions told, by the time in them and in what they call."""
_PLACES = re.compile(rf"{re.escape(str(Path(__file__).parent.parent.parent))}/|/\S*/(site-packages|lib/python3\.\d+)/")
"""Where this and other programs are installed here."""


@contextmanager
def profiled(file: Path | None, command: str) -> Iterator[None]:
    """`file` None: not profiled."""
    if file is None:
        yield
        return
    with Profile() as profile:
        yield
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats(MOST)
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [_PLACES.sub("", line.rstrip()) for line in text.getvalue().splitlines()]
    file.write_text("\n".join([command, *lines, ""]))
