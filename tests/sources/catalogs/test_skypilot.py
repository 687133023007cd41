from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.catalogs.skypilot import SOURCE, parse
from sources.clouds import karpenter_aws, karpenter_azure
from sources.names import alias
from sources.source import Origin, Payload, PayloadError, Row, Statement
from tests.sources.recorded_payloads import payload, payloads

AWS = "catalogs/v8/aws/vms.csv"
GCP = "catalogs/v8/gcp/vms.csv"
OLD = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone\n"
NEW = "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,AvailabilityZone,Price,SpotPrice\n"
SMALL = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice\n"
P4D = "p4d.24xlarge,A100,8.0,96.0,1152.0,,45.38848,45.388500,ap-northeast-2,apne2-az4\n"
M5 = "m5.large,,,2.0,8.0,,0.118,0.0431,ap-northeast-2,apne2-az4\n"


def _statements(content: str, name: str) -> list[Statement]:
    return list(parse(payload(content, name)))


def _rows(content: str, name: str) -> list[Row]:
    return [row for statement in _statements(content, name) for row in statement.rows]


def _reasons(content: str, name: str) -> list[str]:
    return [one.reason for statement in _statements(content, name) for one in statement.refused]


def test_a_line_is_an_offer_on_demand_and_one_as_spot_in_its_zone() -> None:
    [only] = _statements(OLD + P4D + M5, AWS)
    assert only.scope == {"provider": "aws", "region": "ap-northeast-2"}
    assert (only.complete, only.ignored, only.valid_at) == (True, 1, None)
    assert [(row["purchase_model"], row["price_usd_per_hour"]) for row in only.rows] == [
        ("on_demand", Decimal("45.38848")),
        ("spot", Decimal("45.388500")),  # above it by rounding alone: kept as printed
    ]
    assert {row["zone"] for row in only.rows} == {"apne2-az4"}
    assert only.rows[0]["accelerator_id"] == "nvidia-a100-sxm-40gb"
    assert only.rows[0]["price_usd_per_accelerator_hour"] == Decimal("5.673560000000")  # 45.38848 / 8
    assert (only.rows[0]["vcpu_count"], only.rows[0]["host_memory_gib"]) == (96, 1152)


def test_the_order_of_columns_does_not_matter() -> None:
    line = "p4d.24xlarge,96.0,1152.0,A100,8.0,,ap-northeast-2,apne2-az4,45.38848,45.388500\n"
    assert _rows(NEW + line, AWS) == _rows(OLD + P4D, AWS)


def test_a_line_without_a_price_is_refused_and_one_without_a_spot_price_is_no_spot_offer() -> None:
    unpriced = "p5e.48xlarge,H200,8.0,192.0,2048.0,,,,us-east-2,use2-az3\n"
    spotless = "p4d.24xlarge,A100,8.0,96.0,1152.0,,32.7726,,us-east-1,use1-az4\n"
    assert _reasons(OLD + unpriced, AWS) == ["missing_price"]
    assert [row["purchase_model"] for row in _rows(OLD + spotless, AWS)] == ["on_demand"]


def test_an_offer_of_spot_alone_is_one() -> None:
    spot = "p4d.24xlarge,A100,8.0,96.0,1152.0,,,9.5,us-east-1,use1-az4\n"
    assert [row["purchase_model"] for row in _rows(OLD + spot, AWS)] == ["spot"]


def test_one_name_for_two_chips_is_told_apart_by_the_machine() -> None:
    inf = "{}.xlarge,Inferentia,1.0,4.0,16.0,,0.7582,0.2,us-east-1,use1-az4\n"
    assert {row["accelerator_id"] for row in _rows(OLD + inf.format("inf1"), AWS)} == {"aws-inferentia1"}
    assert {row["accelerator_id"] for row in _rows(OLD + inf.format("inf2"), AWS)} == {"aws-inferentia2"}


def test_an_fpga_is_no_accelerator_and_counts_once() -> None:
    f1 = "f1.2xlarge,Virtex UltraScale (VU9P),1.0,8.0,122.0,,1.65,0.495,us-east-1,use1-az4\n"
    [only] = _statements(OLD + f1, AWS)
    assert (only.rows, only.refused, only.ignored) == ([], [], 1)


