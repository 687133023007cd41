"""llm-prices: makers' files with from- and to-dates."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.apis.simonw_llm_prices import SOURCE
from sources.source import PayloadError, Statement, all_sources
from tests.sources.apis.recorded_api import (
    assert_rows_are_sound,
    broken,
    payload,
    reasons,
    recorded_payloads,
    usd_per_million,
)


def price(**fields: Any) -> dict[str, Any]:
    return {"input": None, "output": None, "from_date": None, "to_date": None, "input_cached": None} | fields


# Quoted from data/mistral.json of 2026-06-17 and data/openai.json of 2026-07-30.
LARGE = {
    "id": "mistral-large-latest",
    "name": "Mistral Large 3",
    "price_history": [
        price(input=0.5, output=1.5, from_date="2025-12-02"),
        price(input=2, output=6, to_date="2025-12-02"),
    ],
}
GPT_5_4 = {"id": "gpt-5.4", "name": "GPT-5.4 ≤272k", "price_history": [price(input=2.5, input_cached=0.25)]}
GPT_5_4_LONG = {"id": "gpt-5.4-272k", "name": "GPT-5.4 >272k", "price_history": [price(input=5)]}
NOON = datetime(2026, 9, 1, tzinfo=UTC)


def read(vendor: str, *models: dict[str, Any], at: datetime = NOON) -> list[Statement]:
    return list(SOURCE.parse(payload({"vendor": vendor, "models": list(models)}, recorded_at=at)))


def test_a_file_is_the_whole_of_its_vendor_and_of_nobody_else() -> None:
    [statement] = read("google", {"id": "gemini-2.5-flash", "name": "", "price_history": [price(input=0.3)]})
    assert (statement.scope, statement.complete) == ({"provider": "gemini"}, True)
    assert usd_per_million(statement.rows) == {("google/gemini-2.5-flash", "input_token", ""): "0.3"}


def test_a_price_that_changed_is_said_of_both_days() -> None:
    now, since, before = read("mistral", LARGE)
    key = ("mistral/mistral-large-latest", "output_token", "")
    assert usd_per_million(now.rows)[key] == usd_per_million(since.rows)[key] == "1.5"
    assert usd_per_million(before.rows)[key] == "6"
    assert (before.valid_at, since.valid_at) == (datetime(2025, 12, 1, tzinfo=UTC), datetime(2025, 12, 2, tzinfo=UTC))


def test_on_the_day_named_as_the_end_the_next_price_holds() -> None:
    now, *_ = read("mistral", LARGE, at=datetime(2025, 12, 2, 8, tzinfo=UTC))
    assert usd_per_million(now.rows)["mistral/mistral-large-latest", "input_token", ""] == "0.5"


def test_a_price_that_ends_with_none_after_it_is_not_offered_from_then_on() -> None:
    gone = {"id": "m", "name": "", "price_history": [price(input=1, to_date="2026-06-01")]}
    now, last_day, end = read("openai", gone, GPT_5_4)
    assert [row["sku"] for row in now.rows] == ["openai/gpt-5.4"] * 2
    assert (last_day.valid_at, len(last_day.rows)) == (datetime(2026, 5, 31, tzinfo=UTC), 1)
    assert (end.valid_at, end.rows, end.complete) == (datetime(2026, 6, 1, tzinfo=UTC), [], True)
    assert end.scope == {"provider": "openai", "sku": "openai/m"}


def test_longer_prompts_are_a_condition_of_the_same_model() -> None:
    [statement] = read("openai", GPT_5_4, GPT_5_4_LONG)
    assert {(row["model_id"], row["unit"], row["condition"]) for row in statement.rows} == {
        ("gpt-5.4", "input_token", ""),
        ("gpt-5.4", "cached_input_token", ""),
        ("gpt-5.4", "input_token", "context>272k"),
    }


def test_a_model_listed_twice_at_two_prices_has_none() -> None:
    """grok-4-fast stands twice in xai.json, "Grok 4 Fast" and "Grok 4 Fast ≤128k": at one price it is one row."""
    once, again = ({"id": "grok-4-fast", "name": "", "price_history": [price(input=p)]} for p in (0.2, 0.4))
    assert len(read("xai", once, once)[0].rows) == 1
    assert reasons(read("xai", once, again)[0]) == {"duplicate_key": 1}


def test_a_price_of_pictures_is_none_of_words() -> None:
    image = {"id": "gpt-image-1", "name": "", "price_history": [price(input=10, output=40)]}
    assert reasons(read("openai", image)[0]) == {"unit": 1}


@pytest.mark.parametrize(
    "content",
    ["", "<html></html>", "[]", "{}", '{"vendor": "openai", "models": []}', '{"vendor": "openai", "models": [{}]}',
     '{"vendor": "a", "models": [{"id": "m", "price_history": [{"input": 1, "from_date": "soon"}]}]}'],
)  # fmt: skip
def test_a_payload_that_is_no_such_file_is_an_error(content: str) -> None:
    with pytest.raises(PayloadError) as error:
        list(SOURCE.parse(payload(content)))
    assert "\n" not in str(error.value)


@given(broken({"vendor": "mistral", "models": [LARGE, GPT_5_4, GPT_5_4_LONG]}))
def test_whatever_is_broken_in_it_is_an_error_or_a_refusal(content: object) -> None:
    try:
        for statement in SOURCE.parse(payload(content)):
            assert_rows_are_sound(statement)
    except PayloadError:
        return


def test_it_is_found_and_is_not_passed_on() -> None:
    assert all_sources()["simonw-llm-prices"] is SOURCE
    assert not SOURCE.redistributable
    assert SOURCE.live is not None
    assert {address.name for address in SOURCE.live.addresses} == set(SOURCE.upstream_paths)


@pytest.mark.shared
def test_every_recorded_file_is_read_without_unexplained_refusals(recorded: Path) -> None:
    found = list(recorded_payloads(recorded, SOURCE, "simonw-llm-prices"))
    assert len(found) >= 30
    for file in found:
        for statement in SOURCE.parse(file):
            assert_rows_are_sound(statement)
            assert set(reasons(statement)) <= {"zero_price", "unit"}, file.name
            assert reasons(statement)["unit"] <= 5, file.name
