"""The prices of an article are read, and its furniture is not."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from sources.articles import gmicloud
from sources.contracts import API_PRICE, RENTAL_PRICE
from sources.names import accelerators
from sources.source import Payload, PayloadError, Statement

PAGE = """<!doctype html>
<html><head><title>How much? | GMI Cloud</title><script>var price = "$9.99/request";</script></head><body>
<div class="banner">Meet us at NVIDIA GTC 2026.<a href="/gtc">Learn More</a></div>
<h1>What does inference cost?</h1>
<p>March 10, 2026</p>
<p>GMI Cloud Blog | AI Infrastructure Guide | gmicloud.ai</p>
<p>Prices range from $0.000001/request to $0.50/request. Now 20% off everything!</p>
<p>The <b>bria-fibo</b> model series costs $0.000001/request, essentially free. Try <a>bria-fibo-restyle</a> first.</p>
<p>For text-to-speech, <a href="#">inworld-tts-1.5-mini</a> runs at $0.005/request, solid. For production-quality TTS,
elevenlabs-tts-v3 costs $0.10/request.</p>
<p>For research, Sora-2-Pro ($0.50/request) or Veo3 ($0.40/request) provide the fidelity.</p>
<p>Run 1,000 test requests at $0.03 each, that's $30 for a full proof of concept.</p>
<h3>GMI Cloud Price</h3>
<ul><li><strong>H100 SXM:</strong> ~$2.10/GPU-hr</li><li>A100 80GB: Contact</li><li>L4:&nbsp;Contact</li></ul>
<p>Sources: somebody's datasheet. H100 ~$2.10/GPU-hour; check gmicloud.ai/pricing for current rates.</p>
<p>Student</p><ul><li>Task: Video</li><li>Model: Sora-2-Pro</li><li>Price: $0.50</li><li>Why: best</li></ul>
<div>Tab 4</div><div>Somebody Else</div><h2>Ready to build?</h2><button>Get Started</button>
</body></html>"""


def parse(page: str, name: str = "page.html") -> tuple[Statement, Statement]:
    api, rental = gmicloud.parse(Payload(page.encode(), name, datetime(2026, 11, 1, tzinfo=UTC)))
    return api, rental


def prices(said: Statement) -> dict[str, tuple[object, object]]:
    """By the upstream's spelling of a model, or by the card."""
    name, price = ("sku", "price_usd_per_unit")
    if said.table == "rental_price":
        name, price = ("accelerator_id", "price_usd_per_accelerator_hour")
    return {str(row[name]): (row[price], row["price_state"]) for row in said.rows}


def reasons(said: Statement) -> list[str]:
    return [refused.reason for refused in said.refused]


def test_model_prices_are_read_from_sentences_brackets_series_and_lists() -> None:
    api, _ = parse(PAGE)
    assert prices(api) == {
        "bria-fibo-restyle": (Decimal("0.000001"), "listed"),
        "inworld-tts-1.5-mini": (Decimal("0.005"), "listed"),
        "elevenlabs-tts-v3": (Decimal("0.10"), "listed"),
        "Sora-2-Pro": (Decimal("0.50"), "listed"),  # twice at the same price: one row
        "Veo3": (Decimal("0.40"), "listed"),
    }
    assert reasons(api) == []
    assert api.ignored == 1  # the range


def test_gpu_prices_keep_what_is_approximate_and_what_has_no_price() -> None:
    _, rental = parse(PAGE)
    assert prices(rental) == {
        "nvidia-h100-sxm-80gb": (Decimal("2.10"), "approximate"),
        "nvidia-a100-80gb": (None, "contact_sales"),  # the form is not stated
        "nvidia-l4-24gb": (None, "contact_sales"),
    }
    assert {row["sku"] for row in rental.rows} == {""}  # a card's name, and no machine's
    assert reasons(rental) == []


def test_the_observations_are_of_the_day_that_is_printed_and_close_nothing() -> None:
    for said in parse(PAGE):
        assert said.valid_at == said.recorded_at == datetime(2026, 3, 10, tzinfo=UTC)
        assert not said.complete


def test_a_plain_text_file_is_read_as_the_page_is() -> None:
    text = (
        "March 10, 2026\n\ngmicloud.ai\n\nGMI Cloud Price\n\n  • H200 SXM: ~$2.50/GPU-hr\n\nVeo3 costs $0.40/request.\n"
    )
    api, rental = parse(text, "article.txt")
    assert prices(api) == {"Veo3": (Decimal("0.40"), "listed")}
    assert prices(rental) == {"nvidia-h200-sxm-141gb": (Decimal("2.50"), "approximate")}