@pytest.mark.parametrize(
    ("machine", "listed", "accelerator", "count"),
    [
        ("Standard_ND96isr_H100_v5", 12, "nvidia-h100-sxm-80gb", "8"),
        ("Standard_NC40ads_H100_v5", 1, "nvidia-h100-nvl-94gb", "1"),
        ("Standard_NV4as_v4", 1, "amd-mi25-16gb", "0.125"),
    ],
)
def test_azures_counts_are_not_believed(machine: str, listed: int, accelerator: str, count: str) -> None:
    line = f"{machine},H100,{listed},96.0,1900.0,,98.32,43.2,eastus,V2\n"
    azure = OLD.replace("AvailabilityZone", "Generation")
    assert {
        (row["accelerator_id"], row["accelerator_count"]) for row in _rows(azure + line, AWS.replace("aws", "azure"))
    } == {(accelerator, Decimal(count))}


def test_a_spot_price_that_repeats_the_list_price_is_a_placeholder_on_azure_and_a_price_on_aws() -> None:
    line = "Standard_ND96isr_H100_v5,H100,12,96.0,1900.0,,98.32,98.32,eastus,V2\n"
    azure = OLD.replace("AvailabilityZone", "Generation")
    assert _reasons(azure + line, "catalogs/v5/azure/vms.csv") == ["placeholder_price"]
    assert _reasons(azure + line.replace("98.32", "0.0"), "catalogs/v5/azure/vms.csv") == ["zero_price", "zero_price"]
    assert _reasons(OLD + P4D.replace("45.388500", "45.38848"), AWS) == []


@pytest.mark.parametrize(
    ("name", "accelerator", "chips"),
    [
        ("tpu-v4-8", "google-tpu-v4", 4),
        ("tpu-v5p-12288", "google-tpu-v5p", 6144),
        ("tpu-v5litepod-4", "google-tpu-v5e", 4),
        ("tpu-v6e-256", "google-tpu-v6e", 256),
    ],
)
def test_a_tpus_name_says_its_size_in_cores_or_in_chips(name: str, accelerator: str, chips: int) -> None:
    [row] = _rows(NEW + f",,,{name},1,{name},us-central2,us-central2-b,12.88,\n", GCP)
    assert (row["sku"], row["accelerator_id"], row["accelerator_count"]) == (name, accelerator, chips)
    assert row["price_usd_per_accelerator_hour"] == (Decimal("12.88") / chips).quantize(Decimal("1e-12"))


def test_a_key_that_comes_twice_at_one_price_is_one_and_at_two_is_none() -> None:
    line = ",,,tpu-v4-8,1,tpu-v4-8,us-central2,us-central2-b,12.88,\n"
    assert len(_rows(NEW + line + line, GCP)) == 1
    assert _rows(NEW + line + line.replace("12.88", "12.9"), GCP) == []
    assert _reasons(NEW + line + line.replace("12.88", "12.9"), GCP) == ["duplicate_key"] * 2


HOST = "a2-highgpu-1g,12.0,85.0,,,,us-central1,us-central1-a,0.73948,0.29579\n"
CARD = ",,,A100,1.0,A100,us-central1,us-central1-a,2.93391,1.17357\n"


def test_googles_machine_and_card_are_rented_together() -> None:
    [on_demand, spot] = _rows(NEW + HOST + CARD, GCP)
    assert (on_demand["sku"], on_demand["accelerator_id"]) == ("a2-highgpu-1g", "nvidia-a100-sxm-40gb")
    assert on_demand["price_usd_per_hour"] == Decimal("3.67339")  # 0.73948 + 2.93391
    assert spot["price_usd_per_hour"] == Decimal("1.46936")  # 0.29579 + 1.17357
    assert on_demand["locator"] == "line 2 and line 3"
    assert _reasons(NEW + HOST + CARD, GCP) == []


