#!/usr/bin/env python3
"""The model's tables on bitFlyer's days, ours beside scikit-learn's: bitflyer_tables.py DATA_FOLDER TRAINER [--train N] [--test N].

DATA_FOLDER holds BTC_JPY-executions-DATE.csv.gz. The last TEST days are what both are judged by, the TRAIN days before them what they
learn from. scikit-learn's side is calculated here, from the executions, by the definitions in config/MODELS.md and none of our code;
ours is `TRAINER --evaluate holdout:Nd` on the same executions as ticks. Prints Markdown; exit 1 where the two differ by more
than the tolerances below.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score, log_loss, matthews_corrcoef, roc_auc_score

sys.path.insert(0, str(Path(__file__).parent))
import bitflyer_ticks  # noqa: E402

MINUTE, HOUR = 60_000, 3_600_000
BAND = 1e-4
# Ours less scikit-learn's. Rows and shares are equal, rules to 4 digits.
TOLERANCES = {"direction": {"auc": 0.003, "log_loss": 0.002}, "horizon": {"auc": 0.008, "log_loss": 0.004}}
# Of the leaves, as a share of scikit-learn's.
LEAVES = 0.05
# scikit-learn's fit takes at least so many times the CPU seconds of the whole trainer, which reads the ticks too; on 500,000 rows or more.
SPEED = {"direction": 15}


def load(paths):
    """The executions as history: without those that lack a time or a side, each id once, by time and id."""
    frame = pd.concat([pd.read_csv(path) for path in paths], ignore_index=True)
    frame = frame.dropna(subset=["exec_ms", "side"]).drop_duplicates("id", keep="first")
    frame["exec_ms"] = frame["exec_ms"].astype("int64")
    frame = frame.sort_values(["exec_ms", "id"], kind="stable")
    return pd.DataFrame(
        {
            "time": frame["exec_ms"].to_numpy(),
            "price": frame["price"].to_numpy(float),
            "size": frame["size"].to_numpy(float),
            "buy": (frame["side"] == "BUY").to_numpy(),
        }
    )


def direction(trades):
    """Features, target, rules (name, sign) of the preset direction."""
    price, time_ms = trades["price"].to_numpy(), trades["time"].to_numpy()
    keep = np.diff(time_ms) <= MINUTE
    x = np.column_stack([price, trades["size"], trades["buy"]])[:-1][keep]
    y = (np.diff(price) > 0)[keep]
    before = np.sign(np.diff(price, prepend=price[0]))[:-1][keep]
    side = np.where(trades["buy"], 1, -1)[:-1][keep]
    return x, y, [("side persistence", side), ("return reversal", -before)]


def minutes(trades):
    """What each minute with trades holds, in order."""
    trades = trades.assign(minute=trades["time"] // MINUTE, amount=trades["price"] * trades["size"])
    trades["buy_size"] = trades["size"].where(trades["buy"], 0)
    trades["last_buy"] = trades["price"].where(trades["buy"]).ffill()
    trades["last_sell"] = trades["price"].where(~trades["buy"]).ffill()
    return trades.groupby("minute").agg(
        avg=("price", "mean"), close=("price", "last"), volume=("size", "sum"), amount=("amount", "sum"),
        buys=("buy_size", "sum"), count=("price", "size"), side=("buy", "last"), bid=("last_buy", "last"), ask=("last_sell", "last"),
    )


def horizon(trades):
    """The same of the preset horizon."""
    table = minutes(trades)
    full = table.reindex(np.arange(table.index.min() - 7, table.index.max() + 8))
    average = full["avg"]
    mid = (full["bid"] + full["ask"]) / 2
    log = {k: np.log(average / average.shift(k)) for k in range(1, 7)}
    steps = np.log(average / average.shift(1)) ** 2
    sums = full[["amount", "volume", "count"]].rolling(6).sum()
    buys, volume = full["buys"], full["volume"]
    frame = pd.DataFrame({f"r{k}": log[k] for k in log})
    frame["vol"] = np.sqrt(steps.rolling(6).sum())
    frame["svr"] = (2 * buys - volume) / volume
    frame["vwapd"] = np.log(mid / (sums["amount"] / sums["volume"]))
    frame["count"], frame["count6"] = full["count"], sums["count"]
    frame["hour"] = (full.index + 1) // 60 % 24
    frame["side"] = np.where(full["side"] == True, 1.0, -1.0)  # noqa: E712 - missing minutes are no bool
    frame["x"] = np.log(average.shift(-1) / mid)
    frame["over"] = np.sign(full["close"] - average)
    there = average.notna()
    complete = np.logical_and.reduce([there.shift(k, fill_value=False) for k in range(-1, 7)]) & mid.notna()
    rows = frame[complete & (frame["x"].abs() > BAND)]
    x = rows.drop(columns=["x", "over"]).to_numpy()
    rules = [
        ("side persistence", rows["side"].to_numpy()),
        ("return reversal", -np.sign(rows["r1"].to_numpy())),
        ("close over average", rows["over"].to_numpy()),
    ]
    return x, (rows["x"] > 0).to_numpy(), rules


def fitted(sign, y, test_sign):
    """The probability that a rule says, fitted: the share of y among the training rows of the same value."""
    shares = {value: y[sign == value].mean() for value in np.unique(sign)}
    return np.array([shares.get(value, y.mean()) for value in test_sign])


def judged(y, p, threshold):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    says = p > threshold
    return {
        "auc": roc_auc_score(y, p), "log_loss": log_loss(y, p), "balanced_accuracy": balanced_accuracy_score(y, says),
        "mcc": matthews_corrcoef(y, says),
    }


def reference(preset, train, test, seeds):
    """scikit-learn's numbers: rows, shares, leaves, CPU seconds, and metrics by name."""
    x, y, rules = preset(train)
    tx, ty, test_rules = preset(test)
    found = {"train_rows": len(y), "test_rows": len(ty), "train_share": y.mean(), "test_share": ty.mean(), "rules": {}, "forests": []}
    for (name, sign), (_, test_sign) in zip(rules, test_rules):
        found["rules"][name] = {
            "raw_auc": roc_auc_score(ty, test_sign), **judged(ty, fitted(sign, y, test_sign), y.mean()),
        }
    for seed in seeds:
        forest = RandomForestClassifier(
            n_estimators=100, max_depth=10, min_samples_leaf=5, max_features="sqrt", random_state=seed, n_jobs=1)
        start = time.process_time()
        forest.fit(x.astype(np.float32), y)
        seconds = time.process_time() - start
        p = forest.predict_proba(tx.astype(np.float32))[:, 1]
        leaves = sum(tree.get_n_leaves() for tree in forest.estimators_)
        found["forests"].append({"leaves": leaves, "cpu_seconds": seconds, **judged(ty, p, y.mean())})
    return found


