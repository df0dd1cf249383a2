import pytest

from lamplighter.metering.domain.units import flows_one_way, unit_named, usual_channel, usual_flow


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("kWh", "kWh"), ("KWH", "kWh"), (" kvarh ", "kVArh"), ("mwh", "MWh"), ("m³", "m3"),
        ("Litres", "L"), ("ML", "ML"), ("ml", None), ("", None), ("kilowatts", None),
    ],
)  # fmt: skip
def test_a_unit_is_known_by_its_letters_not_their_size(text: str, unit: str | None) -> None:
    assert unit_named(text) == unit


def test_what_is_measured_says_how_it_flows() -> None:
    assert [usual_flow(unit) for unit in ("kWh", "m3", "kVArh", "VAh", "kW")] == [
        "import", "import", "reactive-import", "apparent", "other",
    ]  # fmt: skip
    assert flows_one_way("import", "m3")
    assert not flows_one_way("other", "kWh")
    assert not flows_one_way("import", "°C")


def test_gas_and_electricity_of_one_usage_point_stay_apart() -> None:
    assert usual_channel("import", "kWh") != usual_channel("import", "m3")
    assert usual_channel("other", "kW") == "kW"
