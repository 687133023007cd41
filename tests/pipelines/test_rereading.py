"""A payload that is read again: what is believed now is what a better parser would have said from the start."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import duckdb
import hypothesis.strategies as st
from hypothesis import given, settings

from pipelines.intake import digest
from pipelines.ledger import Told, retract, track
from pipelines.rereading import amended
from sources.source import Refused, Statement
from tests.pipelines.test_ledger import LOADED, day, few, ledger, models, prices, providers, row

MENDED, NEXT = day(20), (day(21), day(22), day(23))

NOW = """
    SELECT provider, model_id, price_state, price_usd_per_unit, valid_from, valid_to, changed_after, last_seen_at
    FROM api_price_version WHERE known_to IS NULL ORDER BY ALL
"""
THEN = """
    SELECT provider, model_id, price_state, price_usd_per_unit, valid_from, valid_to, known_from,
           CASE WHEN known_to < $1 THEN known_to END
    FROM api_price_version WHERE known_from < $1 ORDER BY ALL
"""


@st.composite
def readings(draw: st.DrawFn) -> Statement:
    """What a parser may make of a payload: rows, rows that it cannot read, a scope, a date inside."""
    provider = draw(st.one_of(st.none(), st.none(), providers))
    named = draw(st.lists(st.tuples(providers, models, prices), max_size=4))
    refused = []
    if draw(st.integers(0, 3)) == 0:
        refused.append(Refused("missing_price", "?", "?", {"provider": provider, "sku": draw(models)}))
    return Statement(
        "api_price",
        {} if provider is None else {"provider": provider},
        [row(provider or p, m, price) for p, m, price in named],
        refused,
        draw(st.sampled_from([None, day(0), day(3)])),
        draw(st.integers(0, 3)) > 0,
    )


def told(number: int, statement: Statement, recorded_at: datetime) -> Told:
    return Told(statement, "s", recorded_at, f"{number}", entry=f"payload {number}", digest=digest(statement))


def read_again(connection: duckdb.DuckDBPyConnection, said: Sequence[Sequence[Told]]) -> int:
    """Every payload read again at ``MENDED``; how many statements were told for it."""
    corrections, withdrawals = [], []
    for number, of_payload in enumerate(said):
        new, wrong = amended(connection, of_payload, former=[f"payload {number}"], at=MENDED, is_same=True)
        corrections += new
        withdrawals += wrong
    retract(connection, withdrawals)
    track(connection, "api_price", corrections, loaded_at=MENDED)
    return len(corrections)


@settings(few, max_examples=5)
@given(st.data())
def test_a_better_reading_is_believed_as_if_it_had_been_the_first_and_older_beliefs_stay(data: st.DataObject) -> None:
    first = [data.draw(readings()) for _ in range(data.draw(st.integers(2, 5)))]
    second = [
        data.draw(st.one_of(st.just([statement]), st.just([]), readings().map(lambda s: [s]))) for statement in first
    ]
    later = [data.draw(st.lists(st.tuples(providers, models, prices), max_size=5)) for _ in NEXT]
    with ledger() as mended, ledger() as fresh:
        before = [told(n, statement, day(n)) for n, statement in enumerate(first)]
        better = [[told(n, statement, day(n)) for statement in of] for n, of in enumerate(second)]
        track(mended, "api_price", before, loaded_at=LOADED)
        believed = mended.execute(THEN, [MENDED]).fetchall()
        read_again(mended, better)
        track(fresh, "api_price", [telling for of in better for telling in of], loaded_at=LOADED)
        assert mended.execute(NOW).fetchall() == fresh.execute(NOW).fetchall()
        assert mended.execute(THEN, [MENDED]).fetchall() == believed
        assert read_again(mended, better) == 0  # said alike a second time
        for number, (at, named) in enumerate(zip(NEXT, later, strict=True), start=len(first)):
            newer = told(number, Statement("api_price", {}, [row(p, m, price) for p, m, price in named]), at)
            for connection in (mended, fresh):
                track(connection, "api_price", [newer], loaded_at=LOADED)
            assert mended.execute(NOW).fetchall() == fresh.execute(NOW).fetchall()


def test_an_older_payload_that_is_read_again_does_not_overtake_a_newer_one_about_the_same_day() -> None:
    """A release month's figures, revised once: the first revision read again is still the first."""
    with ledger() as connection:
        said = [
            told(n, Statement("api_price", {}, [row("p", "a", price)], valid_at=day(0)), day(1 + n))
            for n, price in enumerate([1, 2])
        ]
        track(connection, "api_price", said, loaded_at=LOADED)
        other = replace(said[0].statement, rows=[row("p", "a", 3)])
        assert read_again(connection, [[told(0, other, day(1))], [said[1]]]) == 1
        found = connection.execute(NOW).fetchall()
        assert [int(price) for _, _, _, price, *_ in found] == [2]


def test_a_file_in_anothers_place_withdraws_what_it_leaves_out_and_keeps_times_of_its_own() -> None:
    with ledger() as connection:

        def line(price: int, model: str, known_at: datetime, file: str) -> Told:
            statement = Statement("api_price", {"model_id": model}, [row("p", model, price)], [], day(0), False)
            return replace(told(0, statement, known_at), entry=file, payload_sha256=file)

        old = [line(1, "a", day(1), "old"), line(1, "b", day(2), "old"), line(1, "c", day(3), "old")]
        track(connection, "api_price", old, loaded_at=LOADED)
        new = [line(1, "a", day(1), "new"), line(7, "b", day(2), "new"), line(2, "c", day(9), "new")]
        told_now, withdrawn = amended(connection, new, former=["old"], at=MENDED, is_same=False)
        retract(connection, withdrawn)
        track(connection, "api_price", told_now, loaded_at=MENDED)
        believed = connection.execute(
            "SELECT model_id, price_usd_per_unit::INTEGER, known_from, known_to FROM api_price_version ORDER BY ALL"
        ).fetchall()
    naive = {number: day(number).replace(tzinfo=None) for number in (1, 2, 3, 9, 20)}
    assert believed == [
        ("a", 1, naive[1], None),  # said alike
        ("b", 1, naive[2], naive[20]),  # another figure for the same document: a correction, known from now on
        ("b", 7, naive[20], None),
        ("c", 1, naive[3], naive[9]),  # its line is gone, and the document of day 9 says otherwise
        ("c", 2, naive[9], None),
    ]
