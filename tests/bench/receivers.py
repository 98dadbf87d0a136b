"""OCPI receivers in a process of their own: `python -m tests.bench.receivers FAST SLOW DEAD SECONDS`.

It prints their ports as a JSON list, in this order. Each takes whatever it is sent; slow ones after SECONDS, dead ones never do.
For each line on standard input it prints how many requests each has answered. Standard input's end ends it.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
from functools import partial

_BODY = b'{"status_code":1000,"timestamp":"2030-01-01T00:00:00Z"}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
_LENGTH = b"content-length:"


async def main(fast: int, slow: int, dead: int, seconds: float) -> None:
    waits = [0.0] * fast + [seconds] * slow + [math.inf] * dead
    answered = [0] * len(waits)
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(partial(Receiver, answered, index, wait), "127.0.0.1", 0)
        for index, wait in enumerate(waits)
    ]
    say([server.sockets[0].getsockname()[1] for server in servers])
    while await loop.run_in_executor(None, sys.stdin.readline):
        say(answered)


class Receiver(asyncio.Protocol):
    """One connection. It looks at no more of a request than its length: what is measured is the sender."""

    def __init__(self, answered: list[int], index: int, wait: float) -> None:
        self._answered, self._index, self._wait = answered, index, wait
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (ends := self._read.find(b"\r\n\r\n") + 4) > 3:
            length = self._read[:ends].lower().partition(_LENGTH)[2].partition(b"\r\n")[0]
            ends += int(length or 0)
            if len(self._read) < ends:
                return
            self._read = self._read[ends:]
            self._take()

    def _take(self) -> None:
        if self._wait == 0:
            self._answer()
        elif self._wait < math.inf:
            asyncio.get_running_loop().call_later(self._wait, self._answer)

    def _answer(self) -> None:
        self._transport.write(_ANSWER)
        self._answered[self._index] += 1


def say(what: list[int]) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = sys.argv[1:]
    asyncio.run(main(int(given[0]), int(given[1]), int(given[2]), float(given[3])))
