"""Asks the inference service as Triton's own client does: `triton_client.py HOST:PORT MODEL`.

Each row is asked for by /predict first; every way to send it as tensors and to get the outputs has to say the same, bit for bit. The
model has the features price, quantity, is_buy. Prints how many ways there were; exit 1 where one says something else.
"""

import itertools
import json
import sys
import urllib.request

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

COLUMNS = ["price", "quantity", "is_buy"]
ROWS = np.array([[1, 2, 1], [9.5, 0.25, 0], [4.125, 7.5, 1], [3, 5, 0], [2.25, 6, 1]], dtype=np.float64)


def predicted(url, model):
    body = json.dumps([dict(zip(COLUMNS, row[:2].tolist() + [bool(row[2])])) for row in ROWS]).encode()
    with urllib.request.urlopen(f"http://{url}/predict?model={model}", data=body) as answer:
        rows = json.load(answer)
    return np.array([row["probability"] for row in rows]), np.array([row["prediction"] for row in rows])


def tensor(name, values, datatype, binary):
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def matrix(datatype, binary):
    values = ROWS.astype(np.float32 if datatype == "FP32" else np.float64)
    return [tensor("rows", values, datatype, binary)]


def columns(datatypes, binary):
    kinds = {"FP32": np.float32, "FP64": np.float64, "INT64": np.int64, "BOOL": np.bool_}
    made = [tensor(name, ROWS[:, i].astype(kinds[kind]), kind, binary) for i, (name, kind) in enumerate(zip(COLUMNS, datatypes))]
    return made[::-1]  # by name, not by place


def outputs(which, binary):
    return None if which is None else [triton.InferRequestedOutput(name, binary_data=binary) for name in which]


def check(client, url, model):
    probabilities, predictions = predicted(url, model)
    wanted = {"probability": probabilities, "prediction": predictions}
    ways = 0
    for binary_in, binary_out in itertools.product([True, False], repeat=2):
        sent = [matrix("FP32", binary_in), matrix("FP64", binary_in)]
        sent += [columns(["FP64", "FP32", kind], binary_in) for kind in ("FP32", "FP64", "INT64", "BOOL")]
        for inputs in sent:
            for which in (None, ["probability"], ["prediction"], ["prediction", "probability"]):
                for version in ("", "1"):
                    answer = client.infer(
                        model, inputs, model_version=version, outputs=outputs(which, binary_out), request_id="id 7",
                        parameters={"somebody's": 1})
                    said = answer.get_response()
                    assert said["model_name"] == model and said["model_version"] == "1" and said["id"] == "id 7", said
                    assert [output["name"] for output in said["outputs"]] == (which or ["probability", "prediction"])
                    for output in said["outputs"]:
                        values = answer.as_numpy(output["name"])
                        assert output["shape"] == [len(ROWS)] and np.array_equal(values, wanted[output["name"]]), said
                    ways += 1
    return ways


def refused(client, model, inputs, words, **more):
    try:
        client.infer(model, inputs, **more)
    except InferenceServerException as error:
        assert words in error.message(), error
    else:
        raise AssertionError(f"taken: {words}")


def main():
    url, model = sys.argv[1:]
    client = triton.InferenceServerClient(url)
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
    assert not client.is_model_ready("other") and not client.is_model_ready(model, "99")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata(model, "1")
    assert metadata["inputs"][0]["shape"] == [-1, 3] and metadata["inputs"][0]["datatype"] == "FP64", metadata
    assert [(o["name"], o["datatype"], o["shape"]) for o in metadata["outputs"]] == [
        ("probability", "FP64", [-1]), ("prediction", "INT64", [-1])], metadata
    ways = check(client, url, model)
    nan = np.array([[1, np.nan, 1]])
    refused(client, model, [tensor("rows", nan, "FP64", True)], "quantity: must be a number, not NaN")
    refused(client, model, [tensor("rows", ROWS[:, :2].copy(), "FP64", True)], "has 2 columns, and the model has 3")
    refused(client, model, [tensor("price", ROWS[:, 0].copy(), "FP64", False)], "quantity is missing")
    refused(client, model, matrix("FP64", True), "there is no output x", outputs=outputs(["x"], True))
    refused(client, "other", matrix("FP64", True), "there is no model other")
    refused(client, model, matrix("FP64", True), "there is no version 99", model_version="99")
    refused(client, model, matrix("FP64", True), "packed", request_compression_algorithm="gzip")
    none = client.infer(model, [tensor("rows", np.zeros((0, 3)), "FP64", True)])
    assert none.as_numpy("probability").shape == (0,)
    print(f"{ways} ways say the same")


if __name__ == "__main__":
    main()
