"""A real Mosquitto for the tests: a broker in a temporary folder, run by an unprivileged user, by TLS and without."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from paho.mqtt import publish
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.certificates import Authority
from tests.postgres import unprivileged
from tests.processes import free_port

PROGRAM = Path("/usr/sbin/mosquitto")
USER, PASSWORD = "feed", "s3cret"
DENIED = "DENIED"
"""A location to whose topics nobody may write."""
_START_SECONDS = 20


class Mosquitto:
    """Started on construction; `stop` ends it and removes its folder. Over TLS it asks for a password and a certificate."""

    def __init__(self) -> None:
        self.authority = Authority("authority of the broker")
        self.port, self.tls_port = free_port(), free_port()
        self._folder = folder = Path(tempfile.mkdtemp(prefix="chargefeed-mosquitto-"))
        self._log = folder / "server.log"
        self.ca_file = folder / "authority.pem"
        self.ca_file.write_bytes(self.authority.pem())
        self.certificate = self.authority.issue("feed").write(folder / "client.pem")
        self.authority.issue("broker").write(folder / "server.pem")
        passwords = folder / "passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, USER, PASSWORD], check=True, capture_output=True)
        passwords.chmod(0o644)
        (folder / "rights").write_text(f"topic readwrite #\ntopic deny +/status/DE/ABC/{DENIED}/#\n")
        (folder / "server.conf").write_text("\n".join(self._settings()) + "\n")
        self._start()

    def say(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        """Publishes with QoS 1: the broker has it once this returns."""
        publish.single(topic, payload, qos=1, retain=retain, hostname="127.0.0.1", port=self.port)

    def retained(self, topics: str) -> dict[str, bytes]:
        """What is retained there now."""
        found: dict[str, bytes] = {}
        end = f"chargefeed/end/{time.monotonic_ns()}"
        client = Client(CallbackAPIVersion.VERSION2)
        client.on_message = lambda client, data, message: found.setdefault(message.topic, message.payload)
        client.connect("127.0.0.1", self.port)
        client.subscribe([(topics, 1), (end, 1)])
        client.publish(end, b"end", 1)
        deadline = time.monotonic() + _START_SECONDS
        while end not in found and time.monotonic() < deadline:
            client.loop(0.1)
        client.disconnect()
        del found[end]
        return found

    def restart(self) -> None:
        """It keeps nothing on the disk."""
        self._end()
        self._start()

    def stop(self) -> None:
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        with self._log.open("ab") as log:
            command = [*unprivileged(self._folder), str(PROGRAM), "-c", str(self._folder / "server.conf")]
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        self._wait()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait(30)

    def _settings(self) -> list[str]:
        folder = self._folder
        return [
            "per_listener_settings true",
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            f"acl_file {folder / 'rights'}",
            f"listener {self.tls_port} 127.0.0.1",
            f"cafile {self.ca_file}",
            f"certfile {folder / 'server.pem'}",
            f"keyfile {folder / 'server.pem'}",
            "require_certificate true",
            f"password_file {folder / 'passwords'}",
        ]

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return self.say("chargefeed/started", "")
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"Mosquitto did not start:\n{self._log.read_text()}") from None
                time.sleep(0.05)
