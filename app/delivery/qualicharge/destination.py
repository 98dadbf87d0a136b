"""The destination `qualicharge`: what changed of static facts first, then of statuses, then points that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

from app.clock import Clock
from app.delivery.apart import Sent
from app.delivery.base import Capabilities, Item, ObjectDestination, Receipt
from app.delivery.qualicharge.batches import Row, point_of, send_rows
from app.delivery.qualicharge.plan import Plan, Wording, plan_of
from app.delivery.qualicharge.session import Session, reason
from app.delivery.qualicharge.settings import QualiChargeSettings
from app.delivery.settings import DestinationSettings
from app.errors import DeliveryError
from app.formats.qualicharge import statiques, statuses
from app.model.batch import Kind

_GONE = (404, 410)
"""Not there, or decommissioned already."""


class QualiCharge(ObjectDestination):
    type = "qualicharge"
    Settings = QualiChargeSettings
    capabilities = Capabilities(kinds=frozenset({Kind.LOCATIONS}))
    settings: QualiChargeSettings

    def __init__(self, settings: DestinationSettings, clock: Clock, wording: Wording | None = None) -> None:
        """`wording`: how locations are said, if not as QualiCharge's API 0.33 has it."""
        super().__init__(settings, clock)
        self.batch = self.settings.batch_size
        self._wording = wording or Wording(statiques, statuses)
        self._session = Session(self.settings, clock)

    @property
    def priced(self) -> bool:
        """`tarification` says them in words."""
        return True

    def target(self) -> str:
        return repr((self.settings.url, self.settings.username))

    def check(self) -> str:
        answer = self._session.send("GET", "/auth/whoami")
        if not answer.succeeded:
            raise DeliveryError(f"{answer.said}{reason(answer.body)}", where=self._session.where("GET", "/auth/whoami"))
        return f"{answer.said} to {self.settings.username}"

    def deliver(self, items: Sequence[Item]) -> Iterator[Receipt]:
        plans = [plan_of(item, self._wording) for item in items]
        trouble = None
        try:
            self._bring(plans)
        except DeliveryError as error:
            trouble = error
        yield from (plan.receipt() for plan in plans if plan.done)
        if trouble is not None:
            raise trouble

    def _bring(self, plans: Sequence[Plan]) -> None:
        """Raises DeliveryError; what was settled by then is told by the plans."""
        for plan in plans:
            for point in plan.returning:
                self._ask("POST", f"/statique/{quote(point)}/up")  # what it may refuse, it refuses below
                plan.held.gone.remove(point)
        self._send("/statique/bulk", [(plan, plan.statics) for plan in plans], Plan.static_settled)
        for plan in plans:
            plan.drop_unknown()
        self._send("/dynamique/status/bulk", [(plan, plan.statuses) for plan in plans], Plan.status_settled)
        for plan in plans:
            for point in list(plan.leaving):
                plan.left(point, self._ask("DELETE", f"/statique/{quote(point)}"))

    def _send(
        self, path: str, given: Sequence[tuple[Plan, dict[str, Row]]], settled: Callable[[Plan, Sent[Row]], None]
    ) -> None:
        """All rows in as few batches as they fit in. No point is in two locations."""
        owners = {point: plan for plan, rows in given for point in rows}
        rows = [row for _, of_plan in given for row in of_plan.values()]
        for sent in send_rows(self._session, path, rows, self.settings.batch_size):
            settled(owners[point_of(sent.row)], sent)

    def _ask(self, method: str, path: str) -> str:
        """Why it was refused; empty where it was not. Raises DeliveryError."""
        answer = self._session.send(method, path)
        if answer.succeeded or answer.status in _GONE:
            return ""
        what = f"{answer.said}{reason(answer.body)}"
        if 400 <= answer.status < 500:
            return what
        where = self._session.where(method, path)
        raise DeliveryError(what, where=where, remedy="QualiCharge has to recover; it is tried again")
