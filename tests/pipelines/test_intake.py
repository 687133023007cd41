"""Archived payloads are read once, and once more by a parser that was mended."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import building, steps
from pipelines.archive import Archive, Entry
from pipelines.home import Home
from pipelines.intake import Outcome, _write, pending
from pipelines.ledger import open_ledger
from pipelines.steps import RefreshError
from sources.source import Payload, PayloadError, Refused, Source, Statement, all_sources

MARCH, APRIL, MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in range(3, 8))


Parser = Callable[[Payload], Iterable[Statement]]


def reading(cents: int) -> Parser:
    """A parser of a page that says one price in cents; as mended, it may divide by another number."""

    def parse(payload: Payload) -> Iterator[Statement]:
        text = payload.content.decode()
        if not text.isdigit():
            raise PayloadError(f"{payload.name}: {text!r}; expected a price in cents")
        offer = {
            "provider": "acme", "sku": "box", "region": "eu", "zone": "", "accelerator_id": "nvidia-l4-24gb",
            "accelerator_count": "1", "purchase_model": "on_demand", "service_tier": "", "price_state": "listed",
            "price_usd_per_hour": int(text) / cents, "price_usd_per_accelerator_hour": int(text) / cents,
            "price_raw": text, "currency": "USD", "locator": "line 1",
        }  # fmt: skip
        yield Statement("rental_price", {}, [offer])

    return parse


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.at(tmp_path).locked():
        yield Home.at(tmp_path)


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Callable[[Parser], None]:
    """A source whose parser can be mended: what a release of ours does between two refreshes."""
    version = iter(range(100))

    def release(parse: Parser) -> None:
        known = Source("acme", "Acme", "", "CC0-1.0", True, "provider", ("rental_price",), parse, ())
        number = next(version)
        monkeypatch.setitem(all_sources(), "acme", known)
        monkeypatch.setattr("pipelines.intake.parser_version", lambda: f"v{number}")

    return release


def ingest(home: Home, content: bytes, recorded_at: datetime) -> Outcome:
    payload = Payload(content, "page.txt", recorded_at)
    return steps.ingest(home, "acme", [payload], now=recorded_at, progress=lambda _: None)


def believed(home: Home, valid_at: datetime, known_at: datetime) -> list[float]:
    with open_ledger(str(home.build)) as connection:
        rows = connection.execute(
            "SELECT price_usd_per_hour FROM rental_price_seen_at(?::TIMESTAMP, ?::TIMESTAMP)",
            [valid_at.replace(tzinfo=None), known_at.replace(tzinfo=None)],
        ).fetchall()
    return [float(price) for (price,) in rows]


def test_a_mended_parser_corrects_what_it_reads_and_older_beliefs_stay(
    home: Home, acme: Callable[[Parser], None]
) -> None:
    acme(reading(10))  # 250 cents as 25 dollars
    ingest(home, b"250", MARCH)
    acme(reading(100))
    outcome = steps.take_in_sources(home, ["acme"], now=MAY)["acme"]
    assert (outcome.payloads, outcome.tally.opened) == (1, 1)
    assert believed(home, APRIL, APRIL) == [25.0]
    assert believed(home, APRIL, MAY) == [2.5]  # the same day, as known since the mending
    assert steps.take_in_sources(home, ["acme"], now=MAY)["acme"].payloads == 0


def test_a_parser_that_was_changed_and_reads_the_same_corrects_nothing(
    home: Home, acme: Callable[[Parser], None]
) -> None:
    acme(reading(100))
    ingest(home, b"250", MARCH)
    acme(reading(100))
    outcome = steps.take_in_sources(home, ["acme"], now=MAY)["acme"]
    assert (outcome.payloads, outcome.tally.statements, outcome.tally.opened) == (1, 0, 0)
    with open_ledger(str(home.build)) as connection:
        assert connection.execute("SELECT count(*) FROM book.statement").fetchall() == [(1,)]
        assert pending(connection, Archive(home.archive).entries()) == []


def test_a_payload_that_failed_is_read_when_its_parser_was_mended(home: Home, acme: Callable[[Parser], None]) -> None:
    acme(reading(100))
    outcome = ingest(home, b"gone", MARCH)
    assert outcome.failures == ["page.txt: 'gone'; expected a price in cents"]
    again = steps.take_in_sources(home, ["acme"], now=APRIL)["acme"]
    assert again.payloads == 0  # the same parser would fail the same way

    def mended(payload: Payload) -> Iterator[Statement]:
        yield Statement("rental_price", {}, [])

    acme(mended)
    assert steps.take_in_sources(home, ["acme"], now=MAY)["acme"].tally.statements == 1


def test_a_payload_whose_archived_file_was_damaged_is_read_when_it_is_ingested_again(
    home: Home, acme: Callable[[Parser], None]
) -> None:
    acme(reading(100))
    archive = Archive(home.archive)
    sha256 = archive.keep(b"250")
    archive.note([Entry(sha256, "acme", "page.txt", "parser", MARCH, MARCH)])
    archive.path(sha256).write_bytes(archive.path(sha256).read_bytes()[:8])
    [failure] = steps.take_in_sources(home, ["acme"], now=APRIL)["acme"].failures
    assert failure.startswith(str(archive.path(sha256)))
    archive.path(sha256).unlink()  # as the failure says
    assert ingest(home, b"250", MARCH).tally.opened == 1
    assert believed(home, APRIL, MAY) == [2.5]


@pytest.mark.parametrize(("turn_bytes", "turns"), [(1 << 20, 1), (60, 2), (1, 3)])
def test_payloads_that_do_not_fit_into_memory_at_once_come_in_turns_and_say_the_same(
    home: Home,
    acme: Callable[[Parser], None],
    monkeypatch: pytest.MonkeyPatch,
    turn_bytes: int,
    turns: int,
) -> None:
    acme(reading(100))
    monkeypatch.setattr("pipelines.intake.TURN_BYTES", turn_bytes)
    archive = Archive(home.archive)
    days = ((b"250", MARCH), (b"300", APRIL), (b"280", MAY))
    kept = [(archive.keep(content), day) for content, day in days]
    assert [archive.size(sha256) for sha256, _ in kept] == [23, 23, 23]  # compressed: two of them fit into 60
    archive.note([Entry(sha256, "acme", "page.txt", "parser", day, JUNE) for sha256, day in kept])
    written = []
    monkeypatch.setattr("pipelines.intake._write", lambda *args: written.append(len(args[1].done)) or _write(*args))
    steps.take_in_sources(home, ["acme"], now=JUNE)
    assert (len(written), sum(written)) == (turns, 3)
    assert [believed(home, day, JUNE) for _, day in days] == [[2.5], [3.0], [2.8]]


def test_what_a_parser_did_not_foresee_in_one_payload_stops_no_other(
    home: Home, acme: Callable[[Parser], None]
) -> None:
    def careless(payload: Payload) -> Iterator[Statement]:
        if payload.content == b"?":
            raise KeyError("price")
        yield from reading(100)(payload)

    acme(careless)
    payloads = [Payload(content, "page.txt", MARCH) for content in (b"?", b"250")]
    outcome = steps.ingest(home, "acme", payloads, now=MARCH, progress=lambda _: None)
    assert outcome.failures == ["KeyError: 'price'"]
    assert believed(home, APRIL, APRIL) == [2.5]


def test_a_ledger_that_is_made_anew_has_the_rows_that_were_loaded(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text("provider,accelerator_id,accelerator_count,price_usd_per_hour\nacme,nvidia-l4-24gb,2,1.40\n")
    options = {"observed_at": "2026-03-01", "recorded_at": "2026-03-01", "complete": True, "scope": []}
    steps.load(home, "rental_price", file, source="ours", now=MARCH, **options)  # type: ignore[arg-type]
    home.build.unlink()
    assert steps.take_in_loaded(home, now=MAY)["ours"].tally.opened == 1
    assert believed(home, APRIL, APRIL) == [1.4]
    assert steps.take_in_loaded(home, now=MAY) == {}


def test_the_same_statement_twice_in_one_reading_counts_once(home: Home, acme: Callable[[Parser], None]) -> None:
    def twice(payload: Payload) -> Iterator[Statement]:
        yield from reading(100)(payload)
        yield from reading(100)(payload)

    acme(twice)
    assert ingest(home, b"250", MARCH).tally.statements == 1


def test_a_mended_parser_withdraws_what_it_does_not_read_any_more(home: Home, acme: Callable[[Parser], None]) -> None:
    """The first parser took a deposit for a price; the second keeps such rows out, which alone would close nothing."""

    def careful(payload: Payload) -> Iterator[Statement]:
        refused = Refused("deposit", "line 1", payload.content.decode(), {"provider": "acme", "sku": "box"})
        yield Statement("rental_price", {}, [], [refused])

    acme(reading(100))
    ingest(home, b"250", MARCH)
    acme(careful)
    steps.take_in_sources(home, ["acme"], now=MAY)["acme"]
    assert (believed(home, APRIL, APRIL), believed(home, APRIL, MAY)) == ([2.5], [])


def test_a_file_of_ours_that_is_edited_corrects_itself_and_may_be_put_back(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dated(payload: Payload) -> Iterator[Statement]:
        """A figure and the document of March that it cites."""
        yield from (replace(said, valid_at=MARCH, recorded_at=MARCH) for said in reading(100)(payload))

    ours = tmp_path / "ours.txt"
    known = Source("ours", "Ours", "", "CC0-1.0", True, "hand_kept", ("rental_price",), dated, (), ships=(str(ours),))
    monkeypatch.setitem(all_sources(), "ours", known)
    for content, now in ((b"250", APRIL), (b"300", MAY), (b"250", JUNE)):
        ours.write_bytes(content)
        assert steps.has_news(home, ["ours"])
        steps.collect(home, ["ours"], now=now)
        steps.take_in_sources(home, ["ours"], now=now)["ours"]
        assert not steps.has_news(home, ["ours"])
    as_known = [believed(home, APRIL, now) for now in (MARCH, APRIL, MAY, JUNE)]
    assert as_known == [[2.5], [2.5], [3.0], [2.5]]
    home.build.unlink()  # made anew from the archive, it believes the same at every moment
    steps.take_in_sources(home, ["ours"], now=JULY)["ours"]
    assert [believed(home, APRIL, now) for now in (MARCH, APRIL, MAY, JUNE)] == as_known


def test_rows_that_are_loaded_after_a_refresh_that_did_not_end_wait_for_one_that_does(
    home: Home, acme: Callable[[Parser], None]
) -> None:
    acme(reading(100))
    ingest(home, b"250", MARCH)
    first = steps.publish_loaded(home)
    building.build_relation(home, "registry", now=APRIL)  # and then a check fails, or the process is killed
    ingest(home, b"300", APRIL)
    with pytest.raises(
        RefreshError, match="were not published: the last refresh did not end; run `flopledger refresh`"
    ):
        steps.publish_loaded(home)
    assert first is not None
    assert home.published.resolve() == first
    building.publish_built(home, now=MAY)
    assert home.published.resolve() != first
