"""The ledger against a naive oracle: whatever is loaded, in whatever order, every (valid, known) question is right."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pipelines.ledger import Told, Withdrawal, open_ledger, retract, track
from sources.source import Refused, Statement
from sources.tables import key_columns

DAY_0 = datetime(2025, 1, 1, tzinfo=UTC)
LOADED = datetime(2026, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC).replace(tzinfo=None)

few = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes a minute a step; the example says enough
)


def day(number: int) -> datetime:
    return DAY_0 + timedelta(days=number)


def row(provider: str, model: str, price: int | None) -> dict[str, object]:
    return {
        "provider": provider,
        "model_id": model,
        "sku": model,
        "modality": "text",
        "unit": "request",
        "condition": "",
        "price_usd_per_unit": None if price is None else Decimal(price),
        "price_state": "contact_sales" if price is None else "listed",
        "locator": f"{provider}/{model}",
    }


def ledger() -> duckdb.DuckDBPyConnection:
    connection = open_ledger(":memory:")
    connection.execute("CREATE TABLE IF NOT EXISTS accelerator (accelerator_id VARCHAR)")
    return connection


# The oracle: the contract's sentence, word by word, in plain Python.

Key = tuple[str, str, str]
Content = tuple[str, Decimal | None]


def order(told: Told) -> tuple[object, ...]:
    """A payload that was read again stands where its first reading stood, and after it."""
    first_said_at = told.said_at or told.recorded_at
    scope = json.dumps(dict(told.statement.scope), sort_keys=True)
    valid_at = told.statement.valid_at or first_said_at
    return valid_at, first_said_at, told.recorded_at, told.ordinal, told.payload_sha256, scope


def contents(told: Told) -> dict[tuple[str, str], Content | None]:
    """Key -> content; None where nothing that got in is known of it, or good rows contradict each other."""
    found: dict[tuple[str, str], set[Content]] = {}
    for row in told.statement.rows:
        price = row["price_usd_per_unit"]
        content = (str(row["price_state"]), price if isinstance(price, Decimal) else None)
        good = content[1] is None or content[1] > 0
        found.setdefault((str(row["provider"]), str(row["model_id"])), set()).update([content] if good else [])
    return {key: next(iter(good)) if len(good) == 1 else None for key, good in found.items()}


def covers(told: Told, key: Key) -> bool:
    source, provider, model = key
    if told.source != source or told.statement.scope.get("provider", provider) != provider:
        return False
    said = contents(told)
    if (provider, model) in said:
        return said[provider, model] is not None
    for refused in told.statement.refused:
        about = {name: value for name, value in refused.key.items() if value is not None}
        if about and about.get("provider", provider) == provider and about.get("sku", model) == model:
            return False
    return told.statement.complete


def answer(
    history: list[Told], retracted: dict[int, datetime], key: Key, valid_at: datetime, known_at: datetime
) -> Content | None:
    speaking = [
        told
        for number, told in enumerate(history)
        if (told.statement.valid_at or told.said_at or told.recorded_at) <= valid_at
        and told.recorded_at <= known_at
        and covers(told, key)
        and not (number in retracted and retracted[number] <= known_at)
        and not (told.retracted_at and told.retracted_at <= known_at)
    ]
    if not speaking:
        return None
    return contents(max(speaking, key=order)).get(key[1:])


# What is loaded.

providers = st.sampled_from(["p", "q"])
models = st.sampled_from(["a", "b", "c"])
prices = st.sampled_from([1, 2, 3, None, 0])


@st.composite
def statements(draw: st.DrawFn) -> Told:
    provider = draw(st.one_of(st.none(), providers))
    named = draw(st.lists(st.tuples(providers, models, prices), max_size=4))
    rows = [row(provider or p, m, price) for p, m, price in named]
    complete = draw(st.booleans()) or draw(st.booleans())
    refused = []
    if draw(st.integers(0, 3)) == 0:
        key = {"provider": provider or draw(providers), "sku": draw(st.one_of(st.none(), models))}
        refused.append(Refused("missing_price", "somewhere", "?", key))
    valid_at = draw(st.one_of(st.none(), st.integers(0, 5).map(day)))
    scope = {} if provider is None else {"provider": provider}
    statement = Statement("api_price", scope, rows, refused, valid_at, complete)
    sha = draw(st.sampled_from("abcd"))
    said, source = draw(st.integers(0, 6)), draw(st.sampled_from(["s", "t"]))
    told = Told(statement, source, day(said), sha, ordinal=0)
    if draw(st.integers(0, 3)) == 0:  # read again some days later
        told = replace(told, recorded_at=day(said + draw(st.integers(1, 3))), said_at=day(said))
    if draw(st.integers(0, 5)) == 0:
        told = replace(told, retracted_at=told.recorded_at + timedelta(days=draw(st.integers(1, 3))))
    return told


def distinct(history: list[Told]) -> list[Told]:
    """The same bytes at the same times in the same scope say the same: keep one of each."""
    seen = {}
    for told in history:
        seen.setdefault((told.source, told.statement.complete, *order(told)), told)
    return [t for (source, complete, *rest), t in seen.items() if complete or (source, True, *rest) not in seen]


def load(connection: duckdb.DuckDBPyConnection, history: list[Told], cuts: list[int]) -> None:
    """Loads in this order, in batches that end where ``cuts`` say, both sources at once or one after the other."""
    batch: list[Told] = []
    for number, told in enumerate(history):
        batch.append(told)
        if number in cuts or number == len(history) - 1:
            apart = [[told for told in batch if told.source == source] for source in ("s", "t")]
            for part in apart if number % 2 else [batch]:
                track(connection, "api_price", part, loaded_at=LOADED)
            batch = []


VERSIONS = """
    SELECT source, provider, model_id, price_state, price_usd_per_unit, valid_from, valid_to, known_from, known_to,
           changed_after, last_seen_at
    FROM api_price_version ORDER BY ALL
