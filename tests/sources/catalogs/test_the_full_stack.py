from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.catalogs.the_full_stack import SOURCE, parse
from sources.source import PayloadError, Row, Statement
from tests.sources.recorded_payloads import payload, payloads

CLOUD = "docs/cloud-gpus/cloud-gpus.csv"
SERVERLESS = "docs/cloud-gpus/serverless-gpus.csv"
HEADER = "Cloud,GPU Type,GPU Arch,GPUs,GPU RAM,vCPUs,RAM,On-demand,Per-GPU,Spot,Name\n"
SERVERLESS_HEADER = "Vendor,GPU Type,GPU Arch,GPUs,GPU RAM,vCPUs,RAM,Per-Hour,Per-GPU\n"
P4DE = "AWS,A100 (80 GB),Ampere,8,640,96,1152,40.97,5.12,12.29,p4de.24xlarge\n"
LAMBDA = "Lambda,A100 (80 GB),Ampere,8,640,240,1800,12.00,1.50,,\n"


def _statement(lines: str, name: str = CLOUD) -> Statement:
    [only] = parse(payload((SERVERLESS_HEADER if name == SERVERLESS else HEADER) + lines, name))
    return only


def _rows(lines: str, name: str = CLOUD) -> list[Row]:
    return _statement(lines, name).rows


def _reasons(lines: str, name: str = CLOUD) -> list[str]:
    return [one.reason for one in _statement(lines, name).refused]


def test_a_line_is_an_offer_on_demand_and_one_as_spot_and_a_file_is_all_that_the_list_says() -> None:
    statement = _statement(P4DE + LAMBDA)
    assert statement.scope == {"service_tier": ""}
    assert (statement.complete, statement.valid_at, statement.refused) == (True, None, [])
    assert [(row["provider"], row["purchase_model"], row["price_usd_per_hour"]) for row in statement.rows] == [
        ("aws", "on_demand", Decimal("40.97")),
        ("aws", "spot", Decimal("12.29")),
        ("lambda", "on_demand", Decimal("12.00")),
    ]
    assert statement.rows[2]["price_usd_per_accelerator_hour"] == Decimal("1.5")  # 12.00 / 8


def test_a_machine_type_settles_the_form_and_a_name_alone_does_not() -> None:
    azure = "Azure,A100 (80 GB),Ampere,2,160,48,440,7.35,3.67,2.94,NC48ads A100 v4\n"
    assert [row["accelerator_id"] for row in _rows(P4DE + LAMBDA)][::2] == ["nvidia-a100-sxm-80gb", "nvidia-a100-80gb"]
    assert {(row["sku"], row["accelerator_id"]) for row in _rows(azure)} == {
        ("Standard_NC48ads_A100_v4", "nvidia-a100-pcie-80gb")
    }


def test_one_cards_price_divided_by_a_number_that_is_not_its_own_is_refused() -> None:
    # an A100 at $0.21: the price, the memory and the processors are one card's
    assert _reasons("RunPod.io,A100 (80 GB),Ampere,8,80,16.0,62.0,1.69,0.21125,,\n") == ["accelerator_count"]
    assert _rows("RunPod,A100 (80 GB),Ampere,8,80,112,1006,15.12,1.89,,\n")[0]["provider"] == "runpod"
    assert _rows("FluidStack,H100 (80 GB),Hopper,8,80,384,1024,38.08,4.76,,\n")[0]["accelerator_count"] == 8


@pytest.mark.parametrize(
    ("line", "provider"),
    [
        ("RunPod,A40 (48 GB),Ampere,8,384,40,502,6.32,0.79,,\n", "runpod"),
        ("RunPod.io,A40 (48 GB),Ampere,1,48,9,50,0.79,0.79,,\n", "runpod"),
        ("Cirrascale,A6000 (48 GB),Ampere,8,48,128,512,8.97,1.12,,\n", "cirrascale"),
        ("Cirrascale Cloud Services,A6000 (48 GB),Ampere,8,48,128,512,8.97,1.12,,\n", "cirrascale"),
        ("OVHcloud,L4 (24 GB),Lovelace,2,48,45,180,2,1,,l4-180\n", "ovh"),
    ],
)
def test_a_provider_has_one_name(line: str, provider: str) -> None:
    assert {row["provider"] for row in _rows(line)} == {provider}


def test_a_second_header_between_two_lists_is_passed_over() -> None:
    again = "Cloud,GPU-Type,GPU-Arch,GPUs,GPU-RAM,vCPUs,RAM,On-demand,Per-GPU,Spot,Name\n"
    statement = _statement(P4DE + again + LAMBDA)
    assert (len(statement.rows), statement.refused, statement.ignored) == (3, [], 1)


