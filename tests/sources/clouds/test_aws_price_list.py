import hashlib
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.aws_offers import sift
from sources.clouds.aws_price_list import REGIONS, SOURCE, parse
from sources.source import PayloadError, Row, Statement
from tests.sources.mutations import mutated, refusal
from tests.sources.recorded_payloads import payload

PUBLISHED = "2026-09-20T04:33:34Z"


def _product(sku: str, machine: str, **more: str) -> dict[str, Any]:
    attributes = {
        "servicecode": "AmazonEC2",
        "location": "US East (N. Virginia)",
        "locationType": "AWS Region",
        "regionCode": "us-east-1",
        "instanceType": machine,
        "instanceFamily": "GPU instance",
        "vcpu": "192",
        "memory": "2,048 GiB",
        "gpu": "8",
        "tenancy": "Shared",
        "operatingSystem": "Linux",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "marketoption": "OnDemand",
    }
    return {"sku": sku, "productFamily": "Compute Instance", "attributes": {**attributes, **more}}


def _term(price: str, since: str = "2026-09-01T00:00:00Z", upfront: str = "", **about: str) -> dict[str, Any]:
    hourly = {"unit": "Hrs", "beginRange": "0", "endRange": "Inf", "appliesTo": [], "pricePerUnit": {"USD": price}}
    fee = {"unit": "Quantity", "description": "Upfront Fee", "appliesTo": [], "pricePerUnit": {"USD": upfront}}
    dimensions = {"X.2TG2D8R56U": fee, "X.6YS6EN2CT7": hourly} if upfront else {"X.6YS6EN2CT7": hourly}
    return {"effectiveDate": since, "priceDimensions": dimensions, "termAttributes": about}


def _reserved(length: str, paid: str, price: str, upfront: str = "", kind: str = "standard") -> dict[str, Any]:
    about = {"LeaseContractLength": length, "OfferingClass": kind, "PurchaseOption": paid}
    return _term(price, "2025-06-01T00:00:00Z", upfront, **about)


def _list(products: Iterable[dict[str, Any]], on_demand: dict[str, Any], reserved: dict[str, Any]) -> dict[str, Any]:
    return {
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": "AmazonEC2",
        "version": "20260920043334",
        "publicationDate": PUBLISHED,
        "products": {product["sku"]: product for product in products},
        "terms": {"OnDemand": on_demand, "Reserved": reserved},
        "attributesList": {},
    }


P5 = _product("SKUP5", "p5.48xlarge")
LIST = _list(
    [
        P5,
        _product("SKUWIN", "p5.48xlarge", operatingSystem="Windows"),
        _product("SKUDED", "p5.48xlarge", tenancy="Dedicated"),
        _product("SKURES", "p5.48xlarge", capacitystatus="UnusedCapacityReservation"),
        _product("SKUSQL", "p5.48xlarge", preInstalledSw="SQL Std"),
        _product("SKUBLOCK", "p5.48xlarge", marketoption="CapacityBlock"),
        _product("SKULA", "g4dn.xlarge", locationType="AWS Local Zone", regionCode="us-west-2-lax-1"),
        {
            "sku": "SKUM5",
            "attributes": {**P5["attributes"], "instanceType": "m5.large", "instanceFamily": "General purpose"},
        },
        {"sku": "SKUNET", "productFamily": "Data Transfer", "attributes": {"servicecode": "AWSDataTransfer"}},
    ],
    {
        "SKUP5": {"SKUP5.JRTCKXETXF": _term("55.0400000000")},
        "SKUBLOCK": {"SKUBLOCK.JRTCKXETXF": _term("0.0000000000")},
        "SKUWIN": {"SKUWIN.JRTCKXETXF": _term("63.8720000000")},
        "SKUM5": {"SKUM5.JRTCKXETXF": _term("0.0960000000")},
    },
    {
        "SKUP5": {
            "SKUP5.A": _reserved("1yr", "No Upfront", "43.1600000000"),
            "SKUP5.B": _reserved("1yr", "All Upfront", "0.0000000000", "370512"),
            "SKUP5.C": _reserved("1yr", "Partial Upfront", "21.1500000000", "185256"),
            "SKUP5.D": _reserved("3yr", "All Upfront", "0.0000000000", "613900.80"),
            "SKUP5.E": _reserved("1yr", "No Upfront", "48.0000000000", kind="convertible"),
        },
    },
)
LIST["products"]["SKUM5"]["attributes"].pop("gpu")


