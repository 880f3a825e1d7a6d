"""Metrics by scikit-learn: reads lines `score target` after a first line `threshold`, prints a JSON object.

With `--logistic`: reads lines `target x1 x2 …` of train and test rows, a blank line between, and prints the test rows' log loss and
AUC of scikit-learn's logistic regression on standardised columns.
"""

import json
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, log_loss, matthews_corrcoef, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def metrics(text):
    first, *lines = text.split("\n")
    score, target = np.array([line.split() for line in lines if line], dtype=float).T
    up, half = score > float(first), score > 0.5
    return {
        "auc": roc_auc_score(target, score),
        "balanced_accuracy": balanced_accuracy_score(target, up),
        "mcc": matthews_corrcoef(target, up),
        "balanced_accuracy_at_half": balanced_accuracy_score(target, half),
        "mcc_at_half": matthews_corrcoef(target, half),
        "log_loss": log_loss(target, np.clip(score, 1e-6, 1 - 1e-6)),
        "brier": brier_score_loss(target, score),
    }


def logistic(text):
    train, test = (np.array([line.split() for line in part.split("\n") if line], dtype=float) for part in text.split("\n\n"))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e6)).fit(train[:, 1:], train[:, 0])
    forecast = model.predict_proba(test[:, 1:])[:, 1]
    return {"auc": roc_auc_score(test[:, 0], forecast), "log_loss": log_loss(test[:, 0], forecast)}


text = open(sys.argv[-1]).read()
print(json.dumps(logistic(text) if "--logistic" in sys.argv else metrics(text)))
