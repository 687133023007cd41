"""Our own table of accelerator specs, ``curated.csv``: one fact a row, each with the document that it was read from.

A fact is on record from the date of its document (``known_on``; the last day of the year where the document states the
year alone, the day of reading where it has no date) and valid from the release month. So a preliminary figure and the
one that replaced it are two rows, and the ledger answers with what was known. A precision that a chip is known to lack
is a fact too: its value is 'not supported'. What was left out, and why, is in ``left_out.csv``.

Each statement is partial: it covers the facts that it names, and closes nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sources.datasheets.figures import KEY, UNITS
from sources.datasheets.release_months import release_months
from sources.payload import read_csv, utc
from sources.quantities import QuantityError, number
from sources.source import Payload, Refused, Row, Source, Statement

TEXTS = ("vendor", "architecture", "form_factor", "memory_type")
DATES = ("release_on", "announced_on")
NOT_SUPPORTED = "not supported"
COLUMNS = (*KEY, "value_raw", "unit_raw", "value_kind", "known_on", "citation", "note")
_MONTH_OR_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?")

Line = dict[str, str]


def parse(payload: Payload) -> Iterable[Statement]:
    """One partial statement per accelerator and date of the documents."""
    groups: dict[tuple[str, datetime], list[tuple[int, Line]]] = {}
    for number_of_line, line in enumerate(read_csv(payload, columns=COLUMNS), start=2):
        known_at = utc(line["known_on"], payload=payload)
        groups.setdefault((line["accelerator_id"], known_at), []).append((number_of_line, line))
    for (accelerator_id, known_at), lines in sorted(groups.items()):
        times = Counter(_key(line) for _, line in lines)
        facts = [_fact(line, f"line {at}: {line['citation']}", times[_key(line)]) for at, line in lines]
        yield Statement(
            "accelerator_spec",
            {"accelerator_id": accelerator_id},
            [fact for fact in facts if isinstance(fact, dict)],
            [fact for fact in facts if isinstance(fact, Refused)],
            valid_at=release_months().get(accelerator_id),
            recorded_at=known_at,
            complete=False,
        )


def _key(line: Line) -> tuple[str, ...]:
    return tuple(line[column] for column in KEY)


def _fact(line: Line, locator: str, times: int) -> Row | Refused:
    def refused(reason: str) -> Refused:
        return Refused(reason, locator, ",".join(line.values())[:400], {column: line[column] for column in KEY})

    if times > 1:
        return refused("duplicate_key")
    if not line["citation"].strip():
        return refused("missing_citation")
    metric, printed = line["metric"], line["value_raw"].strip()
    if metric not in (*UNITS, *TEXTS, *DATES):
        return refused("unknown_metric")
    if not printed:
        return refused("missing_value")
    if metric in DATES and not _MONTH_OR_DAY.fullmatch(printed):
        return refused("date")
    try:
        value = _value(line)
    except QuantityError:
        return refused("unit")
    return {
        **{column: line[column] for column in KEY},
        "value_raw": printed,
        "unit_raw": line["unit_raw"] or None,
        "value": value,
        "value_kind": line["value_kind"],
        "locator": locator,
    }


def _value(line: Line) -> float | None:
    """None for a text, a date and a precision that is known to be absent."""
    if line["metric"] not in UNITS or line["value_raw"].strip() == NOT_SUPPORTED:
        return None
    value = number(line["value_raw"], unit=UNITS[line["metric"]], printed_unit=line["unit_raw"], what=line["metric"])
    if value == 0:
        raise QuantityError(f"{line['metric']} '{line['value_raw']}': zero; expected a figure or '{NOT_SUPPORTED}'")
    return value


SOURCE = Source(
    name="datasheets",
    title="Accelerator specs read from datasheets and vendors' documents",
    homepage="sources/datasheets/curated.csv",
    licence="Apache-2.0",
    redistributable=True,
    kind="hand_kept",
    tables=("accelerator_spec",),
    parse=parse,
    reads=("*datasheets/curated.csv", "curated.csv"),
    upstream_paths=("sources/datasheets/curated.csv",),
    ships=("datasheets/curated.csv",),
    credit="The vendors and readers named in each row",
    weaknesses="Most citations are those of a whole row, and most figures are known only from the day of reading.",
)
