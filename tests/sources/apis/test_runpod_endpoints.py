"""RunPod's public endpoints: what is printed in a cell, and what it is a price of."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.apis.runpod_endpoints import SOURCE
from sources.contracts import UNITS
from sources.source import Payload, PayloadError, Statement, all_sources
from sources.tables import all_columns

RECORDED_AT = datetime(2026, 7, 23, tzinfo=UTC)
FOLDERS = ("hub__public-endpoints", "hub__public-endpoint-reference", "public-endpoints__reference")


def payload(content: str | bytes) -> Payload:
    return Payload(content.encode() if isinstance(content, str) else content, "reference.mdx", RECORDED_AT)


def read(content: str) -> Statement:
    [statement] = SOURCE.parse(payload(content))
    return statement


def page(price: str, kind: str = "Video", name: str = "Some Model") -> str:
    return f"""# Models

## {kind} models

| Model | Description | Price |
|-------|-------------|-------|
| [{name}](/public-endpoints/models/some-model) | What it does. | {price} |
"""


def prices(content: str) -> list[tuple[object, object, str, object]]:
    return [
        (row["unit"], row["condition"], f"{Decimal(str(row['price_usd_per_unit'])).normalize():f}", row["price_state"])
        for row in read(content).rows
    ]


def test_an_endpoint_is_named_as_the_page_names_it() -> None:
    statement = read(page(r"\$0.02/megapixel", "Image", "Flux Dev"))
    assert (statement.table, statement.scope, statement.complete, statement.valid_at) == ("api_price", {}, True, None)
    assert statement.rows == [
        {
            "provider": "runpod",
            "model_id": "flux-dev",
            "sku": "Flux Dev",
            "modality": "image",
            "unit": "megapixel",
            "condition": "",
            "price_usd_per_unit": Decimal("0.02"),
            "price_state": "listed",
            "locator": "line 7",
        }
    ]


@pytest.mark.parametrize(
    ("kind", "printed", "expected"),
    [
        ("Image", r"\$0.02/megapixel", [("megapixel", "", "0.02", "listed")]),
        ("Image", r"\$.0024 per megapixel", [("megapixel", "", "0.0024", "listed")]),
        ("Image", r"\$0.005/image", [("image", "", "0.005", "listed")]),
        ("Video", r"\$0.112/second", [("second_of_video", "", "0.112", "listed")]),
        ("Video", "$0.50 per 5 seconds", [("second_of_video", "", "0.1", "listed")]),  # 0.50 / 5
        ("Video", r"\$0.36 per 5 seconds of video", [("second_of_video", "", "0.072", "listed")]),
        ("Video", r"\$0.30/5s", [("second_of_video", "", "0.06", "listed")]),
        ("Video", r"From \$0.25/5s", [("second_of_video", "", "0.05", "approximate")]),
        ("Video", r"From \$1.20 (720p/4s)", [("second_of_video", "720p", "0.3", "approximate")]),
        ("Video", r"\$0.25 per video generation", [("request", "", "0.25", "listed")]),
        ("Audio", r"\$0.001/second", [("second_of_audio", "", "0.001", "listed")]),
        ("Audio", r"\$0.05/1K chars", [("character", "", "0.00005", "listed")]),  # 50 USD per 1M
        ("Audio", r"\$0.05 per 1000 characters of audio generated", [("character", "", "0.00005", "listed")]),
        ("Audio", r"\$0.05 per 1000 characters of audio transcribed", [("output_character", "", "0.00005", "listed")]),
    ],
)
def test_a_price_is_of_one_unit(kind: str, printed: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert prices(page(printed, kind)) == expected


def test_whisper_writes_characters_and_does_not_speak_them() -> None:
    assert prices(page("$0.05 per 1000 characters", "Audio", "Whisper V3")) == [
        ("output_character", "", "0.00005", "listed")
    ]


def test_prices_by_resolution_are_conditions() -> None:
    assert prices(page(r"\$0.50/5s (480p), \$2.25/10s (720p)")) == [
        ("second_of_video", "480p", "0.1", "listed"),  # 0.50 / 5
        ("second_of_video", "720p", "0.225", "listed"),  # 2.25 / 10
    ]
    assert prices(page(r"\$0.10/s (720p), \$0.15/s (1080p)")) == [
        ("second_of_video", "720p", "0.1", "listed"),
        ("second_of_video", "1080p", "0.15", "listed"),
    ]


def test_lengths_at_one_price_a_second_are_one_price_and_others_are_conditions() -> None:
    assert prices(page(r"\$0.40 (4s), \$0.80 (8s), \$1.20 (12s)")) == [("second_of_video", "", "0.1", "listed")]
    assert prices(page(r"\$0.45/5s, \$0.90/10s")) == [("second_of_video", "", "0.09", "listed")]
    assert prices(page(r"\$0.21/3s, \$0.63/10s")) == [
        ("second_of_video", "3s", "0.07", "listed"),
        ("second_of_video", "10s", "0.063", "listed"),
    ]


@pytest.mark.parametrize(
    ("kind", "printed", "reason"),
    [
        ("Image", r"\$0.14–\$0.24/image", "unit"),
        ("Video", r"\$0.25 (480p), \$0.50 (720p)", "unit"),  # of a clip of what length?
        ("Text", r"\$10.00/1M tokens", "unit"),  # put in or put out?
        ("Text", r"\$0.01 per 1000 tokens", "unit"),
        ("Text", r"\$4.00–\$15.00/1M tokens", "unit"),
        ("Image", r"\$0.02/second", "unit"),
        ("Video", r"\$0.5/0s", "unit"),
        ("Video", "soon", "missing_price"),
        ("Video", "", "missing_price"),
        ("Audio", "Free", "zero_price"),
        ("Image", r"\$0.00/image", "zero_price"),
        ("Image", r"\$20/image", "unit"),
        ("Quantum", r"\$0.02/image", "modality"),
    ],
)
def test_what_is_no_single_price_is_refused(kind: str, printed: str, reason: str) -> None:
    statement = read(page(printed, kind))
    assert [row.reason for row in statement.refused] == [reason]
    assert statement.rows == []
    assert statement.refused[0].key["sku"] == "Some Model"


REFERENCE_OF_2025 = r"""
| Model | Description | Endpoint URL | Type | Price |
|-------|-------------|----------|------|-------|
| **Kling v2.1 I2V Pro** | Video. | `https://api.runpod.ai/v2/kling/` | Video | \$0.36 per 5 seconds of video |
| **Qwen Image** | Text rendering. | `https://api.runpod.ai/v2/qwen-image-t2i/` | Image | \$0.02 per megapixel
| **Kling v2.1 I2V Pro** | Video. | `https://api.runpod.ai/v2/kling/` | Video | \$0.36 per 5 seconds of video
"""


def test_a_line_that_stands_twice_is_one_row_and_two_prices_are_a_contradiction() -> None:
    statement = read(REFERENCE_OF_2025)
    assert [(row["sku"], row["modality"]) for row in statement.rows] == [
        ("Kling v2.1 I2V Pro", "video"),
        ("Qwen Image", "image"),
    ]
    assert statement.refused == []
    other = read(REFERENCE_OF_2025.replace(r"\$0.36", r"\$0.45", 1))
    assert [row.reason for row in other.refused] == ["duplicate_key"]


def test_the_overviews_are_examples_and_close_nothing() -> None:
    units = """
