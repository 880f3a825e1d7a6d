"""scikit-learn's forest on rows that a test wrote, and what ONNX Runtime makes of ours.

    python forest_reference.py forest TRAIN TEST COLUMNS SEEDS [balanced]   fits, and prints a JSON line
    python forest_reference.py export TRAIN TEST ONNX                       fits, exports by skl2onnx, prints probabilities of TEST
    python forest_reference.py run ONNX TEST                                prints probabilities of TEST by ONNX Runtime

Rows are comma-separated: the features, then the target; no header; `nan` where a value is not known.
"""

import json
import sys

import numpy


def read(path):
    rows = numpy.loadtxt(path, delimiter=",", ndmin=2)
    return rows[:, :-1].astype(numpy.float32), rows[:, -1].astype(int)


def forest(columns, seed, class_weight=None, trees=100):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        trees, max_depth=10, min_samples_leaf=5, max_features=columns, random_state=seed, class_weight=class_weight
    )


def compare(train, test, columns, seeds, *class_weight):
    from sklearn.metrics import log_loss, roc_auc_score

    x, y = read(train)
    test_x, test_y = read(test)
    found = {"auc": [], "leaves": [], "log_loss": [], "mean": []}
    for seed in range(int(seeds)):
        model = forest(int(columns), seed, *class_weight).fit(x, y)
        probability = model.predict_proba(test_x)[:, 1]
        found["auc"].append(roc_auc_score(test_y, probability))
        found["log_loss"].append(log_loss(test_y, probability))
        found["mean"].append(float(probability.mean()))
        found["leaves"].append(float(sum(tree.get_n_leaves() for tree in model.estimators_)))
    print(json.dumps({name: sum(values) / len(values) for name, values in found.items()}))


def show(probabilities):
    for value in probabilities:
        print(repr(float(value)))


def export(train, test, path):
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType

    x, y = read(train)
    model = forest(1, 1, trees=20).fit(x, y)
    # skl2onnx takes the type of the input for that of the trees: doubles, or thresholds are rounded.
    file = convert_sklearn(
        model, initial_types=[("x", DoubleTensorType([None, x.shape[1]]))], options={"zipmap": False},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    with open(path, "wb") as output:
        output.write(file.SerializeToString())
    show(model.predict_proba(read(test)[0])[:, 1])


def run(path, test):
    import onnx
    import onnxruntime

    onnx.checker.check_model(onnx.load(path))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = read(test)[0].astype(numpy.float64)
    show(session.run(["probabilities"], {"features": x})[0][:, 1])


if __name__ == "__main__":
    {"forest": compare, "export": export, "run": run}[sys.argv[1]](*sys.argv[2:])
