"""How a bench measures: the thing and its yardstick take turns, so that a slow minute of the machine hits both."""

from __future__ import annotations

import gc
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import orjson


@dataclass(frozen=True, slots=True)
class Sample:
    """The results of some runs, in one unit."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    def scaled(self, factor: float) -> Sample:
        return Sample(tuple(value * factor for value in self.values))


Timer = Callable[[], float]
"""Seconds since some moment; of the processor for what one core does alone, whatever else runs."""


def seconds(work: Callable[[], object], timer: Timer = time.perf_counter) -> float:
    """How long it takes, garbage of what ran before collected first."""
    gc.collect()
    begin = timer()
    work()
    return timer() - begin


def decoding(bodies: Iterable[bytes], timer: Timer = time.perf_counter) -> float:
    """The yardstick of what reads JSON: `orjson.loads` of each body, nothing kept, no collection of garbage in between."""
    gc.collect()
    gc.disable()
    try:
        begin = timer()
        deque(map(orjson.loads, bodies), maxlen=0)
        return timer() - begin
    finally:
        gc.enable()


def alternating(runs: int, *measured: Callable[[], float]) -> tuple[Sample, ...]:
    """Each measures one run of its own and returns the result; they take turns."""
    rounds = [[one() for one in measured] for _ in range(runs)]
    return tuple(Sample(values) for values in zip(*rounds, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