def run(trainer, preset, folder, models, seed, *words):
    """Trains a version of a model; what its card says, and the CPU seconds of the whole process."""
    name = f"{preset}-{seed}"
    command = [trainer, "--preset", preset, "--from", f"csv:{folder}", "--models", models, "--name", name, "--seed", str(seed)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([*command, "--threads", "1", "--log-level", "error", *words], check=True, stdout=subprocess.DEVNULL)
    version = (Path(models) / name / "current").read_text().strip()
    card = json.loads((Path(models) / name / version / "card.json").read_text())
    return card, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def ours(trainer, preset, folder, models, days, start, seed):
    """What our card says of the same days: the whole JSON object, with leaves and CPU seconds of the days that teach alone."""
    card, _ = run(trainer, preset, folder, models, seed, "--evaluate", f"holdout:{days}d")
    until = datetime.fromtimestamp(start / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%MZ")
    taught, seconds = run(trainer, preset, folder, models, seed, "--until", until, "--evaluate", "none")
    return card | {"taught_leaves": taught["forest"]["leaves"], "cpu_seconds": seconds}


def entry(card, name, kind):
    found = [one for one in card["evaluation"]["forecasters"] if (one["name"], one["kind"]) == (name, kind)]
    return {metric: found[0][metric]["value"] for metric in ("auc", "log_loss", "balanced_accuracy", "mcc")} | {
        "auc_hours": found[0]["auc"].get("by_hours")
    }


class Report:
    """Prints the rows of a table, and keeps what lies outside the tolerances."""

    def __init__(self):
        self.wrong = []

    def row(self, *cells):
        print("| " + " | ".join(cells) + " |")

    def check(self, what, mine, theirs, tolerance):
        if abs(mine - theirs) > tolerance:
            self.wrong.append(f"{what}: {mine} against {theirs}")


def numbers(values):
    return [f"{values[metric]:.4f}" for metric in ("auc", "log_loss", "balanced_accuracy", "mcc")]


def compare(report, name, found, cards):
    """The table of one preset."""
    first = cards[0]["evaluation"]
    train = first["folds"][0]
    print(
        f"\n`{name}`: {train['train_rows']:,} rows ({train['train_up_share']:.2%} of target 1) teach, "
        f"{train['test_rows']:,} ({train['test_up_share']:.2%}) ask\n"
    )
    for what, mine in [("train_rows", train["train_rows"]), ("test_rows", train["test_rows"])]:
        report.check(f"{name} {what}", mine, found[what], 0)
    for what, mine in [("train_share", train["train_up_share"]), ("test_share", train["test_up_share"])]:
        report.check(f"{name} {what}", mine, found[what], 1e-9)
    report.row(name, "", "AUC", "log loss", "balanced accuracy", "MCC")
    report.row("---", "---", *["--:"] * 4)
    for rule, theirs in found["rules"].items():
        mine = entry(cards[0], rule, "fitted rule")
        raw = entry(cards[0], rule, "rule")["auc"]
        report.row(f"{rule}, fitted (as it is: AUC {raw:.4f})", "ours", *numbers(mine))
        report.row("", "calculated", *numbers(theirs))
        report.check(f"{name} {rule}", raw, theirs["raw_auc"], 5e-5)
        for metric in ("auc", "log_loss", "balanced_accuracy", "mcc"):
            report.check(f"{name} {rule} fitted {metric}", mine[metric], theirs[metric], 5e-5)
    mine = [entry(card, "forest", "model") for card in cards]
    for seed, values in enumerate(mine):
        low, high = values["auc_hours"]
        size = f"{cards[seed]['taught_leaves']:,} leaves, {cards[seed]['cpu_seconds']:.2f} s for the whole program"
        report.row(f"forest, seed {seed} ({size}; hours {low:.4f} to {high:.4f})", "ours", *numbers(values))
    for seed, values in enumerate(found["forests"]):
        report.row(f"forest, seed {seed} ({values['leaves']:,} leaves, {values['cpu_seconds']:.1f} s to fit)", "scikit-learn", *numbers(values))
    for metric, tolerance in TOLERANCES[name].items():
        means = [np.mean([values[metric] for values in side]) for side in (mine, found["forests"])]
        report.check(f"{name} forest {metric}", *means, tolerance)
    for card, values in zip(cards, found["forests"]):
        report.check(f"{name} leaves", card["taught_leaves"], values["leaves"], LEAVES * values["leaves"])
    if name in SPEED and train["train_rows"] > 500_000:
        ours_seconds, theirs_seconds = (sum(one["cpu_seconds"] for one in side) for side in (cards, found["forests"]))
        if ours_seconds * SPEED[name] > theirs_seconds:
            report.wrong.append(f"{name}: the trainer took {ours_seconds:.2f} s of CPU time, scikit-learn's fit {theirs_seconds:.1f} s")
    print(f"\n{cards[0]['verdict']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("trainer")
    parser.add_argument("--train", type=int, default=5)
    parser.add_argument("--test", type=int, default=2)
    parser.add_argument("--presets", nargs="+", default=["direction", "horizon"])
    options = parser.parse_args()
    paths = sorted(options.data.glob("BTC_JPY-executions-*.csv.gz"))[-options.train - options.test :]
    trades = load(paths)
    # Where the last hour ends, the days are counted back from: some executions are in the file of the next day.
    start = (trades["time"].max() // HOUR + 1) * HOUR - options.test * 24 * HOUR
    train, test = trades[trades["time"] < start], trades[trades["time"] >= start]
    report = Report()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "ticks"
        folder.mkdir()
        for path in paths:
            bitflyer_ticks.write(folder, path)
        for name, preset, seeds in [("direction", direction, [0]), ("horizon", horizon, [0, 1, 2])]:
            if name in options.presets:
                found = reference(preset, train, test, seeds)
                cards = [ours(options.trainer, name, folder, Path(work) / "models", options.test, start, seed) for seed in seeds]
                compare(report, name, found, cards)
    for problem in report.wrong:
        print(f"differs: {problem}", file=sys.stderr)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
