"""Nebius' page of prices. No page of it is on record: the one here is written by hand, after what others recorded of
the real one in October 2026 (classes, headings, columns, units, footnotes and prices of its tables)."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from sources.clouds.nebius import SOURCE, parse
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced

CONTACT = '<a href="#ai-contact-form">Contact us</a>'
EFFECTIVE = "GPU-hour (Effective October 1, 2026)"


def line(*cells: str) -> str:
    boxes = (f'<div class="pc-highlight-table-block__cell"><div><p>{cell}</p></div></div>' for cell in cells)
    return f'<div class="pc-highlight-table-block__row">{"".join(boxes)}</div>'


def block(title: str, head: str, *lines: str) -> str:
    return (
        '<div class="pc-AnimateBlock false pc-highlight-table-block"><div class="pc-title"><h2 class="pc-title-item">'
        f"<span>{title}</span></h2></div>"
        '<div class="pc-highlight-table-block__table"><div class="pc-highlight-table-block__content">'
        f'<div class="pc-highlight-table-block__head">{head}</div>'
        f'<div class="pc-highlight-table-block__body">{"".join(lines)}</div></div></div></div>'
    )


ON_DEMAND = block(
    "NVIDIA GPU Instances",
    line("Item", "vCPUs", "RAM, GB", "On-demand, GPU-hour", EFFECTIVE),
    line("NVIDIA GB300 NVL72", "112", "800", CONTACT, CONTACT),
    line("NVIDIA HGX B300", "24", "346", "$7.85", "$9.50"),
    line("NVIDIA GB200 NVL72", "112", "800", CONTACT, CONTACT),
    line("NVIDIA HGX B200", "20", "224", "$7.15", "$8.50"),
    line("NVIDIA HGX H200", "16", "200", "$4.50", "$5.40"),
    line("NVIDIA HGX H100", "16", "200", "$3.85", "$4.50"),
    line("NVIDIA RTX PRO 6000", "24", "218", "$1.80", "$1.80"),
    line("NVIDIA L40S with Intel CPU", "8-40", "32-160", "from $1.55", "from $1.55"),
    line("NVIDIA L40S with AMD CPU", "16-192", "96-1152", "from $1.82", "from $1.82"),
)
PREEMPTIBLE = block(
    "Preemptible NVIDIA GPU Instances",
    line("Item", "vCPUs", "RAM, GB", "Spot price, GPU-hour*"),
    line("NVIDIA HGX B300", "24", "346", "from $0.99"),
    line("NVIDIA HGX B200", "20", "224", "from $0.99"),
    line("NVIDIA HGX H200", "16", "200", "from $0.79"),
    line("NVIDIA HGX H100", "16", "200", "from $0.79"),
    line("NVIDIA RTX PRO 6000", "24", "218", "from $0.79"),
    line("NVIDIA L40S with Intel CPU", "8-40", "32-160", "from $0.74**"),
    line("NVIDIA L40S with AMD CPU", "16-192", "96-1152", "from $0.90**"),
)
OTHERS = (
    block(
        "CPU-only instances",
        line("Item", "vCPUs", "RAM, GB", "Price per hour", "Price per hour (Effective October 1, 2026)"),
        line("AMD EPYC Genoa", "4-64", "16-256", "from $0.10", "from $0.13"),
        line("Intel Ice Lake", "2-80", "8-320", "from $0.05", "from $0.06"),
    )
    + block("Storage", line("Item", "Price", "Unit"), line("WEKA filesystem", "$0.1000", "GiB/month"))
    + block("Other services", line("Item", "Price"), line("Managed Soperator<sup>****</sup>", "Free"))
)


def page(*blocks: str) -> str:
    return (
        "<!DOCTYPE html><html><head><title>NVIDIA GPU Pricing | Nebius AI Cloud</title></head><body>"
        "<h1>AI&nbsp;Cloud pricing</h1><h2>Commitment discounts</h2><p>Pay up&nbsp;to&nbsp;35% less.</p>"
        f"{''.join(blocks)}<p>*&nbsp;Spot prices are dynamic.</p>"
        '<script id="__NEXT_DATA__">{"content":[["Item","On-demand, GPU-hour"],["NVIDIA HGX H100","$3.85"]]}</script>'
        "</body></html>"
    )


WRITTEN_BY_HAND = page(ON_DEMAND, PREEMPTIBLE, OTHERS)
OCTOBER = datetime(2026, 10, 8, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 15, tzinfo=UTC)


def read(text: str, at: datetime = OCTOBER) -> list[Statement]:
    return list(parse(Payload(text.encode(), "nebius.html", at)))


def prices(said: Statement, model: str) -> dict[object, object]:
    return {row["sku"]: row["price_usd_per_hour"] for row in said.rows if row["purchase_model"] == model}


def test_a_line_is_the_price_of_an_hour_of_one_gpu() -> None:
    (said,) = read(WRITTEN_BY_HAND)
    on_demand = [row for row in said.rows if row["purchase_model"] == "on_demand"]
    assert [
        (row["accelerator_id"], row["price_usd_per_accelerator_hour"], row["price_state"]) for row in on_demand
    ] == [
        ("nvidia-gb300-288gb", None, "contact_sales"),
        ("nvidia-b300-sxm-270gb", Decimal("9.50"), "listed"),
        ("nvidia-gb200-186gb", None, "contact_sales"),
        ("nvidia-b200-sxm-180gb", Decimal("8.50"), "listed"),
        ("nvidia-h200-sxm-141gb", Decimal("5.40"), "listed"),
        ("nvidia-h100-sxm-80gb", Decimal("4.50"), "listed"),
        ("nvidia-rtx-pro-6000-server-96gb", Decimal("1.80"), "listed"),
        ("nvidia-l40s-48gb", Decimal("1.55"), "approximate"),  # 'from': more processors cost more
        ("nvidia-l40s-48gb", Decimal("1.82"), "approximate"),
    ]
    assert {(row["provider"], row["region"], row["accelerator_count"], row["currency"]) for row in said.rows} == {
        ("nebius", "", Decimal(1), "USD")
    }
    assert (said.scope, said.complete, said.valid_at) == ({"provider": "nebius"}, True, None)
    assert (said.refused, said.ignored) == ([], 4)  # two of processors, a filesystem, a service


def test_preemptible_machines_cost_that_much_or_more() -> None:
    (said,) = read(WRITTEN_BY_HAND)
    spot = [row for row in said.rows if row["purchase_model"] == "spot"]
    assert {row["price_state"] for row in spot} == {"approximate"}
    assert prices(said, "spot") == {
        "NVIDIA HGX B300": Decimal("0.99"),
        "NVIDIA HGX B200": Decimal("0.99"),
        "NVIDIA HGX H200": Decimal("0.79"),
        "NVIDIA HGX H100": Decimal("0.79"),
        "NVIDIA RTX PRO 6000": Decimal("0.79"),
        "NVIDIA L40S with Intel CPU": Decimal("0.74"),  # '**' is a footnote
        "NVIDIA L40S with AMD CPU": Decimal("0.90"),
    }
    assert (spot[0]["price_raw"], spot[0]["locator"]) == ("from $0.99", "table 2, row 1, Spot price, GPU-hour")


def test_a_price_to_come_is_announced_for_its_day_and_the_present_one_holds_until_then() -> None:
    now, then = read(WRITTEN_BY_HAND, SEPTEMBER)
    assert prices(now, "on_demand")["NVIDIA HGX H100"] == Decimal("3.85")
    assert prices(now, "spot")["NVIDIA HGX H100"] == Decimal("0.79")
    assert (now.valid_at, now.complete) == (None, True)
    assert prices(then, "on_demand")["NVIDIA HGX H100"] == Decimal("4.50")
    assert prices(then, "spot") == {}
    assert (then.valid_at, then.complete, then.scope) == (datetime(2026, 10, 1, tzinfo=UTC), False, now.scope)


@pytest.mark.parametrize(
    ("at", "statements", "price"),
    [
        (datetime(2026, 9, 30, 23, 59, tzinfo=UTC), 2, "3.85"),
        (datetime(2026, 10, 1, tzinfo=UTC), 1, "4.50"),
        (datetime(2027, 1, 1, tzinfo=UTC), 1, "4.50"),
    ],
)
def test_the_newest_column_in_force_counts(at: datetime, statements: int, price: str) -> None:
    said = read(WRITTEN_BY_HAND, at)
    assert (len(said), prices(said[0], "on_demand")["NVIDIA HGX H100"]) == (statements, Decimal(price))


def test_of_several_days_the_latest_past_counts_and_the_rest_are_announced() -> None:
    head = ("On-demand, GPU-hour", "GPU-hour (Effective December 1, 2026)", EFFECTIVE)
    table = block("NVIDIA GPU Instances", line("Item", *head), line("NVIDIA HGX H100", "$3.85", "$5.00", "$4.50"))
    now, then = read(page(table))
    assert [row["price_raw"] for row in now.rows] == ["$4.50"]
    assert [(row["price_raw"], then.valid_at) for row in then.rows] == [("$5.00", datetime(2026, 12, 1, tzinfo=UTC))]


def test_the_tables_of_earlier_years_are_read_as_well() -> None:
    table_of_2025 = block(
        "NVIDIA GPU Instances",
        line("Item", "vCPUs", "RAM, GB", "Price per GPU-hour"),
        line("NVIDIA GB200 NVL72*", "112", "800", "Contact us"),
        line("NVIDIA HGX B200", "16", "200", "$5.50"),
        line("NVIDIA L40S GPU with AMD", "16", "96", "from $1.82"),
    )
    (said,) = read(page(table_of_2025), datetime(2025, 12, 1, tzinfo=UTC))
    assert [(row["accelerator_id"], row["purchase_model"], row["price_usd_per_hour"]) for row in said.rows] == [
        ("nvidia-gb200-186gb", "on_demand", None),
        ("nvidia-b200-sxm-180gb", "on_demand", Decimal("5.50")),
        ("nvidia-l40s-48gb", "on_demand", Decimal("1.82")),
    ]
    table_of_april = block(
        "NVIDIA GPU Instances",
        line("Item", "vCPUs", "RAM, GB", "Preemptible, GPU-hour", "On-demand, GPU-hour"),
        line("NVIDIA GB200 NVL72", "112", "800", "--", CONTACT),
        line("NVIDIA HGX H100", "16", "200", "$1.25", "$2.95"),
    )
    (said,) = read(page(table_of_april), datetime(2026, 5, 18, tzinfo=UTC))
    assert (prices(said, "spot"), prices(said, "on_demand")) == (
        {"NVIDIA HGX H100": Decimal("1.25")},
        {"NVIDIA GB200 NVL72": None, "NVIDIA HGX H100": Decimal("2.95")},
    )
    assert [(one.reason, one.key["purchase_model"]) for one in said.refused] == [("missing_price", "spot")]


def test_a_gpu_that_nobody_knows_is_refused_and_its_neighbours_go_on() -> None:
    (said,) = read(WRITTEN_BY_HAND.replace("NVIDIA HGX B300", "NVIDIA Vera Rubin NVL144"))
    assert {(one.reason, one.key["sku"]) for one in said.refused} == {
        ("unknown_accelerator", "NVIDIA Vera Rubin NVL144")
    }
    assert (len(said.refused), len(said.rows)) == (2, 8 + 6)


def test_a_way_to_buy_that_nobody_knows_is_refused() -> None:
    (said,) = read(WRITTEN_BY_HAND.replace("Spot price, GPU-hour*", "One year, GPU-hour"))
    assert [one.reason for one in said.refused] == ["purchase_model"] * 7
    assert {row["purchase_model"] for row in said.rows} == {"on_demand"}


def test_a_bare_column_beside_two_kinds_of_prices_could_be_of_either() -> None:
    head = line("Item", "Preemptible, GPU-hour", "On-demand, GPU-hour", EFFECTIVE)
    (said,) = read(page(block("GPUs", head, line("NVIDIA HGX H100", "$1.25", "$2.95", "$4.50"))))
    assert (prices(said, "spot"), prices(said, "on_demand")) == (
        {"NVIDIA HGX H100": Decimal("1.25")},
        {"NVIDIA HGX H100": Decimal("2.95")},
    )
    assert [one.reason for one in said.refused] == ["purchase_model"]


@pytest.mark.parametrize(
    ("printed", "reason"),
    [("", "missing_price"), ("$0.00", "zero_price"), ("€4.50", "currency"), ("$4.50/month", "unit")],
)
def test_a_price_that_cannot_be_read_is_refused(printed: str, reason: str) -> None:
    (said,) = read(WRITTEN_BY_HAND.replace("<p>$4.50</p></div></div></div>", f"<p>{printed}</p></div></div></div>"))
    assert [(one.reason, one.key["sku"]) for one in said.refused] == [(reason, "NVIDIA HGX H100")]


def test_a_gpu_at_two_prices_is_refused() -> None:
    (said,) = read(page(ON_DEMAND, ON_DEMAND.replace("$5.40", "$6.00"), PREEMPTIBLE))
    assert [(one.reason, one.key["sku"]) for one in said.refused] == [("duplicate_key", "NVIDIA HGX H200")] * 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (WRITTEN_BY_HAND[: len(WRITTEN_BY_HAND) // 2], "truncated?"),
        ("<html><body><h1>Access denied</h1></body></html>", "no table with columns Item; found no table"),
        (WRITTEN_BY_HAND.replace("pc-highlight-table-block__row", "row"), "no table with columns Item"),
        (page(PREEMPTIBLE, OTHERS), "no price on demand of a GPU-hour that is in force"),
        (page(OTHERS), "no price on demand of a GPU-hour"),
        (WRITTEN_BY_HAND.replace("Spot price, GPU-hour*", "Spot price"), "NVIDIA HGX B300 under .*; expected a price"),
        (
            WRITTEN_BY_HAND.replace("(Effective October 1, 2026)", "(new)"),
            "expected it to end in '\\(Effective October",
        ),
        (WRITTEN_BY_HAND.replace("October 1, 2026", "October 32, 2026"), "expected it to end in '\\(Effective"),
        (WRITTEN_BY_HAND.replace(EFFECTIVE, "Price per GPU-hour"), "several prices of one kind in table 1"),
        (page(block("GPUs", line("Item", "On-demand, GPU-hour"), line("NVIDIA HGX H100"))), "has 1 cells; expected 2"),
        (
            page(block("GPUs", line("Item", "On-demand, GPU-hour"), line("NVIDIA HGX H100", CONTACT))),
            "no price of an accelerator",
        ),
    ],
)
def test_a_redesigned_page_is_one_line_of_error(text: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        read(text)
    assert "\n" not in str(raised.value)


@given(spliced(WRITTEN_BY_HAND))
def test_no_change_of_the_page_raises_anything_else(page: str) -> None:
    with suppress(PayloadError):
        list(parse(Payload(page.encode(), "nebius.html", OCTOBER)))


def test_it_is_a_page_for_people_and_asked_as_one() -> None:
    assert SOURCE.live is not None
    assert SOURCE.live.is_scraped
    assert [address.url for address in SOURCE.live.addresses] == ["https://nebius.com/prices"]
