"""Recorded payloads of lists of model prices, at the day in their names, and what is asked of all of their rows."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sources.apis.litellm_prices import implausible
from sources.contracts import MODALITIES, UNITS
from sources.source import Payload, Row, Source, Statement
from sources.tables import all_columns, key_columns

RECORDED_AT = datetime(2026, 9, 1, tzinfo=UTC)
SCRAPS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["-1", "0", "1e999", "NaN", "2026-13-45", "00:30:00Z", "9" * 300]), st.just([]), st.just({}),
    st.just([None]), st.just({"tier": {"size": -1}}),
)  # fmt: skip


def payload(content: object, name: str = "sample.json", recorded_at: datetime = RECORDED_AT) -> Payload:
    """``content`` as it is where it is bytes or text, else as JSON."""
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    return Payload(text.encode() if isinstance(text, str) else text, name, recorded_at)


def recorded_payloads(recorded: Path, source: Source, folder: str) -> Iterator[Payload]:
    place = recorded / "api" / folder
    for path in sorted(place.rglob("*")):
        name = str(path.relative_to(place)).removesuffix(".gz")
        if path.is_file() and any(fnmatch(name, read) for read in source.reads):
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            yield Payload(content, name, datetime.fromisoformat(path.name[:10]).replace(tzinfo=UTC))


def usd_per_million(rows: list[Row]) -> dict[tuple[object, object, object], str]:
    """(sku, unit, condition) -> dollars per million units, without trailing zeros."""
    return {
        (
            row["sku"],
            row["unit"],
            row["condition"],
        ): f"{(Decimal(str(row['price_usd_per_unit'])) * 10**6).normalize():f}"
        for row in rows
    }


def reasons(statement: Statement) -> Counter[str]:
    return Counter(row.reason for row in statement.refused)


def assert_rows_are_sound(statement: Statement) -> None:
    """What the contract asks, and that no row has a price that its unit cannot have."""
    keys = Counter(tuple(row[name] for name in key_columns("api_price")) for row in statement.rows)
    assert [key for key, times in keys.items() if times > 1] == []
    for row in statement.rows:
        assert set(row) == {*all_columns("api_price"), "locator"}
        assert row["unit"] in UNITS
        assert row["modality"] in MODALITIES
        price = row["price_usd_per_unit"]
        assert isinstance(price, Decimal)
        assert not implausible(price, unit=str(row["unit"]), modality=str(row["modality"]))
        assert all(0 < len(str(row[name])) <= 200 for name in ("provider", "model_id", "sku"))


@st.composite
def broken(draw: st.DrawFn, whole: Any) -> Any:
    """``whole`` with one of its parts replaced or left out."""
    copy = json.loads(json.dumps(whole))
    place, parts = copy, list(_paths(copy))
    *way, last = draw(st.sampled_from(parts))
    for step in way:
        place = place[step]
    if isinstance(place, dict) and draw(st.booleans()):
        del place[last]
    else:
        place[last] = draw(SCRAPS)
    return copy


def _paths(part: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for step, value in inner:
        yield (*way, step)
        yield from _paths(value, (*way, step))
