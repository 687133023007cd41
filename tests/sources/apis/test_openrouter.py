"""OpenRouter's list of models: per token, search or second; routers and free variants have no price.

The expected figures are read off the entries by hand (1M tokens = 1,000,000 x the figure).
"""

import gzip
import json
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.apis.openrouter import SOURCE
from sources.apis.openrouter_keys import read_id
from sources.contracts import UNITS
from sources.source import Payload, PayloadError, Row, Statement, all_sources
from sources.tables import all_columns

RECORDED_AT = datetime(2026, 8, 8, tzinfo=UTC)


def payload(content: str | bytes) -> Payload:
    return Payload(content.encode() if isinstance(content, str) else content, "openrouter-models.json", RECORDED_AT)


def entry(sku: str, pricing: Any, outputs: Any = ("text",)) -> dict[str, Any]:
    return {"id": sku, "pricing": pricing, "architecture": {"output_modalities": list(outputs)}}


def read(*entries: Any) -> Statement:
    [statement] = SOURCE.parse(payload(json.dumps({"data": list(entries)})))
    return statement


def prices(*entries: Any) -> dict[tuple[object, object], str]:
    return {
        (row["unit"], row["condition"]): f"{Decimal(str(row['price_usd_per_unit'])).normalize():f}"
        for row in read(*entries).rows
    }


def reasons(*entries: Any) -> list[tuple[str, object]]:
    return [(row.reason, row.key.get("unit")) for row in read(*entries).refused]


MUSE = entry(
    "meta/muse-spark-1.2",
    {"prompt": "0.00000125", "completion": "0.00000425", "web_search": "0.0025", "input_cache_read": "0.00000015"},
)


def test_a_model_has_a_price_per_kind_of_token_and_per_search() -> None:
    statement = read(MUSE)
    assert (statement.table, statement.scope, statement.complete, statement.valid_at) == ("api_price", {}, True, None)
    assert statement.rows[0] == {
        "provider": "openrouter",
        "model_id": "muse-spark-1.2",
        "sku": "meta/muse-spark-1.2",
        "modality": "text",
        "unit": "input_token",
        "condition": "",
        "price_usd_per_unit": Decimal("0.00000125"),  # 1.25 USD per 1M
        "price_state": "listed",
        "locator": "$.data[0].pricing.prompt",
    }
    assert prices(MUSE) == {
        ("input_token", ""): "0.00000125",
        ("output_token", ""): "0.00000425",
        ("query", "web_search"): "0.0025",  # 2.50 USD per 1000 searches
        ("cached_input_token", ""): "0.00000015",
    }


def test_a_longer_prompt_and_a_batch_are_conditions_in_the_order_that_litellm_writes_them() -> None:
    luna = entry(
        "openai/gpt-5.6-luna:batch",
        {
            "prompt": "0.0000001",
            "completion": "0.0000006",
            "overrides": [{"min_prompt_tokens": 272000, "prompt": "0.0000002", "input_cache_write_1h": "0.0000004"}],
        },
    )
    assert prices(luna) == {
        ("input_token", "batch"): "0.0000001",
        ("output_token", "batch"): "0.0000006",
        ("input_token", "context>272k,batch"): "0.0000002",
        ("cache_write_token", "context>272k,cache_ttl>1h,batch"): "0.0000004",
    }
    assert {row["model_id"] for row in read(luna).rows} == {"gpt-5.6-luna"}
    assert read(luna).rows[2]["locator"] == "$.data[0].pricing.overrides[0].prompt"


def test_pictures_and_sounds_are_priced_by_their_tokens() -> None:
    pro = entry(
        "google/gemini-3-pro-image",
        {"prompt": "0.000002", "image": "0.000002", "image_output": "0.00012", "audio": "0.000002",
         "input_audio_cache": "0.0000002", "internal_reasoning": "0.000012"},
        ("image", "text"),
    )  # fmt: skip
    assert prices(pro) == {
        ("input_token", ""): "0.000002",
        ("input_image_token", ""): "0.000002",
        ("output_image_token", ""): "0.00012",  # 120 USD per 1M
        ("input_audio_token", ""): "0.000002",
        ("cached_input_audio_token", ""): "0.0000002",
        ("reasoning_token", ""): "0.000012",
    }


