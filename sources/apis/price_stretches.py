"""Prices that a list dates itself -> statements: what held from a day on, or until one.

A list that says "10 until June 10th, 2 since" makes three statements of that model: 10 on the last day before, 2 since
the day, and, with everything else in force, the list as it stood when it was on record. What is announced for later
stands at its own day. A price that ends with none after it is not offered from then on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sources.apis.token_prices import statement
from sources.source import Refused, Row, Statement

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """All prices of one model between two days of its list; None: the list does not say."""

    rows: tuple[Row | Refused, ...]
    since: date | None = None
    until: date | None = None
    """The first day on which it no longer holds."""

    def holds_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def dated_statements(scope: dict[str, str], stretches: Sequence[Stretch]) -> Iterator[Statement]:
    """What the list says of one model at the days that it names; nothing of a model without such days."""
    begun = {one.since for one in stretches}
    for one in stretches:
        if one.since is not None:
            yield statement(scope, one.rows, valid_at=midnight(one.since))
        elif one.until is not None and one.until > date.min:
            yield statement(scope, one.rows, valid_at=midnight(one.until - DAY))
        if one.until is not None and one.until not in begun:
            yield statement(scope, (), valid_at=midnight(one.until))


def in_force(stretches: Iterable[Stretch], on: date) -> Iterator[Row | Refused]:
    for one in stretches:
        if one.holds_on(on):
            yield from one.rows