def test_a_card_without_a_machine_in_its_zone_is_no_offer_nor_is_one_that_goes_on_any_machine() -> None:
    assert _reasons(NEW + CARD, GCP) == ["card_without_machine"]
    assert _reasons(NEW + HOST + CARD.replace("us-central1-a", "us-central1-b"), GCP) == ["card_without_machine"]
    assert _reasons(NEW + HOST.replace("us-central1-a", "us-central1-b") + CARD, GCP) == ["card_without_machine"]
    assert _reasons(NEW + ",,,V100,8.0,V100,us-central1,us-central1-a,19.84,5.92\n", GCP) == ["card_without_machine"]


def test_a_machine_whose_card_has_no_spot_price_is_no_spot_offer() -> None:
    assert [row["purchase_model"] for row in _rows(NEW + HOST + CARD.replace("1.17357", ""), GCP)] == ["on_demand"]


def test_the_first_versions_list_machines_without_a_part_of_their_price() -> None:
    host = "a2-highgpu-1g,,,12.0,85.0,,0.510187,0.153061,us-central1,us-central1-a\n"
    card = ",A100,1,,,A100,2.933908,0.880172,us-central1,us-central1-a\n"
    assert _reasons(OLD + host + card, "catalogs/v3/gcp.csv") == ["card_without_machine"]
    assert len(_rows(OLD + host.replace("0.510187", "0.739477") + card, "catalogs/v4/gcp/vms.csv")) == 2


@pytest.mark.parametrize(
    ("cloud", "line", "accelerator", "count"),
    [
        ("lambda", "gpu_4x_a100,A100,4.0,120.0,800.0,4.4,us-west-1,,", "nvidia-a100-pcie-40gb", 4),
        ("lambda", "gpu_8x_a100,A100,8.0,124.0,1800.0,8.8,us-west-1,,", "nvidia-a100-sxm-40gb", 8),
        ("lambda", "gpu_1x_rtx6000,RTX6000,1.0,14.0,46.0,0.5,us-west-1,,", "nvidia-quadro-rtx-6000-24gb", 1),
        ("fluidstack", "A100_PCIE_80GB::8,A100-80GB,8,252,1440.0,14.4,CANADA,,", "nvidia-a100-pcie-80gb", 8),
        ("fluidstack", "H100_NVLINK_80GB::8,H100,8,252,1440.0,23.92,CANADA,,", "nvidia-h100", 8),
        ("fluidstack", "recVvCZEsrW72yBujqC2TMGe6,H100,2,60,360.0,7.4,norway_2_eu,,", "nvidia-h100", 2),
        ("oci", "BM.GPU4.8,A100,8,128,2048,24.4,eu-frankfurt-1,,12.2", "nvidia-a100-sxm-40gb", 8),
        ("oci", "BM.GPU2.2,P100,2,56,256,2.55,eu-amsterdam-1,,", "nvidia-p100-16gb", 2),
        ("ovhcloud", "t2-180,V100-32GB,4,60,180,8.76,BHS,,", "nvidia-v100s-32gb", 4),
        ("ovhcloud", "t1-le-90,V100,2,16,90,1.55,BHS,,", "nvidia-v100-16gb", 2),
    ],
)
def test_the_machine_settles_the_form_where_it_states_one(cloud: str, line: str, accelerator: str, count: int) -> None:
    row = _rows(SMALL + line + "\n", f"catalogs/v5/{cloud}/vms.csv")[0]
    assert (row["accelerator_id"], row["accelerator_count"]) == (accelerator, count)


def test_runpods_tier_is_in_the_machines_name_and_its_memory_is_the_cards() -> None:
    header = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Region,SpotPrice,Price\n"
    line = "1x_A100-80GB_SECURE,A100-80GB,1.0,8.0,80.0,A100-80GB,CA,,1.99\n"
    [row] = _rows(header + line, "catalogs/v5/runpod/vms.csv")
    assert (row["service_tier"], row["region"], row["price_usd_per_hour"]) == ("secure", "CA", Decimal("1.99"))
    assert (row["accelerator_id"], row["host_memory_gib"], row["vcpu_count"]) == ("nvidia-a100-pcie-80gb", None, 8)


