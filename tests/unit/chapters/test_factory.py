"""Pieces and machines follow the rules that the module states; public tables are read without their answers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from talentlab.chapters import factory
from talentlab.errors import DataError


def spreads(table):
    return pd.DataFrame({name: (table[name] - mean) / spread for name, (mean, spread) in factory.SETTINGS.items()})


def test_a_draw_is_repeated_by_its_seed_and_no_other():
    assert factory.draw_pieces(50, 1).equals(factory.draw_pieces(50, 1))
    assert not factory.draw_pieces(50, 1).equals(factory.draw_pieces(50, 2))
    one = factory.draw_machines(3, 20, 1)
    assert one.equals(factory.draw_machines(3, 20, 1)) and not one.equals(factory.draw_machines(3, 20, 2))
    assert list(one) == ["machine", "shift", "type", *factory.SENSORS, "fault"] and len(one) == 60


def test_the_rule_of_the_pieces_is_found_again():
    table = factory.draw_pieces(60_000, 3)
    away = spreads(table)
    away["product"] = away["melt_temperature"] * away["moisture"]
    fitted = LogisticRegression(C=1e6, max_iter=2000).fit(away, table["bad"])
    expected = [0, 0, factory.PRESSURE_EFFECT, 0, 0, factory.HOT_AND_MOIST]
    assert fitted.coef_[0] == pytest.approx(expected, abs=0.06)
    assert fitted.intercept_[0] == pytest.approx(factory.PIECE_BASE, abs=0.06)
    assert table["risk"].mean() == pytest.approx(table["bad"].mean(), abs=0.005)


def test_a_creeping_sensor_changes_what_is_read_and_nothing_else():
    calm, creeping = factory.draw_pieces(1000, 4), factory.draw_pieces(1000, 4, creep=3)
    gap = spreads(creeping)["moisture"] - spreads(calm)["moisture"]
    assert gap.iloc[0] == pytest.approx(0) and gap.iloc[-1] == pytest.approx(3) and (gap.diff()[1:] > 0).all()
    assert calm.drop(columns="moisture").equals(creeping.drop(columns="moisture"))


def test_physics_is_watts_kelvin_and_strain():
    table = pd.DataFrame(
        {
            "torque": [40.0],
            "speed": [1500.0],
            "air_temperature": [300.0],
            "process_temperature": [309.0],
            "wear": [200.0],
        }
    )
    row = factory.add_physics(table).iloc[0]
    assert row["power"] == pytest.approx(40 * 1500 * 0.104720, rel=1e-4)
    assert row["difference"] == 9 and row["strain"] == 8000


def test_machines_break_from_power_and_tools_are_replaced():
    table = factory.add_physics(factory.draw_machines(80, 120, 0))
    strong, weak = table[table["power"] > 9000]["fault"].mean(), table[table["power"] < 7000]["fault"].mean()
    assert strong > 5 * weak and 0.01 < table["fault"].mean() < 0.06
    after = table.groupby("machine")["wear"].shift(-1)[table["fault"] == 1].dropna()
    assert after.max() < 20 and table["wear"].max() < 280 + 15


def test_the_label_looks_ahead_within_a_machine():
    table = pd.DataFrame({"machine": [0, 0, 0, 0, 1, 1, 1], "fault": [0, 0, 1, 0, 1, 0, 1]})
    assert factory.within(table, 1).tolist() == [0, 1, 0, 0, 0, 1, 0]
    assert factory.within(table, 2).tolist() == [1, 1, 0, 0, 1, 1, 0]


def test_public_tables_come_without_the_answers(tmp_path):
    file = tmp_path / "ai4i.csv"
    names = "UDI,Type,Air temperature [K],Process temperature [K],Rotational speed [rpm],Torque [Nm],Tool wear [min]"
    file.write_text(f"{names},Machine failure,TWF\n1,M,298.1,308.6,1551,42.8,0,0,0\n")
    table = factory.read_ai4i(file)
    assert list(table) == [*factory.SENSORS, "type", "fault"] and table.loc[0, "speed"] == 1551
    plates = tmp_path / "plates.csv"
    plates.write_text("area,fault\n3,Stains\n")
    given, kind = factory.read_steel_plates(plates)
    assert list(given) == ["area"] and kind.tolist() == ["Stains"]
    with pytest.raises(DataError, match="Machine failure"):
        factory.read_ai4i(plates)


def test_a_heavy_load_slows_a_motor_down():
    table = factory.draw_machines(20, 100, 5)
    assert np.corrcoef(table["torque"], table["speed"])[0, 1] < -0.5
