"""What others make of the rows of `bench model` and `bench predict`; needs a Python with Tests/requirements-model.txt.

    python model_peers.py fit scikit-learn|lightgbm CSV TRAIN     fits on one thread: CPU seconds, leaves, AUC on the other rows
    python model_peers.py prepare CSV TRAIN FOLDER                fits scikit-learn's forest and puts it there: forest.onnx, forest.so
                                                                  (tl2cgen), forest.flat (trees as flat arrays of nodes)
    python model_peers.py predict scikit-learn|tl2cgen FOLDER          rows a second on one thread, mean probability

The CSV has a header; the last column is the target. The first TRAIN rows train.
"""

import os
import struct
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy

SETTINGS = dict(max_depth=10, min_samples_leaf=5, random_state=1, n_jobs=1)


def read(path, train):
    rows, cut = numpy.loadtxt(path, delimiter=",", skiprows=1), int(train)
    x, y = rows[:, :-1].astype(numpy.float32), rows[:, -1].astype(int)
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def scikit_learn(columns):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(100, max_features=1 if columns == 3 else "sqrt", **SETTINGS)


def lightgbm(columns):
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        boosting_type="rf", n_estimators=100, max_depth=10, num_leaves=1024, min_child_samples=5, subsample=0.632,
        subsample_freq=1, feature_fraction_bynode=1 / 3 if columns == 3 else columns**-0.5, random_state=1, n_jobs=1,
        verbose=-1,
    )


def fit(name, path, train):
    from sklearn.metrics import roc_auc_score

    (x, y), (test_x, test_y) = read(path, train)
    model = {"scikit-learn": scikit_learn, "lightgbm": lightgbm}[name](x.shape[1])
    start = time.process_time()
    model.fit(x, y)
    seconds = time.process_time() - start
    if name == "lightgbm":
        leaves = sum(tree["num_leaves"] for tree in model.booster_.dump_model()["tree_info"])
    else:
        leaves = sum(tree.get_n_leaves() for tree in model.estimators_)
    print(seconds, leaves, roc_auc_score(test_y, model.predict_proba(test_x)[:, 1]))


def flat(model, path):
    """Trees as arrays of (threshold or probability, feature or all ones, left, right), 32 bits each, behind their length."""
    with open(path, "wb") as file:
        file.write(struct.pack("<I", len(model.estimators_)))
        for tree in (estimator.tree_ for estimator in model.estimators_):
            is_leaf = tree.children_left < 0
            rounded = tree.threshold.astype(numpy.float32)
            down = numpy.where(rounded > tree.threshold, numpy.nextafter(rounded, numpy.float32(-numpy.inf)), rounded)
            nodes = numpy.empty(tree.node_count, dtype=[("t", "<f4"), ("f", "<u4"), ("l", "<u4"), ("r", "<u4")])
            nodes["t"] = numpy.where(is_leaf, tree.value[:, 0, 1] / tree.value[:, 0].sum(1), down)
            nodes["f"] = numpy.where(is_leaf, 0xFFFFFFFF, tree.feature)
            nodes["l"], nodes["r"] = numpy.where(is_leaf, 0, tree.children_left), numpy.where(is_leaf, 0, tree.children_right)
            file.write(struct.pack("<I", tree.node_count) + nodes.tobytes())


def prepare(path, train, folder):
    import joblib
    import tl2cgen
    import treelite
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType

    (x, y), (test_x, _) = read(path, train)
    model = scikit_learn(x.shape[1]).fit(x, y)
    joblib.dump(model, f"{folder}/forest.joblib")
    numpy.save(f"{folder}/test.npy", test_x)
    flat(model, f"{folder}/forest.flat")
    onnx = convert_sklearn(
        model, initial_types=[("x", DoubleTensorType([None, x.shape[1]]))], target_opset={"": 17, "ai.onnx.ml": 3}
    )
    with open(f"{folder}/forest.onnx", "wb") as file:
        file.write(onnx.SerializeToString())
    tl2cgen.export_lib(
        treelite.sklearn.import_model(model), toolchain="gcc", libpath=f"{folder}/forest.so",
        params={"parallel_comp": 2, "quantize": 1},
    )


def predict(name, folder):
    x = numpy.load(f"{folder}/test.npy")
    if name == "tl2cgen":
        import tl2cgen

        predictor = tl2cgen.Predictor(f"{folder}/forest.so", nthread=1)
        matrix = tl2cgen.DMatrix(x.astype(numpy.float64), dtype="float64")
        score = lambda: predictor.predict(matrix)
    else:
        import joblib

        model = joblib.load(f"{folder}/forest.joblib")
        score = lambda: model.predict_proba(x)
    answer, start, rows = score(), time.process_time(), 0
    while rows < len(x) or time.process_time() - start < 0.5:
        answer, rows = score(), rows + len(x)
    print(rows / (time.process_time() - start), numpy.asarray(answer).reshape(len(x), -1)[:, -1].mean())


if __name__ == "__main__":
    {"fit": fit, "prepare": prepare, "predict": predict}[sys.argv[1]](*sys.argv[2:])
