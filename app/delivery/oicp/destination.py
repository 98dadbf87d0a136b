"""The destination `oicp`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.clock import Clock
from app.delivery.base import Capabilities, Item, ObjectDestination, Receipt
from app.delivery.oicp.hub import Hub
from app.delivery.oicp.loading import Loading
from app.delivery.oicp.plan import Plan
from app.delivery.oicp.pushing import Pushing
from app.delivery.oicp.settings import OicpSettings
from app.delivery.oicp.wording import Said, of_location, of_tariff, problems_of
from app.delivery.settings import DestinationSettings
from app.errors import DeliveryError
from app.model.batch import Kind
from app.model.problem import Problem

AT_ONCE = 500
"""Objects whose records share a call."""


class Oicp(ObjectDestination):
    type = "oicp"
    Settings = OicpSettings
    capabilities = Capabilities()
    settings: OicpSettings
    batch = AT_ONCE
    loads = True

    def __init__(self, settings: DestinationSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._hub = Hub(self.settings, clock)
        self._pushing = Pushing(self._hub, self.settings)
        self._loading = Loading(self._hub, self.settings, self._pushing)

    @property
    def kinds(self) -> frozenset[Kind]:
        priced = {Kind.TARIFFS} if self.settings.pricing is not None else set()
        return frozenset({Kind.LOCATIONS} | priced)

    @property
    def priced(self) -> bool:
        """How is paid follows from them, too."""
        return True

    def target(self) -> str:
        return repr((self.settings.url, [each.id for each in self.settings.operators]))

    def rules(self) -> str:
        return repr((self.settings.operators, self.settings.pricing))

    def check(self) -> str:
        names = ", ".join(f"{each.id} ({each.name})" for each in self.settings.operators)
        return f"{self._hub.greet()}; pushes for {names}"

    def inspect(self, item: Item) -> tuple[Problem, ...]:
        """All that a person could mend; nothing keeps an object from being sent."""
        if item.object is None or item.kind is not Kind.LOCATIONS:
            return ()
        return tuple(problems_of(item, item.object))

    def load(self, items: Iterable[Item], released: str) -> Sequence[Receipt]:
        plans = [self._plan(item) for item in items]
        return [plan.receipt() for plan in plans] if self._loading.load(plans, released) else []

    def deliver(self, items: Sequence[Item]) -> Iterator[Receipt]:
        plans = [self._plan(item) for item in items]
        trouble = None
        try:
            self._pushing.bring(plans)
        except DeliveryError as error:
            trouble = error
        # What was taken is remembered, also where the rest of an object was not.
        yield from (plan.receipt(trouble) for plan in plans if plan.done or plan.taken)
        if trouble is not None:
            raise trouble

    def _plan(self, item: Item) -> Plan:
        said, found = Said(), item.object
        if found is not None:
            said = (of_tariff if item.kind is Kind.TARIFFS else of_location)(item, found, self.settings)
        # The engine asks for what is wrong with an object just where more than a status changed.
        known = () if item.content or item.object is None else self.inspect(item)
        return Plan.of(item, said, known)
