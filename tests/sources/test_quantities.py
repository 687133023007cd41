"""Printed text becomes a number in our unit, or an error of one line."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.quantities import QuantityError, number, quantity


@pytest.mark.parametrize(
    ("printed", "unit", "expected"),
    [
        ("3.35 TB/s", "GB/s", 3350.0),
        ("3.35TB/s", "GB/s", 3350.0),
        ("4.8 TB/s", "GB/s", 4800.0),
        ("300 GB/s", "GB/s", 300.0),
        ("2,039 GB/s", "GB/s", 2039.0),
        ("80 GB", "GB", 80.0),
        ("80GB", "GB", 80.0),
        ("80 GiB", "GB", 85.89934592),  # 80 * 2^30 / 10^9
        ("22,888 MiB", "GB", 23.999807488),  # AWS's L4: 22,888 * 2^20 = 23,999,807,488 bytes
        ("16,384 MiB", "GB", 17.179869184),
        ("80 GiB", "GiB", 80.0),
        ("820 GiB/sec", "GB/s", 880.46829568),  # Trainium's documents: 820 * 1.073741824
        ("1600 Gbps", "GB/s", 200.0),  # bits: / 8
        ("1600 Gb/s", "GB/s", 200.0),
        ("400 GBps", "GB/s", 400.0),
        ("3.2 Tbps", "GB/s", 400.0),
        ("989.4 TFLOPS", "TFLOP/s", 989.4),
        ("1.25 PFLOPS", "TFLOP/s", 1250.0),
        ("181 GFLOP/s", "TFLOP/s", 0.181),
        ("485 TOPs", "TOP/s", 485.0),
        ("1,979 TOPS", "TOP/s", 1979.0),
        ("700 W", "W", 700.0),
        ("1.4 kW", "W", 1400.0),
        ("$33,600", "USD", 33600.0),
        ("33600 USD", "USD", 33600.0),
        ("$33,600 USD", "USD", 33600.0),
        ("24\u00a0GB", "GB", 24.0),
        ("80000000000.0 bytes", "GB", 80.0),
    ],
)
def test_a_printed_quantity_is_read_in_our_unit(printed: str, unit: str, expected: float) -> None:
    assert number(printed, unit=unit) == expected


def test_the_unit_of_a_column_s_header_is_used_where_the_cell_has_none() -> None:
    assert number("1e+16", unit="TFLOP/s", printed_unit="FLOP/s") == 10_000.0
    assert number("230000000.0", unit="GB", printed_unit="byte") == 0.23


def test_a_unit_in_the_cell_beats_the_header_s() -> None:
    assert number("2 TB/s", unit="GB/s", printed_unit="GB/s") == 2000.0


def test_a_tilde_is_kept_as_approximate() -> None:
    read = quantity("~$2.10", unit="USD")
    assert (read.exact, read.approximate) == (Decimal("2.10"), True)
    assert not quantity("$2.10", unit="USD").approximate


@pytest.mark.parametrize(
    ("printed", "unit", "says"),
    [
        ("3.35 tb/s", "GB/s", "bandwidth '3.35 tb/s': unit 'tb/s' is not one of GB/s, TB/s, GiB/s, Gb/s"),
        ("3.35 TB", "GB/s", "unit 'TB' is not one of"),
        ("80", "GB", "unit '' is not one of"),
        ("80 Gb", "GB", "unit 'Gb' is not one of"),
        ("$80", "GB", "unit '$' is not one of"),
        ("$80 GB", "USD", "unit '$ GB' is not one of"),
        ("989 TOPS", "TFLOP/s", "unit 'TOPS' is not one of"),
        ("350-400 W", "W", "not one number"),
        ("up to 3 TB/s", "GB/s", "not one number"),
        ("from $2", "USD", "not one number"),
        ("3,35 TB/s", "GB/s", "not one number"),
        ("1,23,456 GB", "GB", "not one number"),
        ("-80 GB", "GB", "not one number"),
        ("Contact", "USD", "not one number"),
        ("nan GB", "GB", "not one number"),
        ("inf GB", "GB", "not one number"),
        ("", "GB", "not one number"),
        ("1e999 GB", "GB", "out of range"),
        ("1e-999 GB", "GB", "out of range"),
        ("٣ GB", "GB", "not one number"),
    ],
)
def test_what_is_not_one_number_with_a_known_unit_is_an_error_of_one_line(printed: str, unit: str, says: str) -> None:
    with pytest.raises(QuantityError) as error:
        number(printed, unit=unit, what="bandwidth")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


PRINTABLE = st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False, allow_infinity=False)
UNITS = [
    ("GB", "GB", 1),
    ("TB/s", "GB/s", 1000),
    ("GiB", "GB", Decimal(2**30) / 10**9),
    ("Gb/s", "GB/s", Decimal("0.125")),
    ("PFLOPS", "TFLOP/s", 1000),
    ("kW", "W", 1000),
]


@given(PRINTABLE, st.sampled_from(UNITS), st.booleans())
def test_what_is_printed_is_read_back(amount: Decimal, unit: tuple[str, str, Decimal], thousands: bool) -> None:
    printed, ours, factor = unit
    text = f"{amount:,f} {printed}" if thousands else f"{amount:f} {printed}"
    assert number(text, unit=ours) == pytest.approx(float(amount * factor), rel=1e-12)


@given(
    st.one_of(st.text(), st.from_regex(r"[~$]?[0-9.,eE+-]{1,40} ?(GB|TB|GiB|Gb|W)?(/s)?", fullmatch=True)),
    st.sampled_from(["GB", "GB/s", "W", "USD"]),
)
def test_no_text_becomes_infinite_negative_or_no_number(printed: str, unit: str) -> None:
    try:
        read = number(printed, unit=unit)
    except QuantityError:
        return
    assert math.isfinite(read)
    assert read >= 0
