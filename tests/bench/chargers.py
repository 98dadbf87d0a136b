"""Charge points in a process of their own: `python -m tests.bench.chargers URL COUNT RATE SECONDS`.

It connects them all and says `connected`; at a line on standard input it sends RATE statuses a second, each after the answer to
the last of its charge point, for SECONDS, and says how many were answered. Standard input's end ends it.
"""

from __future__ import annotations

import asyncio
import sys
import time

from websockets.asyncio.client import ClientConnection, connect

from app.listening import allow_many_files

AT_ONCE = 50
TURN_S = 0.1


async def main(url: str, count: int, rate: float, seconds: float) -> None:
    opening = asyncio.Semaphore(AT_ONCE)

    async def open_one(number: int) -> ClientConnection:
        async with opening:
            return await connect(
                f"{url}/CP{number}",
                subprotocols=["ocpp1.6"],
                proxy=None,
                compression=None,
                ping_interval=None,
                open_timeout=60,
            )

    points = await asyncio.gather(*(open_one(number) for number in range(count)))
    say("connected")
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)
    say(str(await send(points, rate, seconds)))
    await loop.run_in_executor(None, sys.stdin.read)


async def send(points: list[ClientConnection], rate: float, seconds: float) -> int:
    """Never more than `rate`; behind it where the answers are slow. How many were answered."""
    sent = 0
    begin = time.monotonic()
    while (elapsed := time.monotonic() - begin) < seconds:
        due = min(int(elapsed * rate) - sent, len(points))
        await asyncio.gather(*(tell(points[(sent + turn) % len(points)], sent + turn) for turn in range(due)))
        sent += due
        await asyncio.sleep(TURN_S)
    return sent


async def tell(point: ClientConnection, number: int) -> None:
    word = "Charging" if number // 1000 % 2 else "Available"
    said = f'{{"connectorId":{1 + number % 2},"errorCode":"NoError","status":"{word}"}}'
    await point.send(f'[2,"{number}","StatusNotification",{said}]')
    await point.recv()


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
