"""CoreWeave's page of prices. No page of it is on record: the one here is written by hand, after what others recorded
of the real one in October 2026 (classes, headings, columns, footnotes, and the prices of its tables of GPUs)."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from sources.clouds.coreweave import SOURCE, parse
from sources.source import Payload, PayloadError, Row, Statement
from tests.sources.mutations import spliced
from tests.sources.recorded_payloads import payload

HEAD = (
    "GPU Model", "GPU Count", "VRAM (GB)", "vCPUs", "System RAM<br/>(GB)", "Local Storage<br/>(TB)",
    "On-Demand Price (Per Hour)", "Spot Price (Per Hour)",
)  # fmt: skip
INFERENCE = "Inference Single GPU Price(Per Hour)²"
SALES = '</div><a href="/contact-us" class="table-pricing-url">Contact sales</a><div>'
HIGH, STANDARD = (f"NVIDIA RTX PRO 6000 Blackwell Server Edition ({memory} Memory)" for memory in ("High", "Standard"))


def cell(shown: str) -> str:
    return f'<div class="table-v2-cell"><div>{shown}</div></div>'


def head(*names: str) -> str:
    shown = (f'<div class="table-header-text">{name}</div>' for name in names)
    return f'<div class="table-v2-header"><div class="table-grid">{"".join(map(cell, shown))}</div></div>'


def line(name: str, *cells: str) -> str:
    """A row; in its middle and at its end stands what narrow screens show in place of the cells."""
    title = f'<h3 data-product="x" class="table-model-name">{name}</h3>'
    return (
        '<div role="listitem" class="table-row-v2 w-dyn-item kubernetes-gpu-pricing"><div class="w-embed">'
        f'<div class="table-grid"><div class="table-v2-cell table-v2-cell--name">{title}</div>'
        f"{''.join(map(cell, cells[:6]))}"
        f'<div class="table-cell-column table-cell-column-left">{title}<div class="table-meta-value">'
        '<span class="instance-price">On-Demand Price: <span class="item-value">$1.00</span> / Hour</span></div></div>'
        f"{''.join(map(cell, cells[6:]))}"
        '<div class="table-cell-column table-cell-column-right"><div class="table-meta-value">9</div>'
        "<div>GPU Count</div></div></div></div></div>"
    )


def table(region: str, *parts: str) -> str:
    heading = f'<h5><strong class="eyebrow">REGION: {region}</strong></h5>' if region else ""
    return f'<div class="section-content">{heading}<div class="table-v2 gpu-pricing">{"".join(parts)}</div></div>'


NORTH_AMERICA = table(
    "NORTH AMERICA",
    head(*HEAD, INFERENCE),
    line("NVIDIA GB300 NVL72", "4^1", "279", "144", "960", "61.44", SALES, "N/A", SALES),
    line("NVIDIA GB200 NVL72", "4^1", "186", "144", "960", "30.72", "$42.00", "N/A", "$10.50"),
    line("NVIDIA HGX B300", "8", "270", "192", "4,096", "61.44", SALES, "$35.84", SALES),
    line("NVIDIA HGX B200", "8", "180", "128", "2,048", "61.44", "$68.80", "$34.11", "$8.60"),
    line(HIGH, "8", "96", "128", "1,024", "7.68", "$20.00", "$11.09", "$2.50"),
    line(STANDARD, "8", "96", "128", "512", "7.68", SALES, "$9.56", SALES),
    line("NVIDIA GH200", "1", "96", "72", "480", "7.68", "$6.50", "N/A", "$6.50"),
    line("NVIDIA HGX H100", "8", "80", "128", "2,048", "61.44", "$49.24", "$19.71", "$6.16"),
    line("NVIDIA L40", "8", "48", "128", "1,024", "7.68", "$10.00", "$6.27", "$1.25"),
    line("NVIDIA HGX H200", "8", "141", "128", "2,048", "61.44", "$50.44", "$20.93", "$6.31"),
    line("NVIDIA L40S", "8", "48", "128", "1,024", "7.68", "$18.00", "$7.88", "$2.25"),
    line("NVIDIA A100", "8", "80", "128", "2,048", "7.68", "$21.60", "$9.65", "$2.70"),
)
EUROPE = table(
    "EUROPE",
    head(*HEAD),
    line("NVIDIA HGX B200", "8", "180", "128", "2,048", "61.44", "$68.80", "$34.87"),
    line("NVIDIA L40S", "8", "48", "128", "1,024", "7.68", "$18.00", "N/A"),
)
PROCESSORS = table(
    "NORTH AMERICA",
    head("CPU Model", "CPU Type", "vCPUs", "On-Demand Price (Per Hour)", "<strong>Spot Price (Per Hour)</strong>"),
    line("AMD Genoa (9274F)", "High Performance", "96", "$6.42", "$3.50"),
    line("Intel Ice Lake (6342)", "General Purpose", "96", "Contact Sales", "$2.29"),
)
STORAGE = table("", head("Product", "Price"), line("Public IP Address", "$4.00 per IP / month"))


def page(gpus: str, others: str = PROCESSORS + STORAGE) -> str:
    return (
        "<!DOCTYPE html><html><head><title>CoreWeave Cloud Pricing</title>"
        '<script type="application/ld+json">{"name": "On-demand GPU instances"}</script></head>'
        "<body><h1>CoreWeave Cloud Pricing</h1><section><h2>On-demand GPU instances</h2>"
        f"{gpus}<p><sup>1 </sup>Each instance is comprised of 2 Superchips.</p></section>"
        f"<section><h2>On-demand CPU instances</h2>{others}</section></body></html>"
    )


WRITTEN_BY_HAND = page(NORTH_AMERICA + EUROPE)


def read(text: str) -> Statement:
    (said,) = parse(payload(text, "coreweave.html"))
    return said


def offers(said: Statement, model: str, region: str = "NORTH AMERICA") -> list[Row]:
    return [row for row in said.rows if (row["purchase_model"], row["region"]) == (model, region)]


def test_a_line_is_the_price_of_a_whole_instance() -> None:
    said = read(WRITTEN_BY_HAND)
    assert [
        (
            row["accelerator_id"],
            str(row["accelerator_count"]),
            str(row["price_usd_per_hour"]),
            str(row["price_usd_per_accelerator_hour"]).rstrip("0").rstrip("."),
        )
        for row in offers(said, "on_demand")
        if row["price_state"] == "listed"
    ] == [
        ("nvidia-gb200-186gb", "4.0000", "42.00", "10.5"),  # 42.00 / 4: '4^1' is four with a footnote
        ("nvidia-b200-sxm-180gb", "8.0000", "68.80", "8.6"),
        ("nvidia-rtx-pro-6000-server-96gb", "8.0000", "20.00", "2.5"),
        ("nvidia-gh200-96gb", "1.0000", "6.50", "6.5"),
        ("nvidia-h100-sxm-80gb", "8.0000", "49.24", "6.155"),  # 49.24 / 8
        ("nvidia-l40-48gb", "8.0000", "10.00", "1.25"),
        ("nvidia-h200-sxm-141gb", "8.0000", "50.44", "6.305"),
        ("nvidia-l40s-48gb", "8.0000", "18.00", "2.25"),
        ("nvidia-a100-80gb", "8.0000", "21.60", "2.7"),
    ]
    assert (said.scope, said.complete) == ({"provider": "coreweave"}, True)
    assert (said.refused, said.ignored) == ([], 3)  # two of processors, an address


def test_what_sales_sell_has_no_price_but_a_number_of_gpus() -> None:
    said = read(WRITTEN_BY_HAND)
    assert [
        (row["sku"], row["accelerator_count"], row["price_usd_per_hour"], row["price_usd_per_accelerator_hour"])
        for row in offers(said, "on_demand")
        if row["price_state"] == "contact_sales"
    ] == [
        ("NVIDIA GB300 NVL72", Decimal(4), None, None),
        ("NVIDIA HGX B300", Decimal(8), None, None),
        (STANDARD, Decimal(8), None, None),
    ]


def test_spot_is_another_offer_at_its_own_price_and_n_a_is_none() -> None:
    said = read(WRITTEN_BY_HAND)
    spot = {row["sku"]: row["price_usd_per_hour"] for row in offers(said, "spot")}
    assert spot["NVIDIA HGX B300"] == Decimal("35.84")
    assert spot["NVIDIA HGX H100"] == Decimal("19.71")
    assert (spot[HIGH], spot[STANDARD]) == (Decimal("11.09"), Decimal("9.56"))
    states = {row["sku"]: row["price_state"] for row in offers(said, "spot") if row["price_usd_per_hour"] is None}
    assert states == dict.fromkeys(("NVIDIA GB300 NVL72", "NVIDIA GB200 NVL72", "NVIDIA GH200"), "not_offered")


def test_each_region_has_its_own_prices() -> None:
    said = read(WRITTEN_BY_HAND)
    b200 = {
        (row["region"], row["purchase_model"]): row["price_usd_per_hour"]
        for row in said.rows
        if row["sku"] == "NVIDIA HGX B200"
    }
    assert b200 == {
        ("NORTH AMERICA", "on_demand"): Decimal("68.80"),
        ("NORTH AMERICA", "spot"): Decimal("34.11"),
        ("EUROPE", "on_demand"): Decimal("68.80"),
        ("EUROPE", "spot"): Decimal("34.87"),
    }
    assert len(said.rows) == 12 * 2 + 2 * 2


def test_neither_a_price_for_narrow_screens_nor_one_of_the_inference_platform_is_read() -> None:
    raws = {str(row["price_raw"]) for row in read(WRITTEN_BY_HAND).rows}
    assert "$1.00" not in raws
    assert not raws & {"$10.50", "$8.60", "$2.50", "$6.16"}


def test_a_row_says_where_it_stood_and_what_the_machine_has() -> None:
    (row,) = [row for row in offers(read(WRITTEN_BY_HAND), "spot") if row["sku"] == "NVIDIA HGX H100"]
    assert row["locator"] == "table 1, row 8, Spot Price (Per Hour)"
    assert (row["price_raw"], row["vcpu_count"], row["host_memory_gib"]) == ("$19.71", Decimal(128), Decimal(2048))


def test_the_table_of_earlier_years_is_read_as_well() -> None:
    columns = [name.replace("On-Demand", "Instance") for name in HEAD[:-1]]
    old = table(
        "",
        head(*columns),
        line("NVIDIA GB200 NVL72", "4<sup>1</sup>", "186", "144", "960", "30.72", "$42.00"),
        line("NVIDIA B200", "8", "180", "128", "2,048", "61.44", "$68.80"),
        line("NVIDIA RTX PRO 6000 Blackwell Server Edition", "8", "96", "128", "1,024", "7.68", "$20.00"),
    )
    said = read(page(old))
    assert [(row["accelerator_id"], row["accelerator_count"], row["region"]) for row in said.rows] == [
        ("nvidia-gb200-186gb", Decimal(4), ""),
        ("nvidia-b200-sxm-180gb", Decimal(8), ""),
        ("nvidia-rtx-pro-6000-server-96gb", Decimal(8), ""),
    ]
    assert {row["purchase_model"] for row in said.rows} == {"on_demand"}


def test_a_gpu_of_another_memory_is_another_gpu() -> None:
    said = read(WRITTEN_BY_HAND.replace(cell("80") + cell("128") + cell("2,048") + cell("7.68"), cell("40") * 4))
    assert [(one.reason, one.key["sku"], one.key["purchase_model"]) for one in said.refused] == [
        ("unknown_accelerator", "NVIDIA A100", "on_demand"),
        ("unknown_accelerator", "NVIDIA A100", "spot"),
    ]
    assert len(said.rows) == 28 - 2


@pytest.mark.parametrize("count", ["", "72 per rack", "0", "8 or 16"])
def test_an_unclear_number_of_gpus_is_refused(count: str) -> None:
    said = read(WRITTEN_BY_HAND.replace("GH200</h3></div>" + cell("1"), "GH200</h3></div>" + cell(count)))
    assert [(one.reason, one.key["sku"]) for one in said.refused] == [("accelerator_count", "NVIDIA GH200")] * 2


@pytest.mark.parametrize(
    ("printed", "reason"),
    [("", "missing_price"), ("$0.00", "zero_price"), ("€49", "currency"), ("$2 or $3", "unit"), ("$9/month", "unit")],
)
def test_a_price_that_cannot_be_read_is_refused(printed: str, reason: str) -> None:
    said = read(WRITTEN_BY_HAND.replace("$49.24", printed))
    assert [(one.reason, one.key["sku"], one.key["region"]) for one in said.refused] == [
        (reason, "NVIDIA HGX H100", "NORTH AMERICA")
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (WRITTEN_BY_HAND[: len(WRITTEN_BY_HAND) // 2], "truncated?"),
        ("<html><body><h1>Just a moment</h1></body></html>", "no table with columns GPU Model; found no table"),
        (page(""), "no table with columns GPU Model; found CPU Model"),
        (WRITTEN_BY_HAND.replace("table-grid", "grid"), "no table with columns GPU Model"),
        (page(NORTH_AMERICA + NORTH_AMERICA), "two tables of GPUs under 'NORTH AMERICA'"),
        (WRITTEN_BY_HAND.replace("REGION: ", "IN "), "two tables of GPUs under 'no region'"),
        (page(NORTH_AMERICA + EUROPE.replace("VRAM", "Memory")), "table of GPUs with GPU Model; GPU Count; Memory"),
        (page(NORTH_AMERICA + EUROPE.replace("On-Demand", "Your")), "expected GPU Count, VRAM and one price on demand"),
        (WRITTEN_BY_HAND.replace("Spot Price", "On-Demand Price"), "expected GPU Count, VRAM and one price on demand"),
        (
            WRITTEN_BY_HAND.replace(cell('<div class="table-header-text">vCPUs</div>'), ""),
            "row 1 has 9 cells; expected 8",
        ),
        (WRITTEN_BY_HAND.replace(" (Per Hour)", ""), "no price of an accelerator"),
        (WRITTEN_BY_HAND.replace(" (Per Hour)", " (Per Month)"), "no price of an accelerator"),
    ],
)
def test_a_redesigned_page_is_one_line_of_error(text: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        read(text)
    assert "\n" not in str(raised.value)


@given(spliced(WRITTEN_BY_HAND))
def test_no_change_of_the_page_raises_anything_else(page: str) -> None:
    with suppress(PayloadError):
        list(parse(Payload(page.encode(), "coreweave.html", datetime(2026, 10, 8, tzinfo=UTC))))


def test_it_is_a_page_for_people_and_asked_as_one() -> None:
    assert SOURCE.live is not None
    assert SOURCE.live.is_scraped
    assert [address.url for address in SOURCE.live.addresses] == ["https://www.coreweave.com/pricing"]