def test_voxtral_hears_by_the_second_and_not_by_the_token() -> None:
    voxtral = entry("mistralai/voxtral-small-24b-2507", {"prompt": "0.0000001", "audio": "0.0001"})
    assert prices(voxtral) == {
        ("input_token", ""): "0.0000001",
        ("input_second_of_audio", ""): "0.0001",  # x 60 = 0.006 USD a minute, as its page says
    }


def test_a_routers_minus_one_is_a_placeholder() -> None:
    router = entry("openrouter/auto-beta", {"prompt": "-1", "completion": "-1"})
    assert reasons(router, MUSE) == [("placeholder_price", "input_token"), ("placeholder_price", "output_token")]
    assert {row["sku"] for row in read(router, MUSE).rows} == {"meta/muse-spark-1.2"}


def test_a_free_variant_and_a_song_have_no_price_of_zero() -> None:
    free = entry("poolside/laguna-s-2.1:free", {"prompt": "0", "completion": "0"})
    song = entry("google/lyria-3-pro-preview", {"prompt": "0", "completion": "0"}, ("text", "audio"))
    assert reasons(free, song) == [("zero_price", "input_token"), ("zero_price", "output_token")] * 2
    assert read(free, song).rows == []
    assert read(free).refused[0].key["condition"] == "free"


def test_a_zero_in_a_field_that_does_not_apply_is_no_row() -> None:
    model = entry("x/y", {"prompt": "0.000001", "completion": "0.000002", "image": "0", "request": "0"})
    assert prices(model) == {("input_token", ""): "0.000001", ("output_token", ""): "0.000002"}
    assert read(model).refused == []


def test_a_model_without_text_output_is_refused_because_its_units_are_not_said() -> None:
    image = entry("black-forest-labs/flux.2-max", {"prompt": "0", "completion": "0", "image_output": "0.07"}, ["image"])
    unsaid = {"id": "a/b", "pricing": {"prompt": "0.000001"}}
    assert [(row.reason, row.key["sku"]) for row in read(image, unsaid, MUSE).refused] == [
        ("unit", "black-forest-labs/flux.2-max"),
        ("unit", "a/b"),
    ]


def test_a_figure_that_cannot_be_a_price_of_its_unit_is_refused() -> None:
    per_picture = entry("google/gemini-x", {"prompt": "0.000001", "image": "0.00516", "image_output": "0.04"})
    assert reasons(per_picture) == [("unit", "input_image_token"), ("unit", "output_image_token")]
    of_a_thousand = entry("a/b", {"prompt": "0.0032"})
    assert reasons(of_a_thousand) == [("unit", "input_token")]


def test_an_unknown_field_an_unknown_override_and_a_price_that_is_no_number_are_refused() -> None:
    odd = entry("a/b", {"prompt": "free", "completion": None, "smell": "0.1", "overrides": [{"prompt": "1"}, "x"]})
    assert [(row.reason, row.locator) for row in read(odd).refused] == [
        ("missing_price", "$.data[0].pricing.prompt"),
        ("missing_price", "$.data[0].pricing.completion"),
        ("unit", "$.data[0].pricing.smell"),
        ("unit", "$.data[0].pricing.overrides[0]"),
        ("unit", "$.data[0].pricing.overrides[1]"),
    ]
    assert read(odd).refused[2].key == {"provider": "openrouter", "model_id": "a/b", "sku": "a/b", "modality": "text"}


