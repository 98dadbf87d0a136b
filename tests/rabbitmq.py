"""A real RabbitMQ for the tests: a broker of its own in a temporary folder, run by an unprivileged user, over TLS and without."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pika
from pika.exceptions import AMQPError

from tests.certificates import Authority
from tests.processes import free_port

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's; the one in /usr/sbin runs as root or user rabbitmq alone."""
USER = PASSWORD = "guest"
_START_SECONDS = 60


class RabbitServer:
    """Started on construction; `stop` ends it and removes its folder."""

    def __init__(self) -> None:
        self.authority = Authority("authority of the broker")
        self.tls_port, self._port, distribution, names = (free_port() for _ in range(4))
        self._folder = Path(tempfile.mkdtemp(prefix="chargefeed-rabbitmq-"))
        self._log = self._folder / "server.log"
        self._numbers = count(1)
        self.ca_file = self._folder / "authority.pem"
        self.ca_file.write_bytes(self.authority.pem())
        self.authority.issue("broker").write(self._folder / "server.pem")
        (self._folder / "rabbitmq.conf").write_text("\n".join(self._settings()) + "\n")
        (self._folder / "plugins").write_text("[].\n")
        as_user = _unprivileged(self._folder)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_ALLOW_INPUT": "yes",  # it stays in the foreground, and ends with its input
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_LOG_BASE": str(self._folder),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_NODENAME": f"test-{names}@localhost",
        }
        self._processes = [self._start([*as_user, command], environment) for command in ("epmd", str(PROGRAM))]
        self._wait()

    def url(self, password: str = PASSWORD, port: int = 0) -> str:
        """Over TLS, with a certificate of `authority`; `port`: of a relay."""
        return f"amqps://{USER}:{password}@127.0.0.1:{port or self.tls_port}/%2F"

    def queue(self, **arguments: Any) -> str:
        """Name of a fresh queue; `x_max_length=1` and the like are RabbitMQ's arguments."""
        name = f"queue-{next(self._numbers)}"
        given = {key.replace("_", "-"): value for key, value in arguments.items()}
        with self._connected() as connection:
            connection.channel().queue_declare(name, arguments=given)
        return name

    def exchange(self, kind: str = "topic", name: str = "") -> str:
        """Name of a fresh exchange."""
        name = name or f"exchange-{next(self._numbers)}"
        with self._connected() as connection:
            connection.channel().exchange_declare(name, kind)
        return name

    def say(self, exchange: str, key: str, *bodies: bytes, headers: dict[str, Any] | None = None) -> None:
        """Publishes; the broker has it once this returns."""
        with self._connected() as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for body in bodies:
                channel.basic_publish(exchange, key, body, pika.BasicProperties(headers=headers))

    def waiting(self, queue: str) -> int:
        """Messages in the queue that nobody has taken."""
        with self._connected() as connection:
            return int(connection.channel().queue_declare(queue, passive=True).method.message_count)

    def taken(self, queue: str) -> Iterable[tuple[pika.BasicProperties, bytes]]:
        """Takes what is in the queue."""
        with self._connected() as connection:
            channel = connection.channel()
            while True:
                method, properties, body = channel.basic_get(queue, auto_ack=True)
                if method is None or properties is None or body is None:
                    return
                yield properties, body

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _settings(self) -> Iterable[str]:
        yield f"listeners.tcp.1 = 127.0.0.1:{self._port}"
        yield f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}"
        for name, file in (("cacertfile", self.ca_file), ("certfile", "server.pem"), ("keyfile", "server.pem")):
            yield f"ssl_options.{name} = {self._folder / file}"
        yield "ssl_options.verify = verify_none"
        yield "log.console.level = warning"

    def _start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._folder, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with suppress(AMQPError), self._connected():
                return
            if self._processes[-1].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"RabbitMQ did not start:\n{self._log.read_text()}")
            time.sleep(0.2)

    def _connected(self) -> pika.BlockingConnection:
        return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self._port))


class Relay:
    """Stands before a server until it is cut: then nothing listens there, and what was connected no longer is."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._serve()

    def cut(self) -> None:
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._sockets.clear()

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += here, there
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=_copy, args=pair, daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def _unprivileged(folder: Path) -> list[str]:
    """How to start a program that ends with this process; as root, as user `nobody`."""
    command = ["setpriv", "--pdeathsig=KILL"]
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        command += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return command