@pytest.mark.parametrize(
    ("spelling", "accelerator"),
    [
        ("T4 (16 GB)", "nvidia-t4-16gb"),
        ("T4 (16)", "nvidia-t4-16gb"),
        ("H100 (80 GB)", "nvidia-h100"),
        ("H100 (80GB)", "nvidia-h100"),
        ("H100 HGX (80GB)", "nvidia-h100-sxm-80gb"),
        ("H100 PCIe (80GB)", "nvidia-h100-pcie-80gb"),
        ("RTX5000 (16 GB)", "nvidia-quadro-rtx-5000-16gb"),
        ("RTX5000 (16GB)", "nvidia-quadro-rtx-5000-16gb"),
        ("A6000 (48 GB)", "nvidia-rtx-a6000-48gb"),
        ("RTX A6000 (48 GB)", "nvidia-rtx-a6000-48gb"),
        ("3080Ti (12 GB)", "nvidia-rtx-3080-ti-12gb"),
        ("3080ti (12 GB)", "nvidia-rtx-3080-ti-12gb"),
        ("3080Ti ()", "nvidia-rtx-3080-ti-12gb"),
        ("A10", "nvidia-a10-24gb"),
        ("A10 (24 GB)", "nvidia-a10-24gb"),
        ("6000 Ada (48 GB)", "nvidia-rtx-6000-ada-48gb"),
        ("RTX6000 Ada (48 GB)", "nvidia-rtx-6000-ada-48gb"),
    ],
)
def test_a_card_has_many_spellings(spelling: str, accelerator: str) -> None:
    [row] = _rows(f"Oblivus Cloud,{spelling},x,1,16,4,16,1.00,1.00,,\n")
    assert row["accelerator_id"] == accelerator


def test_lambda_has_no_a10g_and_aws_has() -> None:
    line = "{},A10G (24 GB),Ampere,1,24,30,200,0.60,0.60,,\n"
    assert _rows(line.format("Lambda"))[0]["accelerator_id"] == "nvidia-a10-24gb"
    assert _rows(line.format("AWS"))[0]["accelerator_id"] == "nvidia-a10g-24gb"


def test_ovhclouds_v100_of_32_gb_is_the_v100s() -> None:
    line = "{},V100 (32 GB),Volta,4,128,56,180,8.76,2.19,,t2-180\n"
    assert _rows(line.format("OVHcloud"))[0]["accelerator_id"] == "nvidia-v100s-32gb"
    assert _rows(line.format("Datacrunch"))[0]["accelerator_id"] == "nvidia-v100-32gb"


def test_a_dollar_sign_is_no_part_of_a_number() -> None:
    assert _rows(P4DE.replace("40.97,5.12", "$40.97,$5.12")) == _rows(P4DE)


@pytest.mark.parametrize(
    "line",
    [
        "OVHcloud,A10 (24 GB),Ampere,2,48,60,90,4,4,,a10-90\n",
        "OVHcloud,A10 (24 GB),Ampere,4,192,120,180,4,4,,a10-180\n",
        "OVHcloud,L40S (48 GB),Lovelace,4,144,60,360,3.6,1.8,,l40s-360\n",
        "Cirrascale,A100 (40 GB),Ampere,8,320,64,512,22.96,5.74,,\n",
        "Cudo Compute,A5000 (24 GB),Ampere,8,192,64,128,4.73,0.52,,\n",
        "NeevCloud,H100 (80 GB),Hopper,8,640,192,2048,1.69,1.69,,\n",
    ],
)
def test_a_price_per_gpu_that_is_not_the_totals_is_refused(line: str) -> None:
    assert _reasons(line) == ["per_gpu_not_total"]


def test_rounding_to_cents_is_no_contradiction() -> None:
    assert _reasons("OVHcloud,V100 (16 GB),Volta,2,32,18,90,1.55,0.77,,t1-le-90\n") == []  # 1.55 / 2 = 0.775


def test_exoscales_total_stands_in_the_column_of_the_price_per_gpu() -> None:
    [row] = _rows("Exoscale,3080Ti (12 GB),Ampere,2,24,24,112,,1.70868,,GPU3080Ti MEDIUM\n")
    assert row["price_usd_per_hour"] == Decimal("1.70868")
    assert row["price_usd_per_accelerator_hour"] == Decimal("0.85434")  # 1.70868 / 2
    assert _reasons("Jarvislabs,A5000 (24 GB),Ampere,2,48,14,64,,1.18,,\n") == ["missing_price"]


def test_an_advertisement_that_nobody_took_down_is_what_the_list_says() -> None:
    [row] = _rows("Dataoorts,H100 (80 GB),Hopper,1,80,20-26,150-200,0.69,0.69,,gc2.h100-80-1\n")
    assert (row["price_usd_per_hour"], row["vcpu_count"]) == (Decimal("0.69"), None)


def test_the_price_of_another_row_is_a_known_error() -> None:
    assert _reasons("Lambda,Quadro RTX 6000 (24 GB),Turing,1,24,92,448,4.40,4.40,,\n") == ["known_error"]


def test_a_range_of_cards_a_name_nobody_settled_and_a_cloud_nobody_named_are_refused() -> None:
    assert _reasons("Oblivus Cloud,A40 (48 GB),Ampere,1-8,48-384,1-94,1-702,1.42,1.4,,\n") == ["accelerator_count"]
    assert _reasons("Modal,A100 (20 GB),Ampere,1,20,4,16,3.07,3.07,,\n") == ["unknown_accelerator"]
    assert _reasons("Somebody,A40 (48 GB),Ampere,1,48,4,16,1.00,1.00,,\n") == ["unknown_provider"]


