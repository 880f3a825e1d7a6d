#!/usr/bin/env python3
"""Forests through the trainer's command line and ONNX, both ways: onnx_commands.py TRAINER.

A forest that scikit-learn grew comes in by `--import` as skl2onnx wrote it, for an array and for a DataFrame, and goes out by `--export FILE.onnx --of NAME:VERSION`; a
forest that the trainer grew goes out. Whatever goes out is asked by ONNX Runtime. Exit 1 where a probability of the first two is not
scikit-learn's, where the two ways to export differ, or where the trainer takes what it should refuse.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from skl2onnx import to_onnx
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# ONNX Runtime answers in float32, and skl2onnx keeps shares in it.
TOLERANCE = 1e-6


def rows(count, seed):
    """Trades whose next price follows the side in seven of ten."""
    random = np.random.default_rng(seed)
    buy = random.random(count) < 0.5
    y = np.where(random.random(count) < 0.7, buy, ~buy)
    x = np.column_stack([random.integers(9_000, 11_000, count) / 10, random.exponential(1, count), buy]).astype(np.float32)
    return x, y.astype(int)


def write(path, x, y):
    lines = [f"{price},{quantity},{int(buy)},{target}" for (price, quantity, buy), target in zip(x, y)]
    path.write_text("\n".join(["price,quantity,is_buy,target", *lines]) + "\n")


def trainer(program, folder, *words):
    return subprocess.run([program, *words], cwd=folder, capture_output=True, text=True)


def asked(path, x):
    """What ONNX Runtime says of rows."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"features": x.astype(np.float64)})[0][:, 1]


def frame(x, columns=("price", "quantity", "is_buy")):
    """The rows as a DataFrame, each column of a type of its own."""
    whole = pd.DataFrame({"price": x[:, 0], "quantity": x[:, 1].astype(np.float64), "is_buy": x[:, 2] > 0})
    return whole[list(columns)]


def passing(x, y, columns):
    """A forest that a DataFrame asks, as an ONNX file with an input a column, which stand in it as `frame` has them."""
    first = ColumnTransformer([("all", "passthrough", list(columns))])
    model = make_pipeline(first, RandomForestClassifier(n_estimators=20, max_depth=8, min_samples_leaf=5, random_state=1))
    model.fit(frame(x), y)
    return model, to_onnx(model, frame(x[:1]), options={id(model): {"zipmap": False}}).SerializeToString()


def main():
    program, wrong = Path(sys.argv[1]).resolve(), []
    (x, y), (tx, ty) = rows(20_000, 1), rows(5_000, 2)
    forest = RandomForestClassifier(n_estimators=50, max_depth=10, min_samples_leaf=5, random_state=0).fit(x, y)
    scaled = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=5, max_depth=3)).fit(x, y)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "rows.csv", np.concatenate([x, tx]), np.concatenate([y, ty]))
        for model, file in [(forest, "theirs.onnx"), (scaled, "scaled.onnx")]:
            made = to_onnx(model, x[:1], options={id(model): {"zipmap": False}})
            (folder / file).write_bytes(made.SerializeToString())
        framed, made = passing(x, y, ["price", "quantity", "is_buy"])
        (folder / "framed.onnx").write_bytes(made)
        (folder / "turned.onnx").write_bytes(passing(x, y, ["is_buy", "price", "quantity"])[1])
        steps = [
            ["--import", "theirs.onnx", "--preset", "direction", "--name", "theirs", "--from", "csv:rows.csv", "--evaluate", "holdout:0.2"],
            ["--export", "again.onnx", "--of", "theirs:1"],
            ["--import", "framed.onnx", "--preset", "direction", "--name", "framed"],
            ["--export", "framed-again.onnx", "--of", "framed:1"],
            ["--preset", "direction", "--name", "ours", "--from", "csv:rows.csv", "--evaluate", "none", "--export", "ours.onnx"],
            ["--export", "ours-again.onnx", "--of", "ours:1"],
        ]
        for words in steps:
            result = trainer(program, folder, *words)
            if result.returncode != 0:
                sys.exit(f"trainer {' '.join(words)}: exit {result.returncode}\n{result.stderr}")
        for what, file, theirs in [
            ("an array", "again.onnx", forest.predict_proba(tx)[:, 1]),
            ("a DataFrame", "framed-again.onnx", framed.predict_proba(frame(tx))[:, 1]),
        ]:
            difference = np.abs(asked(folder / file, tx) - theirs).max()
            print(f"scikit-learn's forest of {what} through the trainer: {len(tx):,} probabilities, largest difference {difference:.1e}")
            if not difference < TOLERANCE:
                wrong.append(f"the imported forest of {what} says something else than scikit-learn's")
        if (folder / "ours.onnx").read_bytes() != (folder / "ours-again.onnx").read_bytes():
            wrong.append("the two ways to export a version differ")
        if asked(folder / "ours.onnx", tx)[tx[:, 2] == 1].mean() < 0.6:
            wrong.append("the exported forest has not learned what its rows say")
        result = trainer(program, folder, "--import", "scaled.onnx", "--preset", "direction", "--name", "scaled")
        print(f"a pipeline: exit {result.returncode}, {result.stderr.strip()[-200:]}")
        if result.returncode != 1 or "does something to the rows (Scaler)" not in result.stderr or (folder / "models/scaled").exists():
            wrong.append("a pipeline that scales its rows is not refused")
        result = trainer(program, folder, "--import", "turned.onnx", "--preset", "direction", "--name", "turned")
        print(f"columns in another order: exit {result.returncode}, {result.stderr.strip()[-200:]}")
        if result.returncode != 1 or "of the features is_buy, price, quantity" not in result.stderr or (folder / "models/turned").exists():
            wrong.append("a forest whose columns stand in another order is not refused")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
