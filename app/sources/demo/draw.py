"""Draws that depend on nothing but their path: the same seed tells the same story on every machine and Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

LETTERS = "ABDEGHJLNPRTWXZ"
"""Letters that British (inward part) and Dutch postcodes both use."""


class Draw:
    """A series of draws; `Draw(seed, "site", 17)` is always the same series.

    Only `Random.random` is used: it alone is promised to stay the same across versions of Python.
    """

    def __init__(self, *path: object) -> None:
        self._next = Random("/".join(map(str, path))).random

    def fraction(self) -> float:
        return self._next()

    def chance(self, of: float) -> bool:
        return self._next() < of

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._next()

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int((high - low + 1) * self._next())

    def pick(self, of: Sequence[T]) -> T:
        return of[int(len(of) * self._next())]

    def weighted(self, weights: Mapping[T, float]) -> T:
        left = sum(weights.values()) * self._next()
        *others, last = weights
        for item in others:
            left -= weights[item]
            if left < 0:
                return item
        return last

    def pattern(self, pattern: str) -> str:
        """`#` becomes a digit, `%` a digit from 1 to 9, `@` a letter."""
        return "".join(self._sign(sign) for sign in pattern)

    def _sign(self, sign: str) -> str:
        match sign:
            case "#":
                return str(self.whole(0, 9))
            case "%":
                return str(self.whole(1, 9))
            case "@":
                return self.pick(LETTERS)
        return sign
