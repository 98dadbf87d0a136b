"""The rule about uptime of a regime: its words are those of the rule sheet, its figures come from the history."""

from __future__ import annotations

from dataclasses import dataclass

from app.compliance.rule import Level, Rule, Seen
from app.compliance.site import Subject
from app.compliance.uptime.sheet import Sheet, read_sheet
from app.model.part import Part
from app.wording import worded

WHERE = worded("the history of statuses")


@dataclass(frozen=True, slots=True)
class UptimeRule:
    rule: Rule
    sheet: Sheet


class Uptime(Part):
    """What `rules.yaml` says of it."""

    code: str
    """Behind the name of the regime: `nevi-uptime`."""
    sheet: str
    """Its rule sheet: `us_nevi`."""
    verified: bool = True
    """False: whether it holds for each port that is counted is not known."""

    def of(self, regime: str) -> UptimeRule:
        """Raises ConfigError for a sheet that cannot be read."""
        sheet = read_sheet(self.sheet)
        level = Level.NETWORK if sheet.of == "network" else Level.POINT
        rule = Rule(
            f"{regime}-{self.code}",
            sheet.title,
            sheet.article,
            level,
            None,
            WHERE,
            _at_no_location,
            remedy=worded(
                "`chargefeed report uptime --sheet %(sheet)s` shows the outages; "
                "enter what does not count by `chargefeed exclusion add`",
                sheet=self.sheet,
            ),
            binding=self.verified,
            means=sheet.means,
            link=sheet.link,
            regime=regime,
        )
        return UptimeRule(rule, sheet)


def _at_no_location(subject: Subject) -> Seen | None:
    return None
