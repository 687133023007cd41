"""Histories that somebody made up are believed in nothing, though every row of them passes the door.

The three that are recorded were published as histories of GPU prices: one was counted back from one day with a random
walk, one was filled in backwards, one was typed once and stamped daily. Nobody ships a source that reads them; the
readers here do what such a source would.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines import building, facts, steps
from pipelines.home import Home
from pipelines.intake import Outcome
from pipelines.ledger import open_ledger
from pipelines.marts import STEPS
from sources.payload import read_json, utc
from sources.source import Payload, Source, Statement, all_sources

NOW = datetime(2026, 9, 1, tzinfo=UTC)
CARDS = {
    "A100": "nvidia-a100",
    "A100 SXM 80GB": "nvidia-a100-sxm-80gb",
    "A40": "nvidia-a40-48gb",
    "A6000": "nvidia-rtx-a6000-48gb",
    "B200 SXM 180GB": "nvidia-b200-sxm-180gb",
    "H100": "nvidia-h100",
    "H100 SXM 80GB": "nvidia-h100-sxm-80gb",
    "H200 SXM 141GB": "nvidia-h200-sxm-141gb",
    "L4": "nvidia-l4-24gb",
    "L40S": "nvidia-l40s-48gb",
    "NVIDIA H100 SXM": "nvidia-h100-sxm-80gb",
    "NVIDIA H200": "nvidia-h200",
    "NVIDIA RTX 4090": "nvidia-rtx-4090-24gb",
    "RTX 4090": "nvidia-rtx-4090-24gb",
    "V100": "nvidia-v100",
}
FROM_PRICES = ("registry", "rental_price", *STEPS[: STEPS.index("price_index_daily") + 1], "source_status")
"""What follows from rental prices, up to the index."""
Parser = Callable[[Payload], Iterable[Statement]]


def offer(provider: str, card: str, usd: object, locator: str) -> dict[str, object]:
    return {
        "provider": provider.lower().replace(" ", "-"), "sku": "", "region": "", "zone": "",
        "accelerator_id": CARDS[card], "accelerator_count": "1", "purchase_model": "on_demand", "service_tier": "",
        "price_state": "listed", "price_usd_per_hour": usd, "price_usd_per_accelerator_hour": usd,
        "price_raw": str(usd), "currency": "USD", "locator": locator,
    }  # fmt: skip


def typed_once(payload: Payload) -> Iterator[Statement]:
    """Days of {provider, gpu_model, price}."""
    for day, rows in read_json(payload)["history"].items():
        offers = [offer(r["provider"], r["gpu_model"], r["price_per_hour_usd"], day) for r in rows]
        yield Statement("rental_price", {}, offers, valid_at=utc(rows[0]["scrape_time"], payload=payload))


def counted_back(payload: Payload) -> Iterator[Statement]:
    """Moments of {card: rupees}, each with its rate."""
    for point in read_json(payload):
        rate = Decimal(point["usd_inr"])
        offers = [
            offer("cheapest", card, round(Decimal(rupees) / rate, 4), point["ts"])
            for card, rupees in point["min_by_gpu"].items()
            if card in CARDS
        ]
        yield Statement("rental_price", {}, offers, valid_at=utc(point["ts"], payload=payload))


def filled_in(payload: Payload) -> Iterator[Statement]:
    """Moments of {provider, gpu, price}."""
    for point in read_json(payload):
        known = [r for r in point["data"] if r["gpu"] in CARDS]
        offers = [offer(r["provider"], r["gpu"], r["price_hourly"], point["timestamp"]) for r in known]
        yield Statement("rental_price", {}, offers, valid_at=utc(point["timestamp"], payload=payload))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.at(tmp_path).locked():
        yield Home.at(tmp_path)


@pytest.fixture
def take_in(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Payloads of a source that does not exist, through the door, and everything built on them."""

    def ingest(parse: Parser, *contents: bytes, began_on: date | None = None) -> Outcome:
        of = ("rental_price",)
        known = Source("stranger", "Stranger", "", "MIT", True, "aggregator", of, parse, (), began_on=began_on)
        monkeypatch.setitem(all_sources(), "stranger", known)
        payloads = [Payload(content, f"history-{n}.json", NOW) for n, content in enumerate(contents)]
        outcome = steps.ingest(home, "stranger", payloads, now=NOW, progress=lambda _: None)
        for relation in FROM_PRICES:
            building.build_relation(home, relation, now=NOW)
        return outcome

    return ingest