def test_noise_of_floats_makes_no_price() -> None:
    line = "recUBDR2d46CWuYeW5uWWuTpx,H100,4,128,720.0,0.6406674783999999,x,,\n"
    [row] = _rows(SMALL + line, "catalogs/v5/fluidstack/vms.csv")
    assert (row["price_usd_per_hour"], row["price_raw"]) == (Decimal("0.640667"), "0.640667")


@pytest.mark.parametrize("count", ["", "0", "-8", "nan", "many"])
def test_a_count_that_is_none_is_refused(count: str) -> None:
    line = f"gpu_1x_a10,A10,{count},30.0,200.0,0.6,us-west-1,,\n"
    assert _reasons(SMALL + line, "catalogs/v5/lambda/vms.csv") == ["accelerator_count"]


def test_a_machine_of_six_cards_in_a_series_of_eight_is_known_to_be_unknown() -> None:
    line = "Standard_ND48s_H100_v5,H100,6,48.0,950,,0.0,0.0,northcentralus,V2\n"
    azure = OLD.replace("AvailabilityZone", "Generation")
    assert _reasons(azure + line, "catalogs/v5/azure/vms.csv") == ["unknown_accelerator"] * 2
    known = alias("karpenter-azure", "Standard_ND48s_H100_v5")
    assert known is not None
    assert not known.is_settled


def test_a_name_that_nobody_settled_is_refused_not_guessed() -> None:
    assert _reasons(SMALL + "gpu_2x_a100_x,A100,2.0,30.0,200.0,2.6,us-west-1,,\n", "catalogs/v5/lambda/vms.csv") == [
        "unknown_accelerator"
    ]


def test_a_small_clouds_file_is_all_that_it_offers() -> None:
    lines = "gpu_1x_a10,A10,1.0,30.0,200.0,0.6,{},,\n"
    [only] = _statements(SMALL + lines.format("us-west-1") + lines.format("us-east-1"), "catalogs/v5/lambda/vms.csv")
    assert (only.scope, len(only.rows)) == ({"provider": "lambda"}, 2)


def test_the_cloud_is_in_the_path_of_the_origin_or_of_the_name() -> None:
    name = "2024-10-14_bb9a5b98.csv"
    content = (SMALL + "gpu-h100x1-80gb,H100,1,20,240.0,6.74,tor1,,\n").encode()
    origin = Origin(repository="OutpostLabs/seedling-catalog", path="catalogs/v5/do/vms.csv")
    [only] = parse(Payload(content, name, datetime(2024, 10, 14, tzinfo=UTC), origin))
    assert only.scope == {"provider": "digitalocean"}
    with pytest.raises(PayloadError, match="of which cloud"):
        list(parse(Payload(content, name, datetime(2024, 10, 14, tzinfo=UTC))))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        ("404: Not Found", "no column InstanceType"),
        (OLD.replace(",Price", ""), "no column Price"),
        (OLD, "no row"),
        (OLD + P4D[:40], "not as many fields"),
        (OLD + '"' + "x" * 200_000, "not CSV"),
        (b"\x1f\x8b\xff\xfe", "not UTF-8"),
    ],
)
def test_a_payload_that_is_no_catalogue_is_one_line_of_error(content: str | bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content, AWS)))
    assert "\n" not in str(raised.value)


@given(
    data=st.data(),
    name=st.sampled_from([AWS, GCP, "catalogs/v5/lambda/vms.csv", "catalogs/v8/azure/vms.csv"]),
)
@settings(max_examples=150)
def test_nothing_but_a_payload_error_comes_of_a_mutated_file(data: st.DataObject, name: str) -> None:
    content = list(OLD + P4D + M5 + HOST + CARD)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from(["", ",", "\n", '"', "e9999", "-", "NaN", "\0", "9" * 40, "é"]))
    with suppress(PayloadError):
        list(parse(payload("".join(content), name)))


def test_the_names_of_live_answers_are_read() -> None:
    assert SOURCE.live
    assert all(any(fnmatch(one.name, read) for read in SOURCE.reads) for one in SOURCE.live.addresses)


