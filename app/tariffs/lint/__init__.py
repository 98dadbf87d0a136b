"""Rules about tariffs, and about connectors with their tariffs.

- `lint_tariff(tariff, about, at)`: what laws and OCPI say of one tariff, used at a connector of which this and that is known.
- `lint_written(body, key)`: what reading a tariff's JSON passes over in silence.
- `lint_network(locations, tariffs, at)`: all of it for a network, each law by what is known of each connector.
- `RULES`: every rule, for the documentation.

What keeps a rule is silent. A fact that a rule asks for and nobody has said gives `cannot tell`, where the rule would be broken.
"""

from app.tariffs.lint.about import About
from app.tariffs.lint.run import RULES, lint_network, lint_tariff, lint_written

__all__ = ["RULES", "About", "lint_network", "lint_tariff", "lint_written"]
