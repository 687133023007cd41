"""A printed price becomes one figure with its unit, or says why it is none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.printed_prices import PriceError, read_price


@pytest.mark.parametrize(
    ("printed", "amount", "unit", "per"),
    [
        ("$1.30", "1.30", "", 1),
        ("$1", "1", "", 1),
        ("$ 7.89 /hr", "7.89", "hour", 1),
        ("$45.00 per hour", "45.00", "hour", 1),
        ("$2.99/h", "2.99", "hour", 1),
        ("1.99 USD/hour", "1.99", "hour", 1),
        ("USD 1.99 an hour", "1.99", "hour", 1),
        ("0.12$/h", "0.12", "hour", 1),
        ("$2.99 hourly", "2.99", "hour", 1),
        ("$0.00116/s", "0.00116", "second", 1),
        (r"\$0.02/megapixel", "0.02", "megapixel", 1),  # RunPod escapes the dollar
        ("$0.50 per 5 seconds", "0.50", "second", 5),
        ("$0.05 per 1000 characters", "0.05", "character", 1000),
        ("$3.00 / 1M tokens", "3.00", "token", 1_000_000),
        ("$3.00 per million tokens", "3.00", "token", 1_000_000),
        ("$0.25 per 1,000 images", "0.25", "image", 1000),
        ("$98.32 per hour (8 GPUs)", "98.32", "hour", 1),
        ("$2.99 (per hour)", "2.99", "hour", 1),
        ("$8\u00a0000.50/mo", "8000.50", "month", 1),
        ("$0.10/GB/month", "0.10", "gb month", 1),
    ],
)
def test_a_price_has_its_figure_and_what_it_is_the_price_of(printed: str, amount: str, unit: str, per: int) -> None:
    price = read_price(printed)
    assert (price.amount, price.unit, price.per) == (Decimal(amount), unit, per)
    assert (price.state, price.currency, price.is_per_accelerator) == ("listed", "USD", False)


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("$1,234.50", "1234.50"),
        ("$551,221", "551221"),
        ("$1.234,50", "1234.50"),
        ("$2,99", "2.99"),
        ("$0,123", "0.123"),  # nothing has 0 thousands
        ("$1 234,50", "1234.50"),
        ("$1'234.50", "1234.50"),
        ("$.50", "0.50"),
        ("$1.234", "1.234"),  # a point is a decimal point
        ("$1,234,567", "1234567"),
        ("$1.234.567", "1234567"),
    ],
)
def test_thousands_and_decimals_are_told_apart(printed: str, number: str) -> None:
    assert read_price(printed).amount == Decimal(number)


@pytest.mark.parametrize("printed", ["$2.99/GPU-hr", "$2.99 per GPU per hour", "$2.99 / GPU / h", "$2.99/chip-hour"])
def test_a_price_of_one_card_for_an_hour_says_so(printed: str) -> None:
    price = read_price(printed)
    assert (price.unit, price.is_per_accelerator, price.per_hour) == ("hour", True, Decimal("2.99"))


def test_a_second_is_an_hour_by_3600_and_exactly_so() -> None:
    assert read_price("$0.00116", header_unit="per second").per_hour == Decimal("4.176")  # 0.00116 * 3600
    assert read_price("$0.50 per 5 seconds").per_hour == Decimal(360)  # 0.50 / 5 * 3600
    assert read_price("$0.05 per minute").per_hour == Decimal(3)
    assert read_price("$0.05 per 1000 characters").per_unit == Decimal("0.00005")


@pytest.mark.parametrize("printed", ["$100/month", "$0.02/megapixel", "$5"])
def test_what_is_no_price_of_a_fixed_time_has_none_per_hour(printed: str) -> None:
    with pytest.raises(PriceError, match="expected of time") as raised:
        _ = read_price(printed).per_hour
    assert raised.value.reason == "unit"


@pytest.mark.parametrize(
    ("printed", "header", "unit"),
    [
        ("2.99", "$/h", "hour"),
        ("$2.99", "USD per hour", "hour"),
        ("$2.99/day", "$/h", "day"),  # the cell knows better
        ("2.99", "$", ""),
    ],
)
def test_a_header_gives_the_unit_where_the_cell_does_not(printed: str, header: str, unit: str) -> None:
    price = read_price(printed, header_unit=header)
    assert (price.unit, price.currency, price.amount) == (unit, "USD", Decimal("2.99"))


@pytest.mark.parametrize("printed", ["~$2.10/GPU-hr", "≈ $2.10/GPU-hr", "about $2.10/GPU-hr", "approx. $2.10/GPU-hr"])
def test_a_tilde_is_approximate(printed: str) -> None:
    price = read_price(printed)
    assert (price.state, price.amount, price.is_from) == ("approximate", Decimal("2.10"), False)


@pytest.mark.parametrize("printed", ["from $2.99/hr", "From $2.99/hr", "Starting at $2.99/hr", "As low as $2.99/hr"])
def test_the_least_of_several_prices_is_approximate(printed: str) -> None:
    price = read_price(printed)
    assert (price.state, price.amount, price.is_from, price.raw) == ("approximate", Decimal("2.99"), True, printed)


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        ("Contact us", "contact_sales"),
        ("Contact Sales", "contact_sales"),
        ("Contact", "contact_sales"),
        ("Talk to sales", "contact_sales"),
        ("Request a quote", "contact_sales"),
        ("Per contract after contacting sales", "contact_sales"),
        ("Custom pricing", "contact_sales"),
        ("On request", "contact_sales"),
        ("Join the waitlist", "waitlist"),
        ("Pre order", "waitlist"),
        ("coming soon", "not_offered"),
        ("N/A", "not_offered"),
        ("Not available", "not_offered"),
    ],
)
def test_words_in_the_place_of_a_price_are_a_state_without_an_amount(printed: str, state: str) -> None:
    price = read_price(printed)
    assert (price.state, price.amount, price.per_hour, price.per_unit) == (state, None, None, None)


def test_free_is_a_price_of_zero() -> None:
    assert read_price("Free!").amount == 0


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", "missing_price"),
        ("—", "missing_price"),
        ("best in class", "missing_price"),
        ("2.99", "currency"),
        ("¥36.078", "currency"),
        ("A$2.99 USD", "currency"),
        ("$2.00 - $3.00", "unit"),
        ("$2.00–3.00/hr", "unit"),
        ("$2 to 3 per hour", "unit"),
        ("$0.07/GB/month (< 1TB), $0.05/GB/month (> 1TB)", "unit"),
        ("up to $3", "unit"),
        ("$1,23,4", "unit"),
        ("$1.2.3", "unit"),
        ("$3 per 0 tokens", "unit"),
        ("$99999999999999", "unit"),
        ("$2.99/hr!?%", "unit"),
        ("$1 " + "x" * 300, "unit"),
    ],
)
def test_what_is_not_one_price_is_an_error_of_one_line(printed: str, reason: str) -> None:
    with pytest.raises(PriceError) as raised:
        read_price(printed)
    assert raised.value.reason == reason
    assert "\n" not in str(raised.value)


def test_another_currency_is_named_and_left_to_the_door() -> None:
    assert [read_price(price).currency for price in ("€2.99", "2,99 EUR", "£1", "C$4")] == ["EUR", "EUR", "GBP", "CAD"]


@given(st.text(alphabet=st.sampled_from("$€0123456789.,' ~/perhousMk()-<nfrom\\"), max_size=60), st.text(max_size=10))
def test_no_text_whatever_raises_anything_else(printed: str, header: str) -> None:
    try:
        price = read_price(printed, header_unit=header)
        assert price.amount is None or (price.amount.is_finite() and price.amount >= 0)
        _ = price.per_unit, price.per_hour
    except PriceError:
        pass
