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
    servers = [
        await asyncio.start_server(partial(answer, answered, index, wait), "127.0.0.1", 0)
        for index, wait in enumerate(waits)
    ]
    say([server.sockets[0].getsockname()[1] for server in servers])
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        say(answered)


async def answer(
    answered: list[int], index: int, wait: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(_LENGTH)[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
            if wait == math.inf:
                await reader.read()
                return
            if wait:
                await asyncio.sleep(wait)
            writer.write(_ANSWER)
            answered[index] += 1
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the sender is done
    finally:
        writer.close()


def say(what: list[int]) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = sys.argv[1:]
    asyncio.run(main(int(given[0]), int(given[1]), int(given[2]), float(given[3])))