@pytest.mark.shared
def test_two_commits_of_one_day_are_two_prices(recorded: Path) -> None:
    prices = [
        row["price_usd_per_hour"]
        for file in payloads(recorded, SOURCE, "catalogs__v5__lambda__vms/2024-02-05*")
        for row in next(iter(parse(file))).rows
        if row["sku"] == "gpu_1x_h100_pcie" and row["region"] == "us-west-1"
    ]
    assert prices == [Decimal("2.49"), Decimal("1.99")]  # by name; 6c477a77 (1.99) is the earlier commit


@pytest.mark.shared
def test_zones_come_and_go_and_none_has_a_price_of_zero(recorded: Path) -> None:
    (file,) = payloads(recorded, SOURCE, "catalogs__v5__aws__vms/2022-12-31*")
    rows = [row for s in parse(file) for row in s.rows if row["sku"] == "p4d.24xlarge" and row["region"] == "us-east-1"]
    assert len({row["zone"] for row in rows if row["purchase_model"] == "on_demand"}) == 6
    assert len({row["zone"] for row in rows if row["purchase_model"] == "spot"}) == 3


@pytest.mark.shared
def test_aws_says_the_same_of_itself_as_in_karpenters_list(recorded: Path) -> None:
    (ours,) = payloads(recorded, SOURCE, "catalogs__v5__aws__vms/2024-11-03*")
    (theirs,) = payloads(recorded, karpenter_aws.SOURCE, "main/2024-10-31*")
    listed = {row["sku"]: row for statement in karpenter_aws.parse(theirs) for row in statement.rows}
    rows = [
        row
        for statement in parse(ours)
        if statement.scope["region"] == "us-east-1"
        for row in statement.rows
        if row["purchase_model"] == "on_demand" and row["sku"] in listed
    ]
    assert len({row["sku"] for row in rows}) == 70
    assert {row["sku"] for row in rows if _told(row) != _told(listed[row["sku"]])} == set()


def _told(row: Row) -> tuple[object, ...]:
    return row["price_usd_per_hour"], row["accelerator_id"], row["accelerator_count"]


@pytest.mark.shared
def test_azure_says_the_same_of_itself_as_in_karpenters_list(recorded: Path) -> None:
    (ours,) = payloads(recorded, SOURCE, "catalogs__v5__azure__vms/2023-12-08*")
    (theirs,) = payloads(recorded, karpenter_azure.SOURCE, "main/2023-12-18*")
    listed = {(row["region"], row["sku"]): row for s in karpenter_azure.parse(theirs) for row in s.rows}
    rows = [row for s in parse(ours) for row in s.rows if row["purchase_model"] == "on_demand"]
    both = [row for row in rows if (row["region"], row["sku"]) in listed]
    assert len(both) == 225
    assert [row for row in both if _told(row) != _told(listed[row["region"], row["sku"]])] == []


LONG = ("catalogs__v5__aws__vms", "catalogs__v5__gcp__vms")
"""Of the clouds with 30,000 lines a file, the files of three months of each year are read here."""


@pytest.mark.shared
def test_every_recorded_file_is_read_and_each_refusal_is_explained(recorded: Path) -> None:
    files = [
        file
        for file in payloads(recorded, SOURCE)
        if not file.name.startswith(LONG) or file.name.split("/")[1][5:7] in ("06", "09", "11")
    ]
    statements = [statement for file in files for statement in parse(file)]
    assert sum(len(s.rows) for s in statements) == 39_379
    assert Counter((s.scope["provider"], r.reason) for s in statements for r in s.refused) == {
        ("aws", "missing_price"): 2,  # p5e.48xlarge
        ("azure", "missing_price"): 31,  # MI25 in westus
        ("azure", "placeholder_price"): 11,
        ("azure", "unknown_accelerator"): 4,  # Standard_ND48s_H100_v5, which no public document knows
        ("azure", "zero_price"): 16,
        ("gcp", "card_without_machine"): 3223,
        ("gcp", "zero_price"): 48,  # tpu-v6e before it had a price
    }
