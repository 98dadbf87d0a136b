"""Tells each channel what it does not know yet. One that fails is tried again, later each time; none waits for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog
from sqlalchemy import Engine

from app.alerts.channels import Channel
from app.alerts.digest import Digest, read_digest
from app.clock import Clock, Millis
from app.errors import DeliveryError
from app.registry.database import reading, writing
from app.registry.evaluation.alerting import ChannelState, channel_state, keep_channel
from app.registry.evaluation.reading import standing
from app.registry.leases import Lease, check_lease

FIRST_WAIT: Millis = 5_000
LONGEST_WAIT: Millis = 3_600_000

log = structlog.get_logger()


class Teller:
    def __init__(self, engine: Engine, channels: Sequence[Channel], clock: Clock, publisher: str, url: str) -> None:
        """`url`: of the page with all that is open."""
        self._engine = engine
        self._channels = channels
        self._clock = clock
        self._named = (publisher, url)

    def tell(self, lease: Lease | None = None) -> bool:
        """Whether every channel knows of the last evaluation. Raises LeaseLost."""
        told = [self._tell(channel, lease) for channel in self._channels]
        return all(told)

    def _tell(self, channel: Channel, lease: Lease | None) -> bool:
        now = self._clock.now()
        with reading(self._engine) as connection:
            state, last = channel_state(connection, channel.name), standing(connection)
            if last is None or state.told_until >= last.at:
                return True
            if state.next_attempt > now:
                return False
            digest = read_digest(connection, state.told_until, last.at, *self._named)
        after = self._after(channel, digest, state, now)
        with writing(self._engine) as connection:
            if lease is not None:
                check_lease(connection, lease)
            keep_channel(connection, after)
        return after.told_until >= last.at

    def _after(self, channel: Channel, digest: Digest, state: ChannelState, now: Millis) -> ChannelState:
        try:
            if not digest.is_empty:
                channel.tell(digest)
                log.info("findings told", channel=channel.name, new=digest.new, fixed=digest.fixed)
            return ChannelState(channel.name, digest.at)
        except DeliveryError as error:
            wait = min(FIRST_WAIT << min(state.failures, 16), LONGEST_WAIT)
            log.warning("findings not told", channel=channel.name, error=str(error), again_in=wait / 1000)
            return replace(state, failures=state.failures + 1, next_attempt=now + wait, error=str(error))