"""
KEYS = [(s, p, m) for s in "st" for p in "pq" for m in "abc"]


def check(connection: duckdb.DuckDBPyConnection, history: list[Told], retracted: dict[int, datetime]) -> int:
    """Asks about every key at every pair of times around; returns how many questions that were."""
    versions = connection.execute(VERSIONS).fetchall()
    assert all(v[6] is None or v[5] < v[6] for v in versions)
    questions = 0
    for key in KEYS:
        of_key = [v for v in versions if v[:3] == key]
        for valid in range(-1, 8):
            for known in range(-1, 9):
                valid_at, known_at = day(valid).replace(tzinfo=None), day(known).replace(tzinfo=None)
                found = [
                    (v[3], None if v[4] is None else Decimal(v[4]))
                    for v in of_key
                    if v[5] <= valid_at < (v[6] or NEVER) and v[7] <= known_at < (v[8] or NEVER)
                ]
                expected = answer(history, retracted, key, day(valid), day(known))
                assert found == ([] if expected is None else [expected]), (key, valid, known)
                questions += 1
    return questions


@few
@given(st.data())
def test_every_question_is_answered_as_the_oracle_does_whatever_the_order_of_loading(data: st.DataObject) -> None:
    history = distinct(data.draw(st.lists(statements(), min_size=3, max_size=9)))
    last = len(history) - 1
    with ledger() as first, ledger() as second:
        load(first, history, [])
        assert check(first, history, {}) == 12 * 9 * 10
        load(second, data.draw(st.permutations(history)), data.draw(st.lists(st.integers(0, last), max_size=3)))
        assert second.execute(VERSIONS).fetchall() == first.execute(VERSIONS).fetchall()
        load(second, history, [])
        assert second.execute(VERSIONS).fetchall() == first.execute(VERSIONS).fetchall()


@few
@given(st.data())
def test_daily_snapshots_loaded_as_they_come_are_answered_as_the_oracle_does(data: st.DataObject) -> None:
    """The way past the heads: each snapshot is newest in both times, rows repeat, change, vanish, fail, stand twice."""
    by_provider = data.draw(st.booleans())
    history = []
    for number in range(data.draw(st.integers(3, 6))):
        for provider in ("p", "q") if by_provider else (None,):
            named = data.draw(st.lists(st.tuples(providers, models, prices), min_size=1, max_size=6))
            rows = [row(provider or p, model, price) for p, model, price in named]
            scope = {} if provider is None else {"provider": provider}
            history.append(Told(Statement("api_price", scope, rows, [], None, True), "s", day(number), f"{number}"))
    cuts = [n for n in range(len(history)) if not by_provider or n % 2]  # both providers' snapshots of a day at once
    with ledger() as connection:
        load(connection, history, cuts)
        assert check(connection, history, {}) == 12 * 9 * 10


@pytest.mark.parametrize("again", [[3], [1, 3], [3, 1], [2, 2], [1, 1]])
def test_a_key_that_a_newer_snapshot_names_twice_is_refused_only_where_its_rows_differ(
    connection: duckdb.DuckDBPyConnection, again: list[int]
) -> None:
    first = Told(Statement("api_price", {}, [row("p", "a", 1), row("p", "b", 1)]), "s", day(0), "a")
    newer = Told(Statement("api_price", {}, [row("p", "b", 2), *(row("p", "a", n) for n in again)]), "s", day(1), "b")
    for told in (first, newer):
        track(connection, "api_price", [told], loaded_at=LOADED)
    check(connection, [first, newer], {})
    refused = connection.execute("SELECT count(*) FROM book.refused").fetchall()
    assert refused == [(len(again) if len(set(again)) > 1 else 0,)]


@few
@given(st.data())
def test_a_retracted_statement_is_believed_until_the_day_of_its_retraction(data: st.DataObject) -> None:
    history = distinct(data.draw(st.lists(statements(), min_size=2, max_size=7)))
    wrong = data.draw(st.integers(0, len(history) - 1))
    known = day(data.draw(st.integers(0, 7)))
    connection = ledger()
    load(connection, history, [])
    found = connection.execute(
        "SELECT statement_id FROM book.statement JOIN book.scope USING (scope_id) WHERE source = ? "
        "AND complete = ? AND valid_at = ? AND recorded_at = ? AND said_at = ? AND payload_sha256 = ? AND scope = ?",
        [
            history[wrong].source,
            history[wrong].statement.complete,
            history[wrong].valid_at.replace(tzinfo=None),
            history[wrong].recorded_at.replace(tzinfo=None),
            history[wrong].first_said_at.replace(tzinfo=None),
            history[wrong].payload_sha256,
            json.dumps(dict(history[wrong].statement.scope)),
        ],
    ).fetchall()
    retract(connection, [Withdrawal(found[0][0], known, "the page was another day's")])
    check(connection, history, {wrong: known})


def test_the_natural_key_of_the_oracle_is_the_contracts() -> None:
    assert key_columns("api_price") == ("provider", "model_id", "sku", "modality", "unit", "condition")


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return ledger()


def test_a_refused_row_that_is_blank_or_unreadable_in_its_key_closes_nothing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Its provider is not stated, so nobody knows whose offer of model a it was."""
    first = Told(Statement("api_price", {}, [row("p", "a", 1), row("p", "b", 1)]), "s", day(0), "a")
    blank = Told(Statement("api_price", {}, [row("", "a", 2), row("p", "b", 1)]), "s", day(1), "b")
    for told in (first, blank):
        track(connection, "api_price", [told], loaded_at=LOADED)
    assert connection.execute("SELECT reason FROM book.refused").fetchall() == [("missing_key",)]
    standing = connection.execute("SELECT model_id, valid_to FROM api_price_version ORDER BY 1").fetchall()
    assert standing == [("a", None), ("b", None)]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_a_moment_may_be_given_in_any_form_and_the_sessions_zone_does_not_matter(
    connection: duckdb.DuckDBPyConnection, zone: str
) -> None:
    """The price changes at midnight UTC of 3 January: the second before and the second itself."""
    for number, price in ((0, 1), (2, 2)):
        told = Told(Statement("api_price", {}, [row("p", "a", price)]), "s", day(number), f"{number}")
        track(connection, "api_price", [told], loaded_at=LOADED)
    connection.execute(f"SET TimeZone = '{zone}'")
    before = ["TIMESTAMP '2025-01-02 23:59:59'", "TIMESTAMPTZ '2025-01-03 01:59:59+02'", "'2025-01-03T01:59:59+02:00'"]
    after = ["TIMESTAMP '2025-01-03'", "DATE '2025-01-03'", "'2025-01-03'", "'2025-01-03T00:00:00Z'", "now()"]
    for moments, price in ((before, 1), (after, 2)):
        for moment in moments:
            found = connection.execute(f"SELECT price_usd_per_unit FROM api_price_seen_at({moment}, now())").fetchall()
            assert [int(price) for (price,) in found] == [price], moment
