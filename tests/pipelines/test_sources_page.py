"""The page of sources: what stands in the code stands on it, and what a ledger holds is counted and dated."""

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines import sources_page, steps
from pipelines.home import Home
from pipelines.sources_page import PAGE, Counted, counted, page, ranges
from sources.source import Payload, all_sources

LIST = """package pricing

// generated at {day:%Y-%m-%dT%H:%M:%SZ} for us-east-1

var InitialOnDemandPricesAWS = map[string]map[string]float64{{
\t"us-east-1": {{
\t\t"p5.48xlarge": {price}, "g4dn.xlarge": 0.526, "g5.xlarge": 0,
\t}},
}}
"""
MONTHS_OF = re.compile(r"^States prices of .*\n", re.MULTILINE)
ROW = re.compile(r"^(\| \[.*\]\(#.*\) \|.*\| (?:yes|no) \|).*$", re.MULTILINE)
"""A source in the overview; what follows is counted in a ledger."""


def of_the_code(text: str) -> str:
    """The page as far as it depends on the code alone: names, terms, hosts, weaknesses, what ships."""
    return ROW.sub(r"\1", MONTHS_OF.sub("", text.partition(sources_page.MONTHS_HEAD)[0]))


def test_the_committed_page_is_what_the_code_generates() -> None:
    committed = of_the_code(PAGE.read_text(encoding="utf-8"))
    assert committed.splitlines() == of_the_code(page(Counted())).splitlines()


def test_the_committed_page_counts_what_ships_and_nothing_else() -> None:
    rows = re.findall(r"^\| \[(.+?)\].*\| (yes|no) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", PAGE.read_text(), re.M)
    assert [name for name, *_ in rows] == list(all_sources())
    assert [name for name, ships, said, *_ in rows if (ships == "yes") != (said != "0")] == []


def test_of_a_source_the_page_says_terms_host_key_counts_and_months() -> None:
    text = page(Counted({"tokencost": (27, 51_539, 6_341)}, {"tokencost": ["2024-01", "2024-02", "2025-08"]}))
    assert "| [tokencost](#tokencost) | aggregator | api_price | nobody | yes | 27 | 51,539 | 6,341 |\n" in text
    assert "Licence: MIT (may be passed on; credit AgentOps).\nStates prices of 2024-01 to 2024-02, 2025-08.\n" in text
    assert "| [shadeform](#shadeform) | aggregator | rental_price | api.shadeform.ai (key: `" in text
    assert "| no | 0 | 0 | 0 |\n" in text


@pytest.mark.parametrize(
    ("months", "said"),
    [
        ([], ""),
        (["2024-02"], "2024-02"),
        (["2022-11", "2022-12", "2023-01", "2023-03"], "2022-11 to 2023-01, 2023-03"),
        (["2023-01", "2024-02"], "2023-01, 2024-02"),
    ],
)
def test_months_that_follow_each_other_are_one_stretch(months: list[str], said: str) -> None:
    assert ranges(months) == said


def test_a_ledger_is_counted_as_its_sources_and_providers_were_seen(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    lists = [
        Payload(LIST.format(day=day, price=price).encode(), "zz_generated.pricing_aws.go", day)
        for day, price in ((datetime(2025, 5, 2, tzinfo=UTC), "98.32"), (datetime(2025, 6, 15, tzinfo=UTC), "55.04"))
    ]
    with home.locked():
        steps.ingest(home, "karpenter-aws", lists, now=datetime(2025, 9, 1, tzinfo=UTC), progress=lambda _: None)
        steps.publish_loaded(home)
    with duckdb.connect(str(home.published), read_only=True) as ledger:
        found = counted(ledger)
    assert found.counts["karpenter-aws"] == (2, 4, 2)  # two lists of two prices, and one of nothing
    assert found.counts["karpenter-azure"] == (0, 0, 0)
    assert found.source_months == {"karpenter-aws": ["2025-05", "2025-06"]}
    assert found.provider_months == {"aws": ["2025-05", "2025-06"]}
    assert page(found).endswith("| --- | --- | --- |\n| aws | 2 | 2025-05 to 2025-06 |\n")
