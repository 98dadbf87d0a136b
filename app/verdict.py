"""How `chargefeed validate` says what it found: tables in a terminal, `file:line: path: message` in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from app.formats.report import Finding, Report, Verdict
from app.terminal import say, table


def show(report: Report, file: str) -> None:
    findings = list(_findings(report))
    if sys.stdout.isatty():
        if findings:
            table(("line", "record", "field", "what", "rule", "remedy"), (_cells(*found) for found in findings))
        for older, losses in report.losses.items():
            if losses:
                say(f"published as {older} it would lose:")
                rows = [(loss.path, str(count), loss.value, loss.reason) for loss, count in losses.items()]
                table(("field", "records", "value", "what becomes of it"), rows)
    else:
        for record, finding in findings:
            say(f"{file}:{finding.line}: {_place(record, finding)}: {_message(finding)}")
        for older, losses in report.losses.items():
            for loss, count in losses.items():
                say(f"{file}: {loss.path}: lost in {older}, {count} times: {loss.reason}")
    counts = ", ".join(f"{report.count(verdict)} {verdict.value}" for verdict in Verdict)
    say(f"{file}: {report.format or 'not readable'}, {len(report.records)} records: {counts}")


def _findings(report: Report) -> Iterator[tuple[str, Finding]]:
    yield from (("", finding) for finding in report.findings)
    yield from ((record.id or record.part, finding) for record in report.records for finding in record.findings)


def _place(record: str, finding: Finding) -> str:
    return " ".join(filter(None, (record, finding.problem.path))) or "file"


def _message(finding: Finding) -> str:
    problem = finding.problem
    value = f" (value {problem.value})" if problem.value else ""
    rule = f" [{problem.rule}]" if problem.rule else ""
    remedy = f"; {problem.remedy}" if problem.remedy else ""
    return f"{problem.severity.value}: {problem.what}{value}{rule}{remedy}"


def _cells(record: str, finding: Finding) -> tuple[str, ...]:
    problem = finding.problem
    what = f"{problem.what} ({problem.value})" if problem.value else problem.what
    return str(finding.line), record, problem.path, what, problem.rule, problem.remedy