def _sift(content: Any) -> bytes:
    return sift(io.BytesIO(json.dumps(content).encode()))


def _statements(content: dict[str, Any]) -> list[Statement]:
    return list(parse(payload(_sift(content))))


def _prices(rows: Iterable[Row]) -> dict[object, object]:
    return {row["purchase_model"]: row["price_usd_per_hour"] for row in rows}


def test_of_a_list_only_the_machine_as_it_is_rented_is_kept_verbatim_with_what_the_whole_was() -> None:
    whole = json.dumps(LIST).encode()
    kept = json.loads(sift(io.BytesIO(whole)))
    assert kept["products"] == {"SKUP5": P5}
    assert kept["terms"]["OnDemand"] == {"SKUP5": LIST["terms"]["OnDemand"]["SKUP5"]}
    assert kept["terms"]["Reserved"] == LIST["terms"]["Reserved"]
    assert kept["whole"] == {"sha256": hashlib.sha256(whole).hexdigest(), "bytes": len(whole)}
    assert (kept["publicationDate"], kept["version"]) == (PUBLISHED, "20260920043334")
    assert kept["left_by_region"] == {"us-east-1": 6, "": 2}


def test_a_list_longer_than_a_read_is_kept_just_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.clouds.aws_offers.CHUNK_BYTES", 700)
    monkeypatch.setattr("sources.clouds.aws_offers.HEAD_BYTES", 300)
    assert json.loads(_sift(LIST))["terms"]["Reserved"] == LIST["terms"]["Reserved"]


def test_a_list_whose_terms_come_before_its_products_is_an_error_and_no_empty_offer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sources.clouds.aws_offers.CHUNK_BYTES", 700)
    head = {name: value for name, value in LIST.items() if isinstance(value, str)}
    with pytest.raises(PayloadError, match="did the terms come first"):
        _sift({**head, "terms": LIST["terms"], "products": LIST["products"]})


def test_a_family_that_nobody_has_heard_of_is_kept_where_the_list_calls_it_accelerated_and_then_refused() -> None:
    new = _product("SKUNEW", "xyz1.48xlarge", instanceFamily="Machine Learning ASIC Instances")
    trainium = _product("SKUTRN", "trn2.48xlarge", instanceFamily="Accelerated")
    for product in (new, trainium):
        product["attributes"].pop("gpu")
    terms = {"SKUNEW": {"SKUNEW.J": _term("9.0")}, "SKUTRN": {"SKUTRN.J": _term("35.7608000000")}}
    (only,) = _statements(_list([new, trainium], terms, {}))
    assert [(one.reason, one.key["sku"]) for one in only.refused] == [("unknown_accelerator", "xyz1.48xlarge")]
    assert [(row["accelerator_id"], row["accelerator_count"]) for row in only.rows] == [("aws-trainium2", 16)]


def test_a_machine_is_priced_on_demand_and_reserved_for_each_term() -> None:
    (only,) = _statements(LIST)
    assert only.scope == {"provider": "aws", "region": "us-east-1"}
    assert only.valid_at == datetime(2026, 9, 20, 4, 33, 34, tzinfo=UTC)
    assert only.complete
    assert _prices(only.rows) == {
        "on_demand": Decimal("55.04"),
        "reserved_1y": Decimal("43.16"),  # no upfront; all upfront would be 370512 / 8760 = 42.30
        "reserved_3y": Decimal("23.36"),  # all upfront, for nothing else is sold: 613900.80 / 26280
    }
    on_demand = only.rows[0]
    assert (on_demand["sku"], on_demand["accelerator_id"]) == ("p5.48xlarge", "nvidia-h100-sxm-80gb")
    assert on_demand["price_usd_per_accelerator_hour"] == Decimal("6.88")  # 55.04 / 8
    assert (on_demand["vcpu_count"], on_demand["host_memory_gib"]) == (192, 2048)
    assert only.rows[2]["price_raw"] == "All Upfront: 613900.80 + 0.0000000000 an hour for 26280 h"
    assert (only.refused, only.ignored) == ([], 6)


