#!/usr/bin/env python3
"""The rules of config/alerts.json a second time, with pandas: what `alerter test` is compared with.

    alerts_reference.py RECORDING FOLDER

RECORDING is a recorded day of one market. FOLDER receives ticks.jsonl, its ticks as records, and what windows_reference.py makes of
them. The output is a JSON object: `rules`, the names that stand below, and `alerts`, each change of an alert in the order of time.

Minutes and trends are those of windows_reference.py, indicators those of the libraries for technical analysis. Conditions are columns
of pandas' nullable truth values, whose `&` and `|` follow Kleene's logic as ours do.
"""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd

SCRIPTS = Path(__file__).parents[2] / "CryptoCoreTests" / "Reference"
MINUTE = 60_000


def run(script, *arguments, **options):
    return subprocess.run([sys.executable, SCRIPTS / script, *arguments], check=True, **options)


def records(path):
    return pd.DataFrame(map(json.loads, open(path)))


# ---- what the rules look at: a row for each minute


def minutes(recording, folder):
    """The final minutes of the recording with their trends and indicators, by their ends."""
    with open(folder / "ticks.jsonl", "wb") as ticks:
        run("ticks.py", recording, stdout=ticks)
    run("windows_reference.py", folder / "ticks.jsonl", folder, stdout=subprocess.DEVNULL)
    windows, trends = records(folder / "tumbling.jsonl"), records(folder / "trends.jsonl")
    bars = {name: windows[name].tolist() for name in ("close", "high", "low", "volume")}
    answer = run("indicators_reference.py", input=json.dumps(bars).encode(), stdout=subprocess.PIPE)
    libraries = json.loads(answer.stdout)
    table = windows.set_index("window_end")[["open", "close", "volume"]]
    table["change_pct"] = trends.set_index("as_of")["change_pct"]
    sources = {
        "TA-Lib": ("rsi_14", "bollinger_upper", "bollinger_lower"),
        # TA-Lib begins its MACD otherwise.
        "pandas-ta-classic": ("macd", "macd_signal"),
        "numpy": ("volume_z", "return_z"),
    }
    for library, names in sources.items():
        for name in names:
            table[name] = libraries[library][name]
    table = table.astype("Float64")
    table.index = pd.to_datetime(table.index, unit="ms")
    return table


# ---- the rules: what must hold, the value that is told, `for` and `keep_firing_for` in minutes


def crosses(a, b):
    """Above where the last that is known was not above, or below where that was not below; unknown without one before."""
    sides = (a > b).astype("Int64") - (a < b).astype("Int64")
    before = sides.ffill().shift()
    return (sides > 0) & (before <= 0) | (sides < 0) & (before >= 0)


def rules(m):
    moved = 100 * (m.close - m.open) / m.open
    last_20m = m.volume.astype(float).rolling("20min")
    return {
        "PriceMovedInAMinute": ((moved > 1) | (moved < -1), moved, 0, 5),
        "PriceMovedInSixMinutes": ((m.change_pct > 2) | (m.change_pct < -2), m.change_pct, 0, 10),
        "VolumeSpike": ((m.volume > 5 * last_20m.mean()) & (last_20m.count() >= 10), m.volume, 0, 5),
        "Oversold": (m.rsi_14 < 30, m.rsi_14, 3, 5),
        "Overbought": (m.rsi_14 > 70, m.rsi_14, 3, 5),
        "MACDCross": (crosses(m.macd, m.macd_signal), m.macd, 0, 5),
        "BandBreak": ((m.close > m.bollinger_upper) | (m.close < m.bollinger_lower), m.close, 2, 5),
        "Anomaly": (
            ((m.volume_z > 6) | (m.volume_z < -6)) & ((m.return_z > 6) | (m.return_z < -6)), m.volume_z, 0, 10,
        ),
    }


# ---- an alert's life


def changes(rule, holds, values, pending_minutes, keep_minutes):
    """Each time that the rule begins to fire or ceases to, from its truth values minute by minute."""
    since = clear_since = None
    firing = False
    for end, truth, value in zip(holds.index.as_unit("ms").asi8.tolist(), holds, values):
        if truth is pd.NA:
            continue
        alert = {"rule": rule, "as_of": end, "value": None if value is pd.NA else float(value)}
        if truth:
            clear_since = None
            since = end if since is None else since
            if not firing and end - since >= pending_minutes * MINUTE:
                firing = True
                yield alert | {"state": "firing", "since": since}
        elif not firing:
            since = None
        else:
            clear_since = end if clear_since is None else clear_since
            if end - clear_since >= keep_minutes * MINUTE:
                yield alert | {"state": "resolved", "since": since}
                since, firing = None, False


def main():
    recording, folder = sys.argv[1], Path(sys.argv[2])
    table = rules(minutes(recording, folder))
    alerts = [alert for name, rule in table.items() for alert in changes(name, *rule)]
    alerts.sort(key=lambda alert: (alert["as_of"], alert["rule"]))
    json.dump({"rules": list(table), "alerts": alerts}, sys.stdout)


main()