def recorded_histories(recorded: Path, folder: str) -> list[bytes]:
    """The versions of a history that are recorded, each longer than the one before."""
    found = sorted((recorded / "negative" / "synthetic_do_not_ingest" / folder).rglob("*.json*"))
    contents = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in found]
    return sorted((content for content in contents if len(content) > 5_000), key=len)


def ask(home: Home, question: str) -> list[tuple[Any, ...]]:
    with open_ledger(str(home.build)) as connection:
        return connection.execute(question).fetchall()


def broken(home: Home) -> list[str]:
    return [rule for (rule,) in ask(home, "SELECT rule FROM source_credibility WHERE NOT is_credible ORDER BY rule")]


def assert_that_nothing_is_believed(home: Home, reasons: set[str]) -> None:
    versions = ask(home, "SELECT count(*) FROM rental_price_version WHERE known_to IS NULL")
    suspects = ask(home, "SELECT quality_reason, count(*) FROM rental_price_quality GROUP BY ALL")
    assert {reason for reason, _ in suspects} == reasons
    assert sum(count for _, count in suspects) == versions[0][0] > 0  # the ledger keeps them; no answer uses them
    assert ask(home, "SELECT count(*) FROM price_index_daily") == [(0,)]
    [(note,)] = ask(home, "SELECT note FROM source_status WHERE source = 'stranger'")
    assert note.startswith("is believed in nothing: ")


@pytest.mark.shared
def test_a_list_that_was_typed_once_and_stamped_daily_is_believed_in_nothing(
    home: Home, recorded: Path, take_in: Callable[..., Outcome]
) -> None:
    # 16 providers on 15 days or more within 60; only the marketplace's two and one tier of another ever move: 13/16
    take_in(typed_once, recorded_histories(recorded, "fenggg1988")[-1])
    assert broken(home) == ["never_changing"]
    assert_that_nothing_is_believed(home, {"never_changing"})
    assert ask(home, "SELECT share FROM source_credibility WHERE rule = 'never_changing'") == [(13 / 16,)]


@pytest.mark.shared
def test_a_random_walk_that_was_counted_back_is_believed_in_nothing(
    home: Home, recorded: Path, take_in: Callable[..., Outcome]
) -> None:
    # 360 of 410 steps are 7,200 seconds to the second, at 37 minutes and 13 seconds past the hour
    for content in recorded_histories(recorded, "hemgo-lexsi"):
        take_in(counted_back, content)
    assert "too_regular" in broken(home)
    assert_that_nothing_is_believed(home, {broken(home)[0]})


@pytest.mark.shared
def test_of_a_history_older_than_its_upstream_nothing_gets_in_that_it_did_not_see(
    home: Home, recorded: Path, take_in: Callable[..., Outcome]
) -> None:
    content = recorded_histories(recorded, "hemgo-lexsi")[-1]
    take_in(counted_back, content, began_on=date(2026, 8, 20))  # the day of its first commit
    refused = ask(home, "SELECT reason, count(DISTINCT valid_at), min(valid_at) FROM quarantine GROUP BY reason")
    seeded = sum("seed" in point for point in json.loads(content))
    assert seeded == 360
    [(reason, moments, first)] = refused
    assert (reason, str(first)) == ("older_than_upstream", "2026-07-22 04:37:13")
    assert moments >= 0.9 * seeded  # the last seeds are of the day it began
    assert ask(home, "SELECT min(valid_from) >= DATE '2026-08-20' FROM rental_price_version") == [(True,)]


@pytest.mark.shared
def test_prices_that_were_computed_are_believed_in_nothing(
    home: Home, recorded: Path, take_in: Callable[..., Outcome]
) -> None:
    # 1.6502756219109136: 30 of its 33 prices are finer than 1e-8 USD; the last three were read off a page
    take_in(filled_in, *recorded_histories(recorded, "teeesss"))
    assert broken(home) == ["too_precise"]
    assert_that_nothing_is_believed(home, {"too_precise"})


