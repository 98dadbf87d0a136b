"""A real Mosquitto for the tests: a broker in a temporary folder, run by an unprivileged user, by TLS and without."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from paho.mqtt import publish

from tests.certificates import Authority
from tests.postgres import unprivileged
from tests.processes import free_port

PROGRAM = Path("/usr/sbin/mosquitto")
USER, PASSWORD = "feed", "s3cret"
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
        (folder / "server.conf").write_text("\n".join(self._settings()) + "\n")
        with self._log.open("ab") as log:
            command = [*unprivileged(folder), str(PROGRAM), "-c", str(folder / "server.conf")]
            self._process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        self._wait()

    def say(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        """Publishes with QoS 1: the broker has it once this returns."""
        publish.single(topic, payload, qos=1, retain=retain, hostname="127.0.0.1", port=self.port)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _settings(self) -> list[str]:
        folder = self._folder
        return [
            "per_listener_settings true",
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
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
