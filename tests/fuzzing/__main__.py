"""`deploy/test --fuzz [MINUTES [PARSER …]]`: every parser for its share of the time, each in a process of its own.

What breaks one is written to tests/data/crashes/PARSER, and tests/property/test_parsers_of_the_outside.py holds it from then on.
Mend the parser; the file stays. An end of the process itself (a signal, memory) is a crash too.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random, SystemRandom

from tests.fuzzing.mutations import mutated
from tests.fuzzing.parsers import CRASHES, PARSERS, Parser
from tests.fuzzing.trying import tried

MINUTES = 20.0
MEMORY = 3 << 30
"""Bytes of address space: an input of 128 KiB that makes more of itself is a bomb."""
KEPT = 5
"""Crashes of one parser; then it is mended first."""


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--one"]:
        return _fuzz(
            next(parser for parser in PARSERS if parser.name == arguments[1]), float(arguments[2]), int(arguments[3])
        )
    minutes, *names = arguments or [str(MINUTES)]
    known = [parser.name for parser in PARSERS]
    if not minutes.replace(".", "", 1).isdecimal():
        sys.exit(
            f"deploy/test --fuzz [MINUTES [PARSER ...]]: {minutes!r} is no number of minutes; parsers: {', '.join(known)}"
        )
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"deploy/test: no parser is called {unknown[0]!r}; there are {', '.join(known)}")
    chosen = [parser for parser in PARSERS if not names or parser.name in names]
    seed, share = SystemRandom().randrange(1 << 32), float(minutes) * 60 / len(chosen)
    print(f"{len(chosen)} parsers, {share:.0f} s each, seed {seed}", flush=True)
    return max(_run(parser, share, seed) for parser in chosen)


def _run(parser: Parser, seconds: float, seed: int) -> int:
    last = Path(tempfile.gettempdir()) / f"fuzzing-{os.getpid()}"
    command = [sys.executable, "-m", "tests.fuzzing", "--one", parser.name, str(seconds), str(seed), str(last)]
    code = subprocess.run(command, check=False).returncode
    if code < 0 and last.exists():
        print(f"{parser.name}: the process ended by signal {-code}: {_kept(parser, last.read_bytes())}", flush=True)
    last.unlink(missing_ok=True)
    return 1 if code else 0


def _fuzz(parser: Parser, seconds: float, seed: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    last, random, inputs = Path(sys.argv[-1]), Random(f"{seed} {parser.name}"), parser.inputs()
    crashes, count, until = dict[str, Path](), 0, time.monotonic() + seconds
    while time.monotonic() < until and len(crashes) < KEPT:
        data = mutated(random.choice(inputs), random)
        last.write_bytes(data)
        crash, count = tried(parser, data), count + 1
        if crash is not None and crash.place not in crashes:
            crashes[crash.place] = _kept(parser, data)
            print(f"{parser.name}: {crashes[crash.place]}\n{crash.told}", flush=True)
    print(f"{parser.name}: {count} inputs, {len(crashes)} crashes", flush=True)
    return 1 if crashes else 0


def _kept(parser: Parser, data: bytes) -> Path:
    folder = CRASHES / parser.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()[:12]
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
