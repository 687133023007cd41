"""tokencost's map: read as litellm's, with what only it has."""

from pathlib import Path

import pytest
from hypothesis import given

from sources.apis.tokencost import SOURCE
from sources.source import PayloadError, Statement, all_sources
from tests.sources.apis.recorded_api import (
    assert_rows_are_sound,
    broken,
    payload,
    reasons,
    recorded_payloads,
    usd_per_million,
)

# Quoted from tokencost/model_prices.json of 2024-06-30 and 2024-01-30.
FLASH = {
    "gemini-1.5-flash": {
        "input_cost_per_token": 0.0000005,
        "output_cost_per_audio_per_second": 0.00025,
        "litellm_provider": "vertex_ai-language-models",
        "mode": "chat",
    }
}
UNSIGNED = {"gpt-4": {"max_tokens": 8192, "input_cost_per_token": 0.00003, "mode": "chat"}}


def read(content: object) -> Statement:
    [statement] = SOURCE.parse(payload(content))
    return statement


def test_it_is_read_as_litellms_map_is() -> None:
    assert usd_per_million(read(FLASH).rows) == {("gemini-1.5-flash", "input_token", ""): "0.5"}
    assert read(FLASH).rows[0]["provider"] == "vertex_ai"
    assert read(FLASH).refused == []  # a model that makes no audio has no price of audio made


def test_an_entry_that_does_not_say_who_serves_is_refused_and_the_others_go_on() -> None:
    statement = read(UNSIGNED | FLASH)
    assert [(row.reason, row.key) for row in statement.refused] == [("missing_key", {"sku": "gpt-4"})]
    assert len(statement.rows) == 1


def test_a_map_in_which_nobody_says_who_serves_is_one_all_the_same() -> None:
    assert (read(UNSIGNED).rows, reasons(read(UNSIGNED))) == ([], {"missing_key": 1})


def test_a_price_of_an_image_under_its_older_name_is_one() -> None:
    imagen = {"cost_per_image": 0.04, "litellm_provider": "vertex_ai-image-models", "mode": "image_generation"}
    assert usd_per_million(read({"vertex_ai/imagen-3.0-generate-001": imagen}).rows) == {
        ("vertex_ai/imagen-3.0-generate-001", "image", ""): "40000"  # 0.04 USD each
    }


@pytest.mark.parametrize(
    ("sku", "provider", "printed"),
    [
        ("vertex_ai/claude-3-opus@20240229", "vertex_ai-anthropic_models", 0.0000015),  # Anthropic took 15 per 1M
        ("gemini-1.5-pro", "vertex_ai-language-models", 7.8125e-08),  # 0.3125 per 1M characters, divided by four
        ("text-embedding-004", "vertex_ai-embedding-models", 6.25e-09),
        ("gemini/gemini-1.5-pro", "gemini", 0.00000035),  # Flash's
    ],
)
def test_a_slip_that_later_files_mend_is_refused(sku: str, provider: str, printed: float) -> None:
    entry = {"input_cost_per_token": printed, "litellm_provider": provider, "mode": "chat"}
    assert read({sku: entry}).rows == []
    assert reasons(read({sku: entry})) == {"unit": 1}


@pytest.mark.parametrize("content", ["", "<html></html>", '{"gpt-4": {"mo', "[]", "{}", '{"error": {"code": 404}}'])
def test_a_payload_that_is_not_the_map_is_an_error(content: str) -> None:
    with pytest.raises(PayloadError):
        list(SOURCE.parse(payload(content)))


@given(broken(UNSIGNED | FLASH))
def test_whatever_is_broken_in_it_is_an_error_or_a_refusal(content: object) -> None:
    try:
        list(SOURCE.parse(payload(content)))
    except PayloadError:
        return


def test_it_is_found_and_nobody_asks_a_list_that_ended() -> None:
    assert all_sources()["tokencost"] is SOURCE
    assert (SOURCE.live, SOURCE.freshness_limit_hours) == (None, None)


@pytest.mark.shared
def test_every_recorded_file_is_read_without_unexplained_refusals(recorded: Path) -> None:
    found = {Path(file.name).name[:10]: file for file in recorded_payloads(recorded, SOURCE, "tokencost")}
    assert len(found) >= 25
    statements = {day: next(iter(SOURCE.parse(file))) for day, file in found.items()}
    for day, statement in statements.items():
        assert_rows_are_sound(statement)
        if day < "2024-03":
            assert reasons(statement) == {"missing_key": 244}
        else:
            assert set(reasons(statement)) <= {"zero_price", "unit"}
            assert not [row for row in statement.refused if "nobody has settled" in row.row_text]
    newest = statements[max(statements)]
    assert len(newest.rows) > 3_800
    assert usd_per_million(newest.rows)["gpt-4o", "input_token", ""] == "2.5"
