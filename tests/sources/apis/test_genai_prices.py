"""genai-prices: prices per million, by length of the prompt, by day and by hour."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.apis.genai_prices import SOURCE
from sources.source import PayloadError, Statement, all_sources
from tests.sources.apis.recorded_api import (
    assert_rows_are_sound,
    broken,
    payload,
    reasons,
    recorded_payloads,
    usd_per_million,
)

# Quoted from prices/data.json of 2025-08-26 and 2026-07-29.
O3 = {
    "id": "o3",
    "prices": [
        {"prices": {"input_mtok": 10, "cache_read_mtok": 0.5, "output_mtok": 40}},
        {
            "constraint": {"start_date": "2025-06-10"},
            "prices": {"input_mtok": 2, "cache_read_mtok": 0.5, "output_mtok": 8},
        },
    ],
}
SONNET_5 = {
    "id": "claude-sonnet-5",
    "prices": [
        {"prices": {"input_mtok": 2, "output_mtok": 10}},
        {"constraint": {"start_date": "2026-09-01"}, "prices": {"input_mtok": 3, "output_mtok": 15}},
    ],
}
DEEPSEEK_CHAT = {
    "id": "deepseek-chat",
    "prices": [
        {"prices": {"input_mtok": 0.135, "output_mtok": 0.55}},
        {
            "constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"},
            "prices": {"input_mtok": 0.27, "output_mtok": 1.1},
        },
    ],
}
GPT_5_4 = {"id": "gpt-5.4", "prices": {"input_mtok": {"base": 2.5, "tiers": [{"start": 272000, "price": 5}]}}}
JULY_29 = datetime(2026, 7, 29, tzinfo=UTC)


def provider(name: str, *models: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": name, "models": list(models)}


def read(*providers: dict[str, Any]) -> list[Statement]:
    return list(SOURCE.parse(payload(list(providers), recorded_at=JULY_29)))


def prices(name: str, **fields: Any) -> Statement:
    return read(provider(name, {"id": "m", "prices": fields}))[0]


def test_a_price_is_divided_by_a_million_and_one_of_requests_by_a_thousand() -> None:
    statement = prices("perplexity", input_mtok=1, cache_audio_read_mtok=0.3, output_mtok=None, requests_kcount=12)
    assert usd_per_million(statement.rows) == {
        ("perplexity/m", "input_token", ""): "1",
        ("perplexity/m", "cached_input_audio_token", ""): "0.3",
        ("perplexity/m", "request", ""): "12000",  # 12 USD per 1000 requests
    }
    assert (statement.scope, statement.complete, statement.valid_at, statement.refused) == ({}, True, None, [])


def test_a_price_for_long_prompts_stands_beside_the_one_without_condition() -> None:
    [statement] = read(provider("openai", GPT_5_4))
    assert usd_per_million(statement.rows) == {
        ("openai/gpt-5.4", "input_token", ""): "2.5",
        ("openai/gpt-5.4", "input_token", "context>272k"): "5",
    }


def test_a_price_that_changed_on_a_day_is_said_of_the_day_before_of_the_day_and_of_now() -> None:
    now, before, since = read(provider("openai", O3))
    assert usd_per_million(now.rows)["openai/o3", "input_token", ""] == "2"
    assert (before.valid_at, since.valid_at) == (datetime(2025, 6, 9, tzinfo=UTC), datetime(2025, 6, 10, tzinfo=UTC))
    assert usd_per_million(before.rows)["openai/o3", "output_token", ""] == "40"
    assert usd_per_million(since.rows)["openai/o3", "output_token", ""] == "8"
    assert before.scope == since.scope == {"provider": "openai", "sku": "openai/o3"}
    assert since.complete


def test_an_announced_price_holds_from_its_day_on_and_not_before() -> None:
    now, before, announced = read(provider("anthropic", SONNET_5))
    key = ("anthropic/claude-sonnet-5", "input_token", "")
    assert usd_per_million(now.rows)[key] == usd_per_million(before.rows)[key] == "2"
    assert announced.valid_at == datetime(2026, 9, 1, tzinfo=UTC)
    assert usd_per_million(announced.rows)[key] == "3"


def test_a_price_by_the_hour_names_its_hours_and_the_other_the_rest() -> None:
    [statement] = read(provider("deepseek", DEEPSEEK_CHAT))
    assert usd_per_million(statement.rows) == {
        ("deepseek/deepseek-chat", "input_token", "utc_time=00:30-16:30"): "0.27",
        ("deepseek/deepseek-chat", "output_token", "utc_time=00:30-16:30"): "1.1",
        ("deepseek/deepseek-chat", "input_token", "utc_time=16:30-00:30"): "0.135",
        ("deepseek/deepseek-chat", "output_token", "utc_time=16:30-00:30"): "0.55",
    }


def test_a_condition_that_nobody_has_settled_is_refused_with_its_prices() -> None:
    odd = {"id": "m", "prices": [{"constraint": {"weekday": "Sunday"}, "prices": {"input_mtok": 1}}]}
    statement, *_ = read(provider("openai", odd, GPT_5_4))
    assert reasons(statement) == {"contract": 1}
    assert statement.refused[0].key["sku"] == "openai/m"


@pytest.mark.parametrize(
    ("seller", "name", "serves", "model_id", "condition"),
    [
        ("aws", "global.anthropic.claude-fable-5-v1:0", "bedrock", "claude-fable-5", "region=global"),
        ("aws", "regional.anthropic.claude-sonnet-5-v1:0", "bedrock", "claude-sonnet-5", "region=regional"),
        ("google", "gemini-2.5-pro", "gemini", "gemini-2.5-pro", ""),
        ("google", "claude-opus-4-6", "vertex_ai", "claude-opus-4-6", ""),
        ("fireworks", "deepseek-v3p2", "fireworks_ai", "deepseek-v3.2", ""),
        ("huggingface_novita", "Qwen/Qwen3-32B", "huggingface", "qwen3-32b", "served_by=novita"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "openrouter", "claude-sonnet-4-5", ""),
        ("x-ai", "grok-3", "xai", "grok-3", ""),
    ],
)
def test_who_serves_what_is_spelled_as_in_litellms_rows(
    seller: str, name: str, serves: str, model_id: str, condition: str
) -> None:
    [row] = read(provider(seller, {"id": name, "prices": {"input_mtok": 1}}))[0].rows
    assert (row["provider"], row["model_id"], row["condition"]) == (serves, model_id, condition)
    assert row["sku"] == f"{seller}/{name}"


def test_what_is_sold_in_yuan_has_no_price_in_dollars() -> None:
    assert reasons(prices("zhipuai", input_mtok=0.069)) == {"currency": 1}  # 0.5 yuan / 7.25
    inferred = {"id": "MiniMax-M2", "prices": {"input_mtok": 0.3}}
    assert reasons(read(provider("minimax", inferred))[0]) == {"currency": 1}


def test_a_price_of_pictures_made_is_none_of_words() -> None:
    image = {"id": "gemini-2.5-flash-image", "prices": {"input_mtok": 0.3, "output_mtok": 30}}  # words cost 2.50
    statement = read(provider("google", image))[0]
    assert [row["unit"] for row in statement.rows] == ["input_token"]
    assert reasons(statement) == {"unit": 1}
    speech = {"id": "gpt-4o-mini-tts", "prices": {"output_mtok": 12}}
    assert [row["unit"] for row in read(provider("openai", speech))[0].rows] == ["output_audio_token"]


@pytest.mark.parametrize(
    ("seller", "name", "field", "printed"),
    [("perplexity", "sonar-pro", "output_mtok", 150), ("openai", "gpt-4o-audio-preview", "input_audio_mtok", 2.5),
     ("openai", "m", "input_mtok", 2000)],
)  # fmt: skip
def test_a_slip_is_refused(seller: str, name: str, field: str, printed: float) -> None:
    statement = read(provider(seller, {"id": name, "prices": {field: printed}}))[0]
    assert (statement.rows, reasons(statement)) == ([], {"unit": 1})


@pytest.mark.parametrize(
    ("printed", "reason"),
    [(0, "zero_price"), (-1, "placeholder_price"), ("soon", "missing_price"), (True, "missing_price")],
)
def test_a_figure_that_is_no_price_is_refused(printed: object, reason: str) -> None:
    assert reasons(prices("openrouter", input_mtok=printed)) == {reason: 1}


def test_a_price_of_a_kind_that_nobody_has_settled_is_refused() -> None:
    statement = prices("openai", input_mtok=1, smell_mtok=2)
    assert len(statement.rows) == 1
    assert [(row.reason, "unit" in row.key) for row in statement.refused] == [("unit", False)]


@pytest.mark.parametrize(
    "content",
    ["", "[", "<!doctype html><html></html>", "{}", "[]", '[{"id": "openai"}]', '[{"id": "a", "models": []}]'],
)
def test_a_payload_that_is_not_the_list_is_an_error(content: str) -> None:
    with pytest.raises(PayloadError) as error:
        list(SOURCE.parse(payload(content)))
    assert "\n" not in str(error.value)


@given(broken([provider("openai", O3, GPT_5_4), provider("deepseek", DEEPSEEK_CHAT)]))
def test_whatever_is_broken_in_it_is_an_error_or_a_refusal(content: object) -> None:
    try:
        for statement in SOURCE.parse(payload(content)):
            assert_rows_are_sound(statement)
    except PayloadError:
        return


def test_it_is_found_and_reads_what_it_asks_for() -> None:
    assert all_sources()["genai-prices"] is SOURCE
    assert SOURCE.live is not None
    assert [address.name for address in SOURCE.live.addresses] == ["data.json"]


@pytest.mark.shared
def test_every_recorded_file_is_read_without_unexplained_refusals(recorded: Path) -> None:
    found = list(recorded_payloads(recorded, SOURCE, "genai-prices"))
    assert len(found) >= 9
    for file in found:
        statement, *dated = SOURCE.parse(file)
        assert_rows_are_sound(statement)
        assert set(reasons(statement)) <= {"currency", "unit", "zero_price", "placeholder_price"}, file.name
        assert reasons(statement)["unit"] <= 25, file.name
        assert {one.valid_at for one in dated} <= {
            datetime(2025, 6, 9, tzinfo=UTC), datetime(2025, 6, 10, tzinfo=UTC),
            datetime(2026, 3, 12, tzinfo=UTC), datetime(2026, 3, 13, tzinfo=UTC),
            datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC),
        }  # fmt: skip
    assert len(statement.rows) > 3_000
    assert usd_per_million(statement.rows)["anthropic/claude-opus-4-5", "output_token", ""] == "25"