@pytest.mark.parametrize("bad", [None, "x", [], {}, {"id": "a/b"}, {"id": "", "pricing": {}}])
def test_an_entry_that_is_none_is_refused_and_its_neighbours_go_on(bad: Any) -> None:
    statement = read(bad, MUSE)
    assert [row.reason for row in statement.refused] == ["contract"]
    assert len(statement.rows) == 4


@pytest.mark.parametrize(
    ("sku", "model_id", "conditions"),
    [
        ("openai/gpt-4o", "gpt-4o", ()),
        ("anthropic/claude-opus-4.5", "claude-opus-4-5", ()),
        ("qwen/qwen3-235b-a22b-2507", "qwen3-235b-a22b-instruct-2507", ()),
        ("anthropic/claude-opus-4.5:batch", "claude-opus-4-5", ("batch",)),
        ("openai/gpt-oss-20b:free", "gpt-oss-20b", ("free",)),
        ("z-ai/glm-4.6:exacto", "glm-4.6:exacto", ()),
        ("~google/gemini-pro-latest", "~google/gemini-pro-latest", ()),
        ("gryphe/mythomax-l2-13b", "gryphe/mythomax-l2-13b", ()),
    ],
)
def test_an_id_is_called_as_litellm_calls_it(sku: str, model_id: str, conditions: tuple[str, ...]) -> None:
    assert (read_id(sku).model_id, read_id(sku).conditions) == (model_id, conditions)


def test_a_bare_list_one_answer_and_a_list_of_answers_say_the_same() -> None:
    def figures(content: Any) -> list[object]:
        [statement] = SOURCE.parse(payload(json.dumps(content)))
        return [row["price_usd_per_unit"] for row in statement.rows]

    assert figures([MUSE]) == figures({"data": [MUSE]}) == figures([{"data": [MUSE]}]) != []
    assert figures([{"data": [MUSE]}, {"data": [entry("a/b", {"prompt": "0.000001"})]}])[-1] == Decimal("0.000001")


def archived(*lines: tuple[str, str, str]) -> str:
    quoted = [f'{asked},{sku},"{body.replace(chr(34), chr(34) * 2)}"' for asked, sku, body in lines]
    return "\n".join(["scraped_at,id,headliner_json", *quoted])


