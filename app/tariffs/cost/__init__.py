"""What a session costs by an OCPI tariff: `cost(tariff, session, time_zone)`."""

from app.tariffs.cost.engine import cost
from app.tariffs.cost.facts import Phase, SessionFacts
from app.tariffs.cost.fixed import fixed_at
from app.tariffs.cost.result import Amount, AppliedLimit, ComponentCost, Cost, LimitKind

__all__ = ["Amount", "AppliedLimit", "ComponentCost", "Cost", "LimitKind", "Phase", "SessionFacts", "cost", "fixed_at"]