def test_no_source_that_ships_breaks_a_rule_or_lost_its_rows(home: Home) -> None:
    shipped = {path.name.split(".")[0] for path in facts.embedded(None) if ".rental_price." in path.name}
    steps.collect(home, sorted(shipped), now=NOW)
    steps.take_in_sources(home, sorted(shipped), now=NOW)
    for relation in ("registry", "as_of", "source_credibility", "scope_collapse", "source_doubt"):
        building.build_relation(home, relation, now=NOW)
    assert broken(home) == []
    # two lists of SkyPilot's catalogue end so: FluidStack's with 14 rows of 26, Azure's eastus with 54 of 91; long ago
    shrunk = ask(home, "SELECT DISTINCT source, year(valid_at) FROM scope_collapse WHERE is_newest")
    assert shrunk == [("skypilot-catalog", 2024)]
    assert steps.doubts(home, sorted(shipped)) == {}
    [(highest,)] = ask(home, "SELECT max(share) FROM source_credibility WHERE rule = 'too_restless'")
    assert 0 < highest < 0.75


def panel(moment: str, prices: dict[str, float]) -> bytes:
    """As ``filled_in`` reads it: a moment of a panel, every provider's H100."""
    data = [{"provider": name, "gpu": "NVIDIA H100 SXM", "price_hourly": usd} for name, usd in prices.items()]
    return json.dumps([{"timestamp": moment, "data": data}]).encode()


def test_what_a_page_says_for_the_first_time_when_it_has_lost_most_of_its_rows_is_suspect(
    home: Home, take_in: Callable[..., Outcome]
) -> None:
    # 25 offers on five days; then 14 of them and a new one, 15 being 3 in 5 of 25; then 13 and a new one, 14 being less
    full = {f"p{n:02}": 2.0 + n / 100 for n in range(25)}
    days = [panel(f"2026-08-0{day}T09:00:00Z", full) for day in range(1, 6)]
    fewer = panel("2026-08-06T09:00:00Z", {**dict(list(full.items())[:14]), "new": 2.0})
    less = panel("2026-08-07T09:00:00Z", {**dict(list(full.items())[:13]), "other": 2.0})
    take_in(filled_in, *days, fewer, less)
    found = ask(
        home, "SELECT provider, quality_reason FROM rental_price_quality JOIN book.rental_price_key USING (key_id)"
    )
    assert found == [("other", "rows_collapsed")]
    [(note,)] = ask(home, "SELECT note FROM source_status WHERE source = 'stranger'")
    assert note == "has 14 rows where it had 25 (rental_price {}, 2026-08-07): what is new in it is suspect"


def test_a_full_list_after_a_short_one_is_not_suspect_and_the_note_is_gone(
    home: Home, take_in: Callable[..., Outcome]
) -> None:
    full = {f"p{n:02}": 2.0 + n / 100 for n in range(24)}
    days = [panel(f"2026-08-0{day}T09:00:00Z", full) for day in range(1, 6)]
    short = panel("2026-08-06T09:00:00Z", {"p00": 2.0})
    take_in(filled_in, *days, short, panel("2026-08-07T09:00:00Z", {**full, "new": 2.0}))
    assert ask(home, "SELECT count(*) FROM rental_price_quality") == [(0,)]
    assert ask(home, "SELECT note FROM source_status WHERE source = 'stranger'") == [
        ("recorded only: nobody is asked",)
    ]


def test_a_source_that_lost_its_rows_is_named_where_it_was_ingested(
    home: Home, take_in: Callable[..., Outcome]
) -> None:
    full = {f"p{n:02}": 2.0 + n / 100 for n in range(25)}
    days = [panel(f"2026-08-0{day}T09:00:00Z", full) for day in range(1, 6)]
    take_in(filled_in, *days)
    assert steps.doubts(home, ["stranger"]) == {}
    take_in(filled_in, *days, panel("2026-08-06T09:00:00Z", {"p00": 2.0}))
    told = "has 1 rows where it had 25 (rental_price {}, 2026-08-06): what is new in it is suspect"
    assert steps.doubts(home, ["stranger"]) == {"stranger": told}
    assert steps.doubts(home, ["another"]) == {}
