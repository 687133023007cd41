"""The index: quotes in, days out, every figure worked by hand."""

import pytest

from tests.sql.ledger import H100, Ledger, daily

SEEN = "2026-07-01 09:00"


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


# one value a provider


def test_the_median_is_over_providers_and_not_over_quotes(ledger: Ledger) -> None:
    for region in ("us", "eu", "asia"):
        ledger.quote(2.0, SEEN, provider="lambda", sku="gpu_1x_h100", region=region)
    ledger.quote(3.0, SEEN, provider="crusoe")
    ledger.quote(7.0, SEEN, provider="nebius")
    ledger.build("2026-07-02")
    # providers 2, 3, 7: p10 = 2 + 0.2 x 1 = 2.2; p90 = 3 + 0.8 x 4 = 6.2
    assert ledger.index("2026-07-01", "neocloud") == (2.2, 3.0, 6.2, 5, 3, "ok")


def test_a_providers_value_is_the_median_over_its_regions_and_skus(ledger: Ledger) -> None:
    for region, price in (("us", 2.0), ("eu", 3.0), ("asia", 10.0)):
        ledger.quote(price, SEEN, provider="lambda", sku="gpu_1x_h100", region=region)
    ledger.build("2026-07-02")
    assert ledger.median("2026-07-01") == 3.0


def test_all_is_the_median_of_the_segments_medians_in_a_range_that_holds_them(ledger: Ledger) -> None:
    for provider, price in (("lambda", 2.0), ("crusoe", 3.0), ("nebius", 4.0), ("vast", 1.0), ("aws", 7.0)):
        ledger.quote(price, SEEN, provider=provider)
    ledger.build("2026-07-02")
    # neocloud 3, marketplace 1, hyperscaler 7; the range is that of the segments' ranges: 1 to 1, 2.2 to 3.8, 7 to 7
    assert ledger.index("2026-07-01", "all") == (1.0, 3.0, 7.0, 5, 5, "ok")
    assert ledger.median("2026-07-01", market="hyperscaler") == 7.0


def test_a_provider_that_nobody_has_placed_counts_as_a_neocloud_and_is_listed(ledger: Ledger) -> None:
    ledger.quote(2.0, SEEN, provider="newcomer")
    ledger.build("2026-07-02")
    assert ledger.median("2026-07-01", market="neocloud") == 2.0
    assert ledger.rows("FROM provider_without_market") == [("newcomer",)]


# which quotes count


def test_a_summary_without_region_and_sku_does_not_count_beside_the_providers_list(ledger: Ledger) -> None:
    ledger.quote(6.88, SEEN, source="copy", provider="aws", sku="p5.48xlarge", region="us-east-1", count=8)
    ledger.quote(12.29, SEEN, provider="aws")
    ledger.quote(2.0, SEEN, provider="lambda")
    ledger.build("2026-07-02")
    assert ledger.median("2026-07-01", market="hyperscaler") == 6.88
    assert ledger.median("2026-07-01", market="neocloud") == 2.0


def test_a_summary_does_not_step_in_when_the_list_has_become_old(ledger: Ledger) -> None:
    ledger.quote(6.88, SEEN, source="copy", provider="aws", sku="p5.48xlarge", region="us-east-1", count=8)
    ledger.quote(12.29, *daily("2026-07-01", 100), provider="aws")
    ledger.build("2026-12-31")
    assert ledger.state("2026-09-14") == "stale"  # 75 days after the list was seen
    assert ledger.index("2026-09-15") is None
    assert ledger.rows("SELECT DISTINCT CAST(median AS DOUBLE) FROM provider_price_daily") == [(6.88,)]


def test_a_share_of_a_card_does_not_count(ledger: Ledger) -> None:
    ledger.quote(9.0, SEEN, provider="aws", sku="slice", region="us", count=0.5)
    ledger.quote(2.0, SEEN, provider="aws", sku="whole", region="us", count=8)
    ledger.build("2026-07-02")
    assert ledger.index("2026-07-01", "hyperscaler")[1:4] == (2.0, 2.0, 1)


def test_a_quote_without_a_price_does_not_count(ledger: Ledger) -> None:
    ledger.quote(None, SEEN, provider="gmicloud")
    ledger.quote(2.0, SEEN, provider="lambda")
    ledger.build("2026-07-02")
    assert ledger.index("2026-07-01", "neocloud")[3:5] == (1, 1)


def test_what_users_loaded_themselves_stays_out(ledger: Ledger) -> None:
    ledger.quote(1.0, SEEN, source="mine", provider="lambda", sku="my-discount", region="us")
    ledger.quote(2.0, SEEN, provider="crusoe")
    ledger.build("2026-07-02")
    assert ledger.index("2026-07-01", "neocloud")[1:5] == (2.0, 2.0, 1, 1)


