"""From which month on an accelerator's figures hold: one month per accelerator, the same for every source of specs.

The ledger orders what one source says by (valid time, recorded time), so a revised figure must come with the same valid
time as the figure it corrects, or the older would hide it. An upstream that fills in or moves a release date (Epoch did
both) would break that; hence the month is data of ours and does not follow the upstream. What the upstream prints as
the date is a fact like any other (``release_on``). Do not change the month of an accelerator that has statements.
"""

import csv
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files


@cache
def release_months() -> dict[str, datetime]:
    """The first moment of the release month (or of the announcement, where that is what is sold on) by accelerator."""
    text = files("sources.datasheets").joinpath("release_months.csv").read_text(encoding="utf-8")
    return {
        row["accelerator_id"]: datetime.strptime(row["month"], "%Y-%m").replace(tzinfo=UTC)
        for row in csv.DictReader(text.splitlines())
    }
