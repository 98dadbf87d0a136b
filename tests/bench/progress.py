"""What a bench is doing, told on standard error while it works."""

from __future__ import annotations

from rich.console import Console

_STEP = 10
"""Percent from one line to the next."""


class Progress:
    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._last = ("", 0)

    def say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def __call__(self, what: str, share: float) -> None:
        """`building 1,000,000 EVSEs: 40 %`."""
        reached = (what, int(share * 100) // _STEP * _STEP)
        if reached != self._last:
            self._last = reached
            self.say(f"  {what}: {reached[1]} %")