def test_a_suspect_quote_stays_out(ledger: Ledger) -> None:
    for provider, price in (("lambda", 2.0), ("crusoe", 3.0), ("nebius", 4.0), ("runpod", 0.5)):
        ledger.quote(price, SEEN, provider=provider)
    ledger.build("2026-07-02")
    assert ledger.index("2026-07-01", "neocloud")[1:5] == (3.0, 3.8, 3, 3)


def test_of_two_sources_of_one_offer_the_one_seen_last_counts(ledger: Ledger) -> None:
    offer = {"provider": "lambda", "sku": "gpu_8x_h100", "region": "us"}
    ledger.quote(3.0, "2026-07-01 09:00", source="own", **offer)
    ledger.quote(2.5, "2026-07-03 09:00", source="panel", **offer)
    ledger.build("2026-07-04")
    assert ledger.median("2026-07-02") == 3.0
    assert ledger.index("2026-07-03")[1:4] == (2.5, 2.5, 1)


def test_within_24_hours_the_better_kind_of_source_counts_and_then_the_name(ledger: Ledger) -> None:
    offer = {"provider": "lambda", "sku": "gpu_8x_h100", "region": "us"}
    ledger.quote(3.0, "2026-07-01 09:00", source="own", **offer)
    ledger.quote(2.5, "2026-07-02 08:00", source="panel", **offer)
    ledger.build("2026-07-03")
    assert ledger.median("2026-07-02") == 3.0


# days


def test_a_price_counts_from_the_day_it_is_seen_until_the_day_it_is_seen_otherwise(ledger: Ledger) -> None:
    ledger.quote(12.29, "2025-04-28 13:22", until="2025-06-23 13:18", provider="aws", sku="p5", region="us", count=8)
    ledger.quote(6.88, "2025-06-23 13:18", provider="aws", sku="p5", region="us", count=8)
    ledger.build("2025-07-31")
    assert ledger.index("2025-04-27") is None
    assert [ledger.median(f"2025-06-{day}") for day in (22, 23)] == [12.29, 6.88]


