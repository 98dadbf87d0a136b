"""How long to wait before something is tried again."""

from __future__ import annotations

import random

JITTER = 0.1


def wait_after(failures: int, first: float, longest: float) -> float:
    """Seconds after so many failures in a row: `first`, doubled each time, up to `longest`."""
    return min(first * 2.0 ** min(failures - 1, 30), longest)


def spread(seconds: float) -> float:
    """A little longer, at random, so that what failed together is not tried together."""
    return seconds * random.uniform(1.0, 1 + JITTER)
