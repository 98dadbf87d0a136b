"""A resolver that is slow or fails. Names below `.test` are this machine; the file NAMES says how many seconds it takes to find
that out, and with `fails` behind them that it cannot be found out."""

import os
import socket
import time
from pathlib import Path
from typing import Any

_resolve = socket.getaddrinfo


def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
    if not str(host).endswith(".test"):
        return _resolve(host, *arguments, **named)
    seconds, _, fails = Path(os.environ["NAMES"]).read_text().partition(" ")
    time.sleep(float(seconds))
    if fails:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return _resolve("127.0.0.1", *arguments, **named)


socket.getaddrinfo = getaddrinfo