def test_an_offer_that_ends_leaves_a_gap_and_returns(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01 09:00", until="2026-07-03 09:00")
    ledger.quote(3.0, "2026-07-06 09:00")
    ledger.build("2026-07-07")
    days = [ledger.index(f"2026-07-0{day}") for day in (2, 3, 5, 6)]
    assert [(day[1], day[5]) for day in days] == [(2.0, "thin"), (None, "gap"), (None, "gap"), (3.0, "thin")]


def test_three_providers_seen_within_seven_days_are_ok_and_two_are_thin_and_none_is_stale(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01 23:00", provider="lambda")
    ledger.quote(3.0, "2026-07-02 01:00", provider="crusoe")
    ledger.quote(4.0, "2026-07-04 01:00", provider="nebius")
    ledger.build("2026-12-31")
    states = {day: ledger.state(f"2026-07-{day}") for day in ("03", "04", "08", "09", "11", "12")}
    # seen on the 1st, 2nd and 4th: within 7 days until the 8th, 9th and 11th
    assert states == {"03": "thin", "04": "ok", "08": "ok", "09": "thin", "11": "thin", "12": "stale"}
    assert ledger.index("2026-07-12")[1:5] == (3.0, 3.8, 3, 3)


def test_rows_run_from_the_first_sighting_to_75_days_past_the_last_and_no_further(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-01-01 09:00")
    ledger.build("2026-12-31")
    # 75 days after 1 January is 17 March
    found = ledger.rows("SELECT min(day), max(day), count(*) FROM price_index_daily WHERE market = 'all'")
    assert [str(part) for part in found[0]] == ["2026-01-01", "2026-03-17", "76"]
    assert ledger.state("2026-03-17") == "stale"


def test_more_than_75_days_unseen_is_a_gap_that_nothing_fills(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-01-01 09:00", "2026-06-01 09:00")
    ledger.build("2026-06-02")
    assert ledger.index("2026-03-18") == (None, None, None, 0, 0, "gap")
    assert ledger.index("2026-06-01")[1:] == (2.0, 2.0, 1, 1, "thin")


def test_the_age_is_from_the_newest_sighting_to_the_close_of_the_day(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01 18:00")
    ledger.build("2026-07-31")
    ages = ledger.rows("SELECT newest_observation_age_hours FROM price_index_daily WHERE market = 'all' ORDER BY day")
    assert [age for (age,) in ages[:2]] == [6.0, 30.0]


# what was known


def test_price_index_at_knows_only_what_was_on_record(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01 09:00", "2026-07-02 09:00", until="2026-07-03 09:00", known_from="2026-07-01 09:00")
    ledger.quote(3.0, "2026-07-03 09:00", recorded="2026-07-20 09:00", known_from="2026-07-20 09:00")
    ledger.con.execute(
        "UPDATE rental_price_version SET valid_to = NULL, known_to = '2026-07-20 09:00' WHERE version_id = 1"
    )
    ledger.con.execute(
        "INSERT INTO rental_price_version SELECT * REPLACE (3 AS version_id, TIMESTAMP '2026-07-03 09:00' AS valid_to,"
        " TIMESTAMP '2026-07-20 09:00' AS known_from, NULL AS known_to) FROM rental_price_version WHERE version_id = 1"
    )
    ledger.build("2026-07-31")
    assert ledger.median("2026-07-04") == 3.0
    asked = "SELECT CAST(median AS DOUBLE) FROM price_index_at({}) WHERE day = '2026-07-04' AND market = 'all'"
    assert ledger.rows(asked.format("TIMESTAMP '2026-07-19'")) == [(2.0,)]
    assert ledger.rows(asked.format("TIMESTAMP '2026-07-21'")) == [(3.0,)]


def test_price_index_at_answers_alike_in_every_time_zone(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01 09:00")
    ledger.quote(3.0, "2026-07-01 20:00", provider="crusoe")
    ledger.build("2026-07-02")
    query = "SELECT day, median, provider_count FROM price_index_at({}) ORDER BY ALL"
    answers = set()
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        ledger.con.execute(f"SET TimeZone = '{zone}'")
        for moment in ("TIMESTAMP '2026-07-01 12:00'", "TIMESTAMPTZ '2026-07-01 12:00+00'"):
            answers.add(str(ledger.rows(query.format(moment))))
    assert len(answers) == 1
    assert "Decimal('2.000000000000'), 1" in answers.pop()


def test_the_order_of_loading_changes_nothing() -> None:
    quotes = [(2.0, "lambda"), (3.0, "crusoe"), (0.4, "runpod"), (4.0, "nebius"), (1.0, "vast")]
    answers = []
    for order in (quotes, quotes[::-1]):
        ledger = Ledger()
        for price, provider in order:
            ledger.quote(price, SEEN, provider=provider)
        answers.append(ledger.build("2026-07-09").rows("FROM price_index_daily ORDER BY ALL"))
    assert answers[0] == answers[1]


# months


def test_a_month_is_the_median_of_its_ok_and_thin_days_and_its_end_the_last_day_with_a_value(ledger: Ledger) -> None:
    quote = {"source": "copy", "provider": "aws", "sku": "p5.48xlarge", "region": "us-east-1", "count": 8}
    ledger.quote(12.29, "2025-04-28 13:22", until="2025-06-23 13:18", **quote)
    ledger.quote(6.88, "2025-06-23 13:18", **quote)
    ledger.build("2025-07-31")
    months = (
        "SELECT CAST(month AS VARCHAR), CAST(median AS DOUBLE), state, CAST(month_end_median AS DOUBLE)"
        " FROM {} {} ORDER BY month"
    )
    own = ledger.rows(months.format("provider_price_monthly", "WHERE provider = 'aws'"))
    assert own == [
        ("2025-04-01", 12.29, "thin", 12.29),  # 28 to 30 April
        ("2025-05-01", 12.29, "thin", 12.29),  # fresh until the 5th, and stale after
        ("2025-06-01", 6.88, "thin", 6.88),  # stale until the 22nd: those days do not count
        ("2025-07-01", 6.88, "stale", 6.88),  # last seen on 23 June
    ]
    assert own == ledger.rows(months.format("price_index_monthly", "WHERE market = 'hyperscaler'"))
    # the cut of June 2025, at month ends: 6.88 / 12.29 - 1 = -44.0 %
    assert own[2][3] / own[1][3] - 1 == pytest.approx(-0.440, abs=0.0005)


def test_a_month_without_any_value_is_a_gap(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-01-01 09:00", "2026-06-01 09:00")
    ledger.build("2026-06-02")
    for relation, where in (
        ("price_index_monthly", "market = 'all'"),
        ("provider_price_monthly", f"accelerator_id = '{H100}'"),
    ):
        found = ledger.rows(f"SELECT median, state, month_end FROM {relation} WHERE month = '2026-04-01' AND {where}")
        assert found == [(None, "gap", None)]
