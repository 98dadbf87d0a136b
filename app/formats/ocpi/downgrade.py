"""Turns a canonical object into an older version, step by step along the tables of `versions`.

The tables are compiled once into one converter per class and place, so that a rendering does little more than copy
dicts. A loss names the field by its place in the canonical object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.formats.base import Context
from app.formats.ocpi import rules_211, rules_221
from app.formats.ocpi.scope import Scope
from app.formats.ocpi.versions import DOWN, V211, V221, Difference
from app.model.loss import Loss
from app.model.shape import Field, fields
from app.model.types import Model

Object = dict[str, Any]
Step = Callable[[Object, Any, Scope], bool]
"""Writes one field into the new object; False: without it the object cannot be said."""
Convert = Callable[[Object, Scope], Object | None]
"""The object in the older version; None where it cannot be said."""

_RULES = {V221: rules_221, V211: rules_211}


def downgrade(
    body: Object, model: type[Model], version: str, context: Context
) -> tuple[Object | None, tuple[Loss, ...]]:
    """The object as `version` says it (None: not at all), and what was lost. `body` is left as it is."""
    losses: dict[Loss, None] = {}
    converted: Object | None = body
    for difference in DOWN[version]:
        if converted is None:
            break
        convert = _compiled(difference.older, model)
        converted = convert(converted, Scope(root=converted, canonical=body, context=context, losses=losses))
    return converted, tuple(losses)


@cache
def _compiled(older: str, model: type[Model]) -> Convert:
    difference = DOWN[older][-1]
    return _Compiler(difference, _RULES[older].BEFORE, _RULES[older].AFTER).object(model, "")


@dataclass(frozen=True, slots=True)
class _Compiler:
    difference: Difference
    before: Mapping[str, Callable[[Object, Scope], Object]]
    """Class → what is done to an object first."""
    after: Mapping[str, Callable[[Object, Object, Scope], Object | None]]
    """Class → what is done last, from the converted object and the object as it was."""

    def object(self, model: type[Model], path: str) -> Convert:
        known = fields(model)
        steps = {name: self._step(at, f"{path}{name}") for name, at in known.items()}
        before, after = self.before.get(model.__name__), self.after.get(model.__name__)
        names = frozenset(known)
        passing = not before and not after and not any(steps.values())

        def convert(body: Object, scope: Scope) -> Object | None:
            if passing and body.keys() <= names:
                return body
            if before:
                body = before(body, scope)
            out: Object = {}
            for name, value in body.items():
                step = steps.get(name, _unknown)
                if step is None:
                    out[name] = value
                elif step is _unknown:
                    scope.lose(Loss(f"{path}{name}", "no field of OCPI: left out"))
                elif not step(out, value, scope):
                    return None
            return after(out, body, scope) if after else out

        return convert

    def _step(self, at: Field, path: str) -> Step | None:
        """None: the field stays as it is."""
        difference = self.difference
        name = difference.names.get(at.owner, {}).get(at.name, at.name)
        if at.extension:
            return _leave_out(Loss(path, "chargefeed's own field: left out"))
        if at.name in difference.fields.get(at.owner, ()):
            return _leave_out(Loss(path, f"no such field before {difference.since}: left out"))
        if at.name in difference.implied.get(at.owner, ()):
            return _leave_out(None)
        if at.child:
            return self._child(at, name, path)
        if at.enum and self._lacks_values(at):
            return self._values(at, name, path)
        if difference.whole_seconds and at.rule.startswith("DateTime"):
            return lambda out, value, scope: _put(out, name, f"{value[:19]}Z")
        return None if name == at.name else lambda out, value, scope: _put(out, name, value)

    def _lacks_values(self, at: Field) -> bool:
        return at.enum in self.difference.values or (self.difference.closed and at.open)

    def _child(self, at: Field, name: str, path: str) -> Step:
        assert at.child
        convert = self.object(at.child, f"{path}[]." if at.many else f"{path}.")

        def one(out: Object, value: Any, scope: Scope) -> bool:
            converted = convert(value, scope)
            return True if converted is None else _put(out, name, converted)

        def many(out: Object, value: Any, scope: Scope) -> bool:
            converted = [item for item in [convert(item, scope) for item in value] if item is not None]
            return _put(out, name, converted) if converted else True

        return many if at.many else one

    def _values(self, at: Field, name: str, path: str) -> Step:
        difference = self.difference
        said = at.values - difference.values.get(at.enum, frozenset())
        instead = difference.instead.get(at.enum, {})
        essential = (at.owner, at.name) in difference.essential
        owner = path.rpartition(".")[0] if essential else path
        reason = f"no such value before {difference.since}"

        def say(value: str, scope: Scope) -> str | None:
            other = instead.get(value) or (instead.get("*") if value not in at.values else None)
            consequence = f"said as {other}" if other else f"{at.owner} left out" if essential else "left out"
            scope.lose(Loss(path if other else owner, f"{reason}: {consequence}", value))
            return other

        def one(out: Object, value: Any, scope: Scope) -> bool:
            if value not in said:
                value = say(value, scope)
                if value is None:
                    return not essential
            return _put(out, name, value)

        def many(out: Object, value: Any, scope: Scope) -> bool:
            if not said.issuperset(value):
                found = [item if item in said else say(item, scope) for item in value]
                value = [item for item in dict.fromkeys(found) if item]
            return _put(out, name, value) if value else True

        return many if at.many else one


def _put(out: Object, name: str, value: Any) -> bool:
    out[name] = value
    return True


def _unknown(out: Object, value: Any, scope: Scope) -> bool:
    """Stands for fields that the model does not know."""
    return True


def _leave_out(loss: Loss | None) -> Step:
    def step(out: Object, value: Any, scope: Scope) -> bool:
        if loss:
            scope.lose(loss)
        return True

    return step