def test_the_same_offer_twice_is_one_and_at_two_prices_is_none() -> None:
    t4 = "AWS,T4 (16 GB),Turing,1,16,16,64,1.20,1.20,0.36,g4dn.4xlarge\n"
    assert len(_rows(t4 + t4)) == 2  # on demand and spot
    replicate = "Replicate,A40,Ampere,1,48,4,16,2.07,2.07\nReplicate,A40,Ampere,1,48,10,72,2.61,2.61\n"
    assert _reasons(replicate, SERVERLESS) == ["duplicate_key"] * 2


def test_serverless_prices_are_a_tier_and_a_scope_of_their_own() -> None:
    statement = _statement("Modal,A100 (40 GB),Ampere,2,40,16,80,10.92,5.45\n", SERVERLESS)
    assert statement.scope == {"service_tier": "serverless"}
    assert [(row["service_tier"], row["accelerator_count"]) for row in statement.rows] == [("serverless", 2)]
    [row] = _rows("Mystic AI,Nvidia A100,Ampere,1,80GB,0,0,$4,$4\n", SERVERLESS)
    assert (row["accelerator_id"], row["vcpu_count"]) == ("nvidia-a100-80gb", None)


def test_a_decimal_comma_shifts_the_fields_and_the_prices_show_it() -> None:
    assert _reasons("Denvr Dataworks,Gaudi2 (96 GB),Gaudi,8,96,208,1000,22.40,2,80,,\n") == ["per_gpu_not_total"]


def test_a_line_of_other_fields_than_the_header_is_refused_alone() -> None:
    statement = _statement("Denvr Dataworks,A40 (48 GB),Ampere,1,48,4,16,1,0,1,0,,x\n" + P4DE)
    assert [(one.reason, one.key) for one in statement.refused] == [("columns", {"provider": "denvr"})]
    assert len(statement.rows) == 2


def test_an_empty_field_too_many_is_none() -> None:
    assert len(_rows("Baseten,V100 (16 GB),Volta,1,16,16,61,3.67,3.67,\n", SERVERLESS)) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        (HEADER, "a header and no row"),
        (HEADER.replace("On-demand", "Price") + P4DE, "no column On-demand"),
        (HEADER + P4DE + LAMBDA[:30], "truncated"),
        ("\n\n", "empty"),
        (b"\x1f\x8b\xff\xfe", "not UTF-8"),
        (HEADER + '"' + "x" * 200_000, "not CSV"),
    ],
)
def test_a_payload_that_is_no_such_list_is_one_line_of_error(content: str | bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content, CLOUD)))
    assert "\n" not in str(raised.value)


@given(data=st.data(), name=st.sampled_from([CLOUD, SERVERLESS]))
@settings(max_examples=150)
def test_nothing_but_a_payload_error_comes_of_a_mutated_file(data: st.DataObject, name: str) -> None:
    content = list((SERVERLESS_HEADER if name == SERVERLESS else HEADER) + P4DE + LAMBDA)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from(["", ",", "\n", '"', "e9999", "-", "NaN", "\0", "9" * 40, "é"]))
    with suppress(PayloadError):
        list(parse(payload("".join(content), name)))


def test_it_is_not_asked_live_for_it_has_stood_still_since_2025() -> None:
    assert SOURCE.live is None
    assert SOURCE.freshness_limit_hours is None


@pytest.mark.shared
def test_every_recorded_list_is_read_and_each_refusal_is_explained(recorded: Path) -> None:
    statements = [statement for file in payloads(recorded, SOURCE) for statement in parse(file)]
    assert len(statements) == 85
    assert sum(len(s.rows) for s in statements) == 14_425
    assert Counter(r.reason for s in statements for r in s.refused) == {
        "accelerator_count": 73,  # RunPod.io's 54 of May 2023, and ranges
        "duplicate_key": 90,
        "known_error": 47,  # Lambda's Quadro RTX 6000 in all but the first files
        "missing_price": 6,
        "per_gpu_not_total": 962,  # CUDO's, mostly
        "unknown_accelerator": 32,  # parts of cards
    }
    assert sum(s.ignored for s in statements) == 1


@pytest.mark.shared
def test_no_a100_costs_as_little_as_a_slip_would_have_it(recorded: Path) -> None:
    rows = [row for file in payloads(recorded, SOURCE) for s in parse(file) for row in s.rows]
    lowest: dict[str, Decimal] = {}
    for row in rows:
        if str(row["accelerator_id"]).startswith("nvidia-a100") and row["purchase_model"] == "on_demand":
            price = Decimal(str(row["price_usd_per_accelerator_hour"]))
            lowest[str(row["provider"])] = min(price, lowest.get(str(row["provider"]), price))
    assert min(lowest.values()) == lowest["dataoorts"] == Decimal("0.55")
    assert sorted(lowest.values())[1] == Decimal("1.1")  # Jarvislabs and Lambda, 40 GB