def test_an_article_that_contradicts_itself_is_believed_about_neither_figure() -> None:
    api, rental = parse(
        PAGE.replace("Price: $0.50", "Price: $0.45").replace("L4:&nbsp;Contact", "H100 SXM: $2.20/GPU-hr")
    )
    assert "Sora-2-Pro" not in prices(api)
    assert reasons(api) == ["duplicate_key", "duplicate_key"]
    assert api.refused[0].key == {"provider": "gmicloud", "sku": "Sora-2-Pro"}
    assert prices(rental) == {"nvidia-a100-80gb": (None, "contact_sales")}
    assert reasons(rental) == ["duplicate_key", "duplicate_key"]


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (
            "Veo3 ($0.40",
            "Veo4 is out. It costs ($0.40",
            ("unknown_model", "It costs ($0.40/request) provide the fidelity."),
        ),
        ("Model: Sora-2-Pro", "Model: Sora-3", ("unknown_model", "Sora-3: $0.50")),
        ("Price: $0.50", "Price: free", ("missing_price", "Sora-2-Pro: free")),
    ],
)
def test_a_model_price_that_cannot_be_placed_is_refused(old: str, new: str, refused: tuple[str, str]) -> None:
    api, _ = parse(PAGE.replace("Sora-2-Pro ($0.50/request) or ", "").replace(old, new))
    assert [(found.reason, found.row_text) for found in api.refused] == [refused]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("L4:", "L40S:", "unknown_accelerator"),  # not taken for the L4
        ("~$2.10/GPU-hr", "~$2.10", "unit"),
        ("~$2.10/GPU-hr", "~$1,500/month", "unit"),
        ("~$2.10/GPU-hr", "soon", "unit"),
    ],
)
def test_a_gpu_line_that_cannot_be_read_is_refused_and_its_neighbours_go_on(old: str, new: str, reason: str) -> None:
    _, rental = parse(PAGE.replace(old, new))
    assert reasons(rental) == [reason]
    assert len(rental.rows) == 2


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("", "empty"),
        ("<html><body><p>March 10, 2026</p><p>20% discount off standard pricing</p></body></html>", "no byline"),
        ("<html><body><p>gmicloud.ai</p><p>Veo3 costs $0.40/request.</p></body></html>", "no date"),
    ],
)
def test_a_page_that_is_no_dated_article_of_gmi_cloud_is_an_error(page: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        parse(page)


def test_every_name_means_an_accelerator_that_exists_or_a_model_in_lower_case() -> None:
    for name in gmicloud.names().values():
        assert name.id in accelerators() if name.kind == "accelerator" else name.id == name.spelling.lower()


def article(recorded: Path, number: str) -> Payload:
    (path,) = (recorded.parent / "seeds").glob(f"{number}_*.txt")
    return Payload(path.read_bytes(), path.name, datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.shared
def test_the_fourteen_model_prices_of_the_first_article_are_read(recorded: Path) -> None:
    api, _ = gmicloud.parse(article(recorded, "000"))
    assert {sku: str(price) for sku, (price, _) in prices(api).items()} == {
        "bria-fibo-image-blend": "0.000001",
        "bria-fibo-restyle": "0.000001",
        "bria-fibo-restore": "0.000001",
        "reve-edit-fast-20251030": "0.007",
        "inworld-tts-1.5-mini": "0.005",
        "elevenlabs-tts-v3": "0.10",
        "Minimax-Hailuo-2.3-Fast": "0.032",
        "Kling-Image2Video-V2.1-Pro": "0.098",
        "Kling-Image2Video-V2-Master": "0.28",
        "seedream-5.0-lite": "0.035",
        "minimax-tts-speech-2.6-turbo": "0.06",
        "pixverse-v5.6-t2v": "0.03",
        "Sora-2-Pro": "0.50",
        "Veo3": "0.40",
    }
    assert {row["model_id"]: row["modality"] for row in api.rows if str(row["sku"]).startswith("K")} == {
        "kling-image2video-v2.1-pro": "video",
        "kling-image2video-v2-master": "video",
    }
    assert reasons(api) == []


@pytest.mark.shared
def test_the_gpu_prices_of_the_first_article_are_read_and_meet_the_contract(recorded: Path) -> None:
    api, rental = gmicloud.parse(article(recorded, "000"))
    assert prices(rental) == {
        "nvidia-h100-sxm-80gb": (Decimal("2.10"), "approximate"),
        "nvidia-h200-sxm-141gb": (Decimal("2.50"), "approximate"),
        "nvidia-a100-80gb": (None, "contact_sales"),
        "nvidia-l4-24gb": (None, "contact_sales"),
    }
    assert reasons(rental) == []
    for said, contract in ((api, API_PRICE), (rental, RENTAL_PRICE)):
        frame = pd.DataFrame(said.rows)[list(contract.columns)]
        numbers = [name for name, column in contract.columns.items() if "float" in str(column.dtype)]
        contract.validate(frame.astype(dict.fromkeys(numbers, float)), lazy=True)


@pytest.mark.shared
@pytest.mark.parametrize("number", ["001", "002", "003", "004"])
def test_an_article_of_somebody_else_is_an_error_and_no_price(recorded: Path, number: str) -> None:
    with pytest.raises(PayloadError, match=r"no byline 'gmicloud\.ai'; expected an article of GMI Cloud"):
        list(gmicloud.parse(article(recorded, number)))
