from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatch
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.catalogs.provider_quotes import API_COLUMNS, RENTAL_COLUMNS, SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.recorded_payloads import payload

RENTAL = ",".join(RENTAL_COLUMNS) + "\n"
API = ",".join(API_COLUMNS) + "\n"
H100X8 = "digitalocean,,,H100x8,8,on_demand,,23.92,2025-05-07,2025-05-07,date on the page,https://x.example,\n"
NEBIUS = (
    "nebius,gpu-h200-sxm_1gpu-16vcpu-200gb,,H200 (1gpu-16vcpu-200gb),1,on_demand,,3.50,2025-10-01,2025-10-22,"
    "effective date announced,https://x.example,\n"
)
TOKENS = "gmicloud,deepseek-ai/DeepSeek-V3,1M input tokens,,0.50,2025-03-21,commit,https://x.example,\n"


def _shipped() -> list[Statement]:
    found = [payload(files("sources").joinpath(name).read_bytes(), name) for name in SOURCE.ships]
    return [statement for one in found for statement in parse(one)]


def _reasons(content: str) -> list[str]:
    return [one.reason for statement in parse(payload(content)) for one in statement.refused]


def test_a_quote_says_what_was_so_on_its_day_and_closes_nothing() -> None:
    [only] = parse(payload(RENTAL + H100X8))
    assert (only.scope, only.complete) == ({"provider": "digitalocean"}, False)
    assert only.valid_at == only.recorded_at == datetime(2025, 5, 7, tzinfo=UTC)
    [row] = only.rows
    assert (row["accelerator_id"], row["accelerator_count"]) == ("nvidia-h100", 8)
    assert row["price_usd_per_accelerator_hour"] == Decimal("2.99")  # 23.92 / 8


def test_an_announced_price_is_known_from_its_page_and_valid_from_its_day() -> None:
    [only] = parse(payload(RENTAL + NEBIUS))
    assert (only.valid_at, only.recorded_at) == (datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 10, 22, tzinfo=UTC))


def test_a_price_of_a_million_tokens_or_of_an_hour_is_one_of_a_token_or_a_second() -> None:
    speech = "salad,Transcription API Lite,hour of audio,price tier 2 of 3,0.05,2025-04-18,commit,https://x.example,\n"
    [tokens, audio] = [row for statement in parse(payload(API + TOKENS + speech)) for row in statement.rows]
    assert (tokens["model_id"], tokens["unit"]) == ("deepseek-v3", "input_token")
    assert tokens["price_usd_per_unit"] == Decimal("5E-7")  # 0.50 / 1,000,000
    assert (audio["unit"], audio["condition"]) == ("input_second_of_audio", "price tier 2 of 3")
    assert audio["price_usd_per_unit"] == Decimal("0.000013888889")  # 0.05 / 3600


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (RENTAL + H100X8.replace("https://x.example", ""), "missing_citation"),
        (RENTAL + H100X8.replace("date on the page", ""), "missing_citation"),
        (RENTAL + H100X8.replace(",8,", ",0,"), "accelerator_count"),
        (RENTAL + H100X8.replace("H100x8", "H100"[:3]), "unknown_accelerator"),
        (RENTAL + H100X8.replace("23.92", "call us"), "missing_price"),
        (RENTAL + H100X8.replace("23.92", "0"), "zero_price"),
        (API + TOKENS.replace("https://x.example", ""), "missing_citation"),
        (API + TOKENS.replace("1M input", "1K input"), "unit"),
        (API + TOKENS.replace("0.50", "free"), "missing_price"),
        (API + TOKENS.replace("0.50", "0"), "zero_price"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(content: str, reason: str) -> None:
    assert _reasons(content) == [reason]


def test_the_tables_that_ship_are_read_whole() -> None:
    statements = _shipped()
    assert Counter(s.table for s in statements for _ in s.rows) == {"rental_price": 34, "api_price": 155}
    assert [one for s in statements for one in s.refused] == []
    names = ("provider", "sku", "accelerator_id", "accelerator_count", "purchase_model", "unit", "condition")
    keys = Counter((s.table, s.valid_at, *(str(row.get(name)) for name in names)) for s in statements for row in s.rows)
    assert [key for key, times in keys.items() if times > 1] == []


def test_nothing_that_ships_is_of_somebody_elses_page() -> None:
    own: dict[str, str | tuple[str, ...]] = {
        "digitalocean": "https://docs.digitalocean.com/",
        "fly": "https://github.com/superfly/docs/",
        "gmicloud": ("https://github.com/GMISWE/", "https://www.gmicloud.ai/"),
        "nebius": "https://docs.nebius.com/",
        "salad": "https://github.com/SaladTechnologies/",
        "tensordock": "https://github.com/cloud-gpus/cloud-gpus.github.io/pull/35",  # its own words there
        "voltagepark": "https://github.com/cloud-gpus/cloud-gpus.github.io/pull/65",
    }
    for statement in _shipped():
        for row in statement.rows:
            assert str(row["locator"]).partition(": ")[2].startswith(own[statement.scope["provider"]])


def test_flys_halving_of_february_2026_is_in_it() -> None:
    prices = {
        (str(s.valid_at)[:10], row["accelerator_id"]): row["price_usd_per_hour"]
        for s in _shipped()
        if s.scope["provider"] == "fly"
        for row in s.rows
    }
    assert prices["2023-11-10", "nvidia-a100-pcie-40gb"] == Decimal("2.50")
    assert prices["2026-02-11", "nvidia-a100-pcie-40gb"] == Decimal("1.25")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html></html>", "an HTML page"),
        (RENTAL, "no row"),
        (API, "no row"),
        ("a,b\n1,2\n", "no column provider"),
        (RENTAL + H100X8[:30], "not as many fields"),
        (RENTAL + H100X8.replace("2025-05-07", "in May"), "expected ISO 8601"),
    ],
)
def test_a_payload_that_is_no_such_table_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(data=st.data(), table=st.sampled_from([RENTAL + H100X8 + NEBIUS, API + TOKENS]))
@settings(max_examples=150)
def test_nothing_but_a_payload_error_comes_of_a_mutated_table(data: st.DataObject, table: str) -> None:
    content = list(table)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from(["", ",", "\n", '"', "e9999", "-", "NaN", "\0", "9" * 40, "é"]))
    with suppress(PayloadError):
        list(parse(payload("".join(content))))


def test_what_ships_is_what_is_read() -> None:
    assert all(any(fnmatch(name, read) for read in SOURCE.reads) for name in SOURCE.ships)