| Model | Price | Billing unit |
|---|---|---|
| Flux Dev | $0.02 | Per megapixel |
| WAN 2.5 | $0.50 | Per 5 seconds of video |
| Qwen3 32B AWQ | $0.01 | Per 1000 tokens of text generated |
"""
    assert [(row["sku"], row["modality"], row["unit"]) for row in read(units).rows] == [
        ("Flux Dev", "image", "megapixel"),
        ("WAN 2.5", "video", "second_of_video"),
        ("Qwen3 32B AWQ", "text", "output_token"),
    ]
    assert prices(units)[2][2] == "0.00001"  # 10 USD per 1M
    examples = """
| Model type | Example | Price |
|------------|---------|-------|
| Audio transcription | Whisper V3 | $0.05 per 1000 characters |
"""
    assert [(row["sku"], row["modality"]) for row in read(examples).rows] == [("Whisper V3", "audio")]
    assert not read(units).complete
    assert not read(examples).complete


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("# Models\n\nNow in the console.\n", "no table with columns Model, Price"),
        (
            "| Model | Cost |\n|---|---|\n| Flux Dev | $0.02/image |\n",
            "no table with columns Model, Price; found Model",
        ),
        ("| Model | Price |\n|---|---|\n", "without a row"),
        ("<!DOCTYPE html><html><body>404</body></html>", "no table with columns"),
        (b"\x89PNG\r\n", "not UTF-8"),
    ],
)
def test_a_redesigned_page_is_an_error_of_one_line(content: str | bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as error:
        list(SOURCE.parse(payload(content)))
    assert "\n" not in str(error.value)


@given(st.text(alphabet="$0123456789.,/() spmkcharioge|\\–-", max_size=40), st.sampled_from(["Image", "Video", "X"]))
def test_whatever_stands_in_a_cell_raises_nothing_else(printed: str, kind: str) -> None:
    with suppress(PayloadError):
        for row in read(page(printed, kind)).rows:
            assert set(row) == {*all_columns("api_price"), "locator"}


@given(st.integers(0, 400), st.binary(max_size=4))
def test_a_damaged_page_raises_nothing_else(at: int, noise: bytes) -> None:
    content = REFERENCE_OF_2025.encode()
    for damaged in (content[:at] + noise + content[at + 1 :], content[:at]):
        with suppress(PayloadError):
            list(SOURCE.parse(payload(damaged)))


def test_the_source_is_found_by_existing() -> None:
    assert all_sources()["runpod-endpoints"] is SOURCE
    assert SOURCE.live is not None
    assert SOURCE.live.addresses[0].url == (
        "https://raw.githubusercontent.com/runpod/docs/main/public-endpoints/reference.mdx"
    )


@pytest.mark.shared
def test_every_recorded_page_is_read_and_what_is_refused_is_accounted_for(recorded: Path) -> None:
    rows, refused, unread = 0, Counter[str](), []
    for folder in FOLDERS:
        for path in sorted((recorded / "documents" / "runpod-docs" / folder).iterdir()):
            try:
                statement = read(path.read_text(encoding="utf-8"))
            except PayloadError:
                unread.append(path.name)
                continue
            rows += len(statement.rows)
            refused.update(row.reason for row in statement.refused)
            assert statement.complete == (folder != "hub__public-endpoints")
            assert statement.rows
            assert {row["unit"] for row in statement.rows} <= set(UNITS)
    assert unread == ["2025-06-05_6143cd27.mdx", "2025-10-07_f7a16ae0.mdx"]  # empty; a table without prices
    assert refused == {"unit": 100, "zero_price": 1}  # 57 of tokens, 31 ranges, 12 clips of unstated length
    assert rows == 740
