#!/usr/bin/env python3
"""The whole trainer beside scikit-learn's fit of the same file, both on one thread: trainer_speed.py TRAINER [ROWS [ROUNDS]].

The file has ROWS (160,000) rows of the preset direction, `price,quantity,is_buy,target`, made up with a fixed seed. In each round both
are run once, in turn. Counted is CPU time, as both have one thread and the machine may have other work: of scikit-learn that of the fit
alone, without reading the file; of the trainer that of the whole process. Prints Markdown; exit 1 where the trainer is less than ten times as fast by the medians.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier


def make(path, rows):
    """Prices on a walk, lognormal quantities; up after a buy and small quantities, mostly."""
    random = np.random.default_rng(7)
    price = np.round(60_000 + np.cumsum(random.normal(0, 4, rows)), 1)
    quantity = np.round(random.lognormal(-3, 1.5, rows), 5).clip(1e-5)
    is_buy = random.integers(0, 2, rows)
    score = 0.8 * (is_buy - 0.5) - 0.15 * np.log(quantity) + 0.3 * np.sin(price / 40) - 0.9
    target = (random.random(rows) < 1 / (1 + np.exp(-score))).astype(int)
    frame = pd.DataFrame({"price": price, "quantity": quantity, "is_buy": is_buy, "target": target})
    frame.to_csv(path, index=False)


def main():
    trainer = sys.argv[1]
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 160_000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    seconds = {"scikit-learn, fit alone": [], "trainer, from start to end": []}
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "rows.csv"
        make(path, rows)
        frame = pd.read_csv(path)
        x, y = frame[["price", "quantity", "is_buy"]].to_numpy(np.float32), frame["target"].to_numpy()
        words = ["--preset", "direction", "--from", f"csv:{path}", "--models", f"{work}/models", "--threads", "1"]
        for _ in range(rounds):
            forest = RandomForestClassifier(
                n_estimators=100, max_depth=10, min_samples_leaf=5, max_features="sqrt", random_state=0, n_jobs=1)
            start = time.process_time()
            forest.fit(x, y)
            seconds["scikit-learn, fit alone"].append(time.process_time() - start)
            start = children()
            subprocess.run(
                [trainer, *words, "--evaluate", "none", "--log-level", "error"], check=True, stdout=subprocess.DEVNULL)
            seconds["trainer, from start to end"].append(children() - start)
        leaves = sum(tree.get_n_leaves() for tree in forest.estimators_)
        card = json.loads((Path(work) / "models/direction/1/card.json").read_text())
    print(f"| {rows:,} rows, one thread, s of CPU | " + " | ".join(f"round {i + 1}" for i in range(rounds)) + " | median |")
    print("|---|" + "--:|" * (rounds + 1))
    for name, values in seconds.items():
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + f" | {statistics.median(values):.2f} |")
    ratio = statistics.median(seconds["scikit-learn, fit alone"]) / statistics.median(seconds["trainer, from start to end"])
    print(f"\n{ratio:.1f} times as fast; {card['forest']['leaves']:,} leaves, scikit-learn {leaves:,}")
    return 0 if ratio >= 10 else 1


def children():
    """User and system time of the programs that were run and have ended. Units: s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
