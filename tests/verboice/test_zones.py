"""Time zones by the names that Rails has for them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from connectors.verboice.zones import DRIFTED, RAILS_ZONES, drift_of, identifier_of


def test_all_rails_names_stand_for_zones_that_exist():
    assert len(RAILS_ZONES) == 144
    assert all(ZoneInfo(identifier) for identifier in RAILS_ZONES.values())
    assert set(DRIFTED) <= set(RAILS_ZONES)


@pytest.mark.parametrize(
    ("zone", "identifier"),
    [
        ("Bangkok", "Asia/Bangkok"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("Kyiv", "Europe/Kiev"),
        ("UTC", "Etc/UTC"),
        ("Asia/Phnom_Penh", "Asia/Phnom_Penh"),
        ("Etc/GMT+3", "Etc/GMT+3"),
        ("EST", "EST"),
        ("GMT", "GMT"),
    ],
)
def test_zones_that_verboice_accepts(zone: str, identifier: str):
    assert identifier_of(zone) == identifier


@pytest.mark.parametrize(
    "zone", ["buenos aires", "utc", "Z", "-3", "+03:00", "Europe/Kyiv", "America/Nuuk", "", "Mars"]
)
def test_zones_that_verboice_refuses(zone: str):
    assert identifier_of(zone) is None


def test_a_zone_whose_rules_changed_since_2018_says_so_under_both_names():
    assert "January and July" in (drift_of("Almaty") or "")
    assert "July" in (drift_of("America/Mexico_City") or "")
    assert drift_of("Bangkok") is None
    assert drift_of("Mars") is None