def test_a_day_of_the_archive_is_of_the_time_when_it_was_asked() -> None:
    body = json.dumps({"pricing": {"prompt": "0.00000003"}, "architecture": {"output_modalities": ["text"]}})
    [statement] = SOURCE.parse(payload(archived(("2026-07-28T16:41:27+00:00", "qwen/qwen3.7-flash", body))))
    assert statement.valid_at == datetime(2026, 7, 28, 16, 41, 27, tzinfo=UTC)
    assert [(row["sku"], row["locator"]) for row in statement.rows] == [
        ("qwen/qwen3.7-flash", "line 2.pricing.prompt"),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ('{"data": [{"id": "openai/gpt', "not JSON"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "HTML page"),
        ('{"error": {"code": 404}}', "without 'data'"),
        ('{"data": []}', "no model with 'id' and 'pricing'"),
        ('{"data": [{"id": "openai/gpt-4o", "price": "1"}]}', "no model with 'id' and 'pricing'"),
        ("[]", "no model with 'id' and 'pricing'"),
        ("id,price\nopenai/gpt-4o,1\n", "no column scraped_at, headliner_json"),
        ("scraped_at,id,headliner_json\n", "a header and no row"),
        ("scraped_at,id,headliner_json\n2026-07-28,a/b,{\n", "line 2: headliner_json is not JSON"),
        (archived(("yesterday", "a/b", '{"pricing": {"prompt": "1"}}')), "time 'yesterday'"),
        (archived(("2026-07-28", "a/b", "{}"), ("2026-07-29", "a/b", "{}")), "one time a file"),
        ("scraped_at,id,headliner_json\n2026-07-28,a/b," + "x" * 200_000 + "\n", "not CSV"),
        (b"\x89PNG\r\n", "not UTF-8"),
    ],
)
def test_a_payload_that_is_not_the_list_is_an_error_of_one_line(content: str | bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as error:
        list(SOURCE.parse(payload(content)))
    assert "\n" not in str(error.value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["1e-6", "-1", "0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "pricing", "prompt", "overrides", "min_prompt_tokens", "data"]), inner)
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_whatever_stands_in_an_entry_raises_nothing_else(sku: Any, pricing: Any, architecture: Any) -> None:
    odd = {"id": sku, "pricing": pricing, "architecture": architecture}
    for content in ({"data": [odd, MUSE]}, [odd], odd, [[odd]]):
        with suppress(PayloadError):
            [statement] = SOURCE.parse(payload(json.dumps(content)))
            assert all(set(row) == {*all_columns("api_price"), "locator"} for row in statement.rows)


@given(st.integers(0, 400), st.binary(max_size=4))
def test_a_damaged_answer_raises_nothing_else(at: int, noise: bytes) -> None:
    content = json.dumps({"data": [MUSE]}).encode()
    for damaged in (content[:at] + noise + content[at + 1 :], content[:at]):
        with suppress(PayloadError):
            list(SOURCE.parse(payload(damaged)))


def test_the_source_is_found_by_existing_and_asks_without_a_key() -> None:
    assert all_sources()["openrouter"] is SOURCE
    assert SOURCE.live is not None
    assert [address.url for address in SOURCE.live.addresses] == ["https://openrouter.ai/api/v1/models"]
    assert SOURCE.live.key_variable == ""
    assert not SOURCE.redistributable


def recorded_statements(recorded: Path) -> dict[str, Statement]:
    folders = [*(recorded / "rental" / "sui414").glob("data__csv__models__*")]
    folders += [recorded / "payloads" / "raw-payloads" / "data__raw__2026-08-08__models"]
    found = {}
    for folder in folders:
        [path] = folder.iterdir()
        [statement] = SOURCE.parse(Payload(gzip.decompress(path.read_bytes()), path.name, RECORDED_AT))
        found[folder.name] = statement
    return found


@pytest.mark.shared
def test_every_recorded_list_is_read_and_only_routers_and_free_models_are_refused(recorded: Path) -> None:
    counts = {
        name: (len(found.rows), dict(Counter(row.reason for row in found.refused)))
        for name, found in recorded_statements(recorded).items()
    }
    assert counts == {
        "data__csv__models__date=2026-07-17": (1218, {"zero_price": 46, "placeholder_price": 8}),
        "data__csv__models__date=2026-07-28": (1437, {"zero_price": 34, "placeholder_price": 10}),
        "data__csv__models__date=2026-08-08": (1580, {"zero_price": 34, "placeholder_price": 10}),
        "data__raw__2026-08-08__models": (1580, {"zero_price": 34, "placeholder_price": 10}),
    }


@pytest.mark.shared
def test_the_archives_table_and_the_answer_behind_it_say_the_same(recorded: Path) -> None:
    def said(name: str) -> set[tuple[object, ...]]:
        return {tuple(row[column] for column in all_columns("api_price")) for row in found[name].rows}

    found = recorded_statements(recorded)
    assert said("data__csv__models__date=2026-08-08") == said("data__raw__2026-08-08__models")
    keys: Counter[tuple[object, ...]] = Counter()
    for row in found["data__raw__2026-08-08__models"].rows:
        keys[tuple(row[name] for name in ("model_id", "sku", "unit", "condition"))] += 1
        check_row(row)
    assert max(keys.values()) == 1


def check_row(row: Row) -> None:
    assert row["unit"] in UNITS
    assert isinstance(row["price_usd_per_unit"], Decimal)
    most = Decimal("0.02") if row["unit"] == "query" else Decimal("0.0006")  # o1-pro's 600 USD per 1M tokens
    assert 0 < row["price_usd_per_unit"] <= most