def test_a_term_that_costs_more_than_the_list_or_next_to_nothing_is_refused() -> None:
    dear, cheap = _reserved("1yr", "No Upfront", "56.00"), _reserved("3yr", "All Upfront", "0", "55.04")
    (only,) = _statements(_list([P5], LIST["terms"]["OnDemand"], {"SKUP5": {"SKUP5.A": dear, "SKUP5.B": cheap}}))
    assert [(one.reason, one.key["purchase_model"]) for one in only.refused] == [
        ("commitment_above_on_demand", "reserved_1y"),
        ("whole_term_total", "reserved_3y"),
    ]


def test_a_price_that_begins_after_the_list_was_published_is_announced() -> None:
    terms = {"SKUP5": {"SKUP5.J": _term("55.04"), "SKUP5.K": _term("50.00", "2026-10-01T00:00:00Z")}}
    now, later = _statements(_list([P5], terms, {}))
    assert (_prices(now.rows), now.complete) == ({"on_demand": Decimal("55.04")}, True)
    assert (_prices(later.rows), later.complete) == ({"on_demand": Decimal("50.00")}, False)
    assert later.valid_at == datetime(2026, 10, 1, tzinfo=UTC)


def test_a_region_without_accelerators_is_a_complete_statement_of_nothing() -> None:
    (only,) = _statements(_list([LIST["products"]["SKUM5"]], {}, {}))
    assert (only.scope["region"], only.rows, only.complete, only.ignored) == ("us-east-1", [], True, 1)


def test_a_new_machine_an_fpga_and_yuan_are_told_apart() -> None:
    new, fpga, yuan = _product("A", "p9.48xlarge"), _product("B", "f2.6xlarge"), _product("C", "p5.48xlarge")
    chinese = _term("500.0")
    chinese["priceDimensions"]["X.6YS6EN2CT7"]["pricePerUnit"] = {"CNY": "500.0"}
    terms = {"A": {"A.J": _term("100.0")}, "B": {"B.J": _term("1.98")}, "C": {"C.J": chinese}}
    (only,) = _statements(_list([new, fpga, yuan], terms, {}))
    assert [(one.reason, one.key["sku"]) for one in only.refused] == [
        ("unknown_accelerator", "p9.48xlarge"),
        ("currency", "p5.48xlarge"),
    ]
    assert (only.rows, only.ignored) == ([], 1)


def test_every_region_is_asked_for_its_own_list() -> None:
    assert SOURCE.live is not None
    assert SOURCE.live.addresses[0].url.endswith("/AmazonEC2/current/us-east-1/index.json")
    assert len({address.name for address in SOURCE.live.addresses}) == len(REGIONS)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not JSON within 0 bytes"),
        (b"<html></html>", "not JSON"),
        (json.dumps(LIST).encode()[:-900], "truncated"),
        (b"{}", "begins with no text"),
        (json.dumps({**LIST, "products": {}}).encode(), "no products"),
        (json.dumps({**LIST, "terms": {}}).encode(), "without a term on demand"),
    ],
)
def test_a_stream_of_another_shape_is_one_line_of_error(content: bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        sift(io.BytesIO(content))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        ('{"products": {', "not JSON"),
        ("[]", "expected a sifted price list"),
        (json.dumps({**LIST, "products": []}), "no products, terms"),
        (json.dumps({**LIST, "left_by_region": {}}), "'SKUWIN': no rented machine"),
    ],
)
def test_a_payload_of_another_shape_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(mutated(json.loads(_sift(LIST))))
def test_whatever_is_changed_in_a_payload_it_is_read_or_refused(content: str) -> None:
    assert "\n" not in refusal(lambda: parse(payload(content)))


@given(mutated(LIST))
def test_whatever_is_changed_in_a_stream_it_is_sifted_and_read_or_refused(content: str) -> None:
    assert "\n" not in refusal(lambda: parse(payload(sift(io.BytesIO(content.encode())))))
