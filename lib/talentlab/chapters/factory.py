"""Chapter 6.4's tables: moulded pieces and machines drawn by known rules, and two public tables by path."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from scipy.special import expit

from talentlab.data.numbers import read_numbers

# What is read of each moulded piece, with mean and spread of a process that is left alone.
SETTINGS = {"melt_temperature": (230.0, 4.0), "moisture": (0.080, 0.015), "hold_pressure": (620.0, 18.0),
            "cooling_time": (14.0, 0.8), "cycle_time": (31.0, 1.1)}  # fmt: skip
PIECE_BASE, PRESSURE_EFFECT, HOT_AND_MOIST = -3.0, -0.5, 1.3  # log-odds; the last one of the product of two spreads
SENSORS = ["air_temperature", "process_temperature", "speed", "torque", "wear"]
# Of each type of machine: its share, wear per shift [min], and the strain [min Nm] above which its tools break.
TYPES = {"L": (0.5, 11.0, 9000.0), "M": (0.3, 10.0, 10500.0), "H": (0.2, 9.0, 12000.0)}
_AI4I = {"Air temperature [K]": "air_temperature", "Process temperature [K]": "process_temperature",
         "Rotational speed [rpm]": "speed", "Torque [Nm]": "torque", "Tool wear [min]": "wear", "Type": "type",
         "Machine failure": "fault"}  # fmt: skip


def draw_pieces(n: int, seed: int = 0, *, creep: float = 0.0) -> pd.DataFrame:
    """Moulded pieces in the order in which they were made, with what was read and whether each is bad.

    No column matters by itself but the pressure; hot *and* moist makes bubbles, cold *and* dry leaves corners unfilled.

    Args:
        n: Pieces.
        seed: Of the draw.
        creep: What the moisture sensor shows too much at the last piece, rising from 0 at the first [spreads].

    Returns:
        The columns of `SETTINGS`, `risk` (the true probability) and `bad` (0, 1).
    """
    random = np.random.default_rng([seed, 64])
    spreads = dict(zip(SETTINGS, random.standard_normal((len(SETTINGS), n)), strict=True))
    product = spreads["melt_temperature"] * spreads["moisture"]
    risk = expit(PIECE_BASE + PRESSURE_EFFECT * spreads["hold_pressure"] + HOT_AND_MOIST * product)
    bad = (random.random(n) < risk).astype(int)
    spreads["moisture"] = spreads["moisture"] + creep * np.arange(n) / max(n - 1, 1)
    table = pd.DataFrame({name: mean + spread * spreads[name] for name, (mean, spread) in SETTINGS.items()})
    return table.assign(risk=risk, bad=bad)


def draw_machines(machines: int = 60, shifts: int = 120, seed: int = 0) -> pd.DataFrame:
    """What is read of each machine in each shift, and whether its tool breaks in it.

    Three causes, none of which is a column: too much power (torque × speed), too little cooling (a small difference of
    temperatures at low speed), too much strain (wear × torque, by type). A broken tool
    is replaced, and so is an old one.

    Args:
        machines: Their number; each has habits of its own.
        shifts: Of each machine.
        seed: Of the draw.

    Returns:
        One row per machine and shift: `machine`, `shift`, `type`, `SENSORS` [K, K, rpm, Nm, min], `fault` (0, 1).
    """
    random = np.random.default_rng([seed, 65])
    types = random.choice(list(TYPES), machines, p=[share for share, _, _ in TYPES.values()])
    parts = [_draw_machine(random, number, str(kind), shifts) for number, kind in enumerate(types)]
    return pd.concat(parts, ignore_index=True)


def _draw_machine(random: np.random.Generator, number: int, kind: str, shifts: int) -> pd.DataFrame:
    def slow(mean: float, spread: float, memory: float) -> np.ndarray:
        """Each value remembers the one before; the spread over all of time is as given."""
        steps = spread * np.sqrt(1 - memory**2) * random.standard_normal(shifts + 60)
        return mean + lfilter([1], [1, -memory], steps)[60:]

    air, load = slow(300, 2.0, 0.97), slow(random.normal(0, 0.06), 0.22, 0.93)
    torque = 40 * np.exp(load)
    speed = 1520 * np.exp(slow(random.normal(0, 0.04), 0.12, 0.95) - 0.95 * load)  # a heavy load slows a motor down
    process = air + slow(random.normal(10, 0.4), 1.0, 0.95)
    weak = random.lognormal(0, 0.6)  # some machines break more easily; no column says which
    rate, limit = TYPES[kind][1:]
    wear, fault, worn = np.empty(shifts), np.zeros(shifts, int), random.uniform(0, 200)
    power, luck = watts(torque, speed) / 1000, random.random(shifts)
    for shift in range(shifts):
        worn += rate * random.uniform(0.7, 1.3)
        wear[shift] = worn
        strain = worn * torque[shift] / limit
        heat = max(0.0, 8.9 - (process[shift] - air[shift])) * (speed[shift] < 1450)
        hazard = 0.30 * max(0.0, power[shift] - 7.8) + 0.10 * heat + 0.5 * max(0.0, strain - 1.0)
        hazard = weak * hazard + 0.001
        fault[shift] = luck[shift] < 1 - np.exp(-hazard)
        if fault[shift] or worn > 280:
            worn = 0.0
    return pd.DataFrame({"machine": number, "shift": np.arange(shifts), "type": kind, "air_temperature": air.round(1),
                         "process_temperature": process.round(1), "speed": speed.round(), "torque": torque.round(1),
                         "wear": wear.round(), "fault": fault})  # fmt: skip


def watts(torque: np.ndarray | pd.Series, speed: np.ndarray | pd.Series) -> np.ndarray | pd.Series:
    """Power of a shaft [W] from torque [Nm] and speed [turns per minute]."""
    return torque * speed * 2 * np.pi / 60


def add_physics(table: pd.DataFrame) -> pd.DataFrame:
    """The table with `power` [W], `difference` of temperatures [K] and `strain` [min Nm]: products and differences."""
    return table.assign(
        power=watts(table["torque"], table["speed"]),
        difference=table["process_temperature"] - table["air_temperature"],
        strain=table["wear"] * table["torque"],
    )


def within(table: pd.DataFrame, horizon: int) -> pd.Series:
    """1 where the machine breaks in one of the next `horizon` shifts, the present one not among them."""
    ahead = table.groupby("machine")["fault"]
    return sum(ahead.shift(-step, fill_value=0) for step in range(1, horizon + 1)).clip(upper=1).astype(int)


def read_ai4i(path: str | Path) -> pd.DataFrame:
    """AI4I 2020 (Matzka 2020, UCI): 10,000 rows of sensors that were made up by rules, and whether a machine failed.

    Returns:
        `SENSORS`, `type` and `fault`; the five columns that name the kind of failure are left out, they are the answer.

    Raises:
        DataError: If a column is missing.
    """
    table = read_numbers(path, _AI4I, f"AI4I 2020 with UCI's own names: {', '.join(_AI4I)}")
    return table.rename(columns=_AI4I)[[*SENSORS, "type", "fault"]]


def read_steel_plates(path: str | Path) -> tuple[pd.DataFrame, pd.Series]:
    """Steel Plates Faults (UCI): 27 numbers that a camera's software took of each fault, and which of seven it is.

    Raises:
        DataError: If the column `fault` is missing.
    """
    table = read_numbers(path, ["fault"], "Steel Plates Faults, with the kind of each in the column `fault`")
    return table.drop(columns="fault"), table["fault"]
