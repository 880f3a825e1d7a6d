"""Predictions and their scores a second time, from the topics and the model's file, by none of our code.

    python predictions_reference.py TICKS PREDICTIONS SCORES MODEL... [--lateness-ms 5000]

TICKS, PREDICTIONS and SCORES hold a topic's records, a line each, in the order of their partitions; MODEL is a model.bin of the presets
direction or horizon. For streams that data alone closes (--idle-timeout 0). Metrics are scikit-learn's. The minutes' records are added up,
too, to clock hours and to the whole, and held against the same metrics of all rows in there. Prints what was compared; exit 1 with the first
differences where there are some.
"""
import argparse
import json
import math
import struct
import sys
from collections import defaultdict

import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, brier_score_loss, log_loss, roc_auc_score

MINUTE = 60_000
SLIDE = 10_000
NEVER = -(1 << 62)


class Model:
    """A model's file, read by its description: little-endian, texts and lists behind their length."""

    def __init__(self, path):
        self.bytes = open(path, "rb").read()
        assert self.bytes[:8] == b"CSFOREST" and self.number("<I", 8) == 1
        self.at = 24
        self.name, self.version, self.preset = self.text(), self.integer(), self.text()
        self.features = self.list(self.text)
        self.integer()
        _, self.until = self.integer(), self.integer()
        self.series = self.list(self.text)
        self.rules = self.list(lambda: (self.text(), [self.double() for _ in range(3)]))
        self.text_bytes()
        self.list(lambda: (self.list(self.float), self.double()))
        self.spreads = self.list(lambda: (self.double(), self.double(), self.list(self.double), self.list(self.double)))
        for _ in range(5):
            self.integer()
        self.list(self.double)
        self.trees = self.list(self.tree)
        assert self.at == len(self.bytes)

    def number(self, form, at):
        return struct.unpack_from(form, self.bytes, at)[0]

    def take(self, form):
        self.at += struct.calcsize(form)
        return self.number(form, self.at - struct.calcsize(form))

    def integer(self):
        return self.take("<q")

    def double(self):
        return self.take("<d")

    def float(self):
        return self.take("<f")

    def text_bytes(self):
        count = self.integer()
        self.at += count
        return self.bytes[self.at - count:self.at]

    def text(self):
        return self.text_bytes().decode()

    def list(self, each):
        return [each() for _ in range(self.integer())]

    def tree(self):
        self.list(self.double)
        nodes = np.frombuffer(
            self.bytes, np.dtype([("value", "<f8"), ("feature", "<i4"), ("way", "<u4")]), self.integer_ahead(), self.at)
        self.at += 16 * len(nodes)
        return nodes

    def integer_ahead(self):
        return self.integer()

    def probabilities(self, rows):
        """The mean of the trees' leaves; at most the threshold goes left, NaN where the node says."""
        rows = np.asarray(rows, np.float32)
        total = np.zeros(len(rows))
        for nodes in self.trees:
            at = np.zeros(len(rows), int)
            while True:
                inner = nodes["feature"][at] >= 0
                if not inner.any():
                    break
                feature = np.where(inner, nodes["feature"][at], 0)
                value = rows[np.arange(len(rows)), feature].astype(float)
                missing = (nodes["way"][at] & 1) == 1
                left = np.where(np.isnan(value), missing, value <= nodes["value"][at])
                at = np.where(inner, (nodes["way"][at] >> 1) + np.where(left, 0, 1), at)
            total += nodes["value"][at]
        return np.minimum(1, total / len(self.trees))


class Row:
    def __init__(self, time, trade, features, signs):
        self.time, self.trade, self.features, self.signs = time, trade, features, signs


class Stream:
    """Rows of one series by one preset, as they come: what is opened, and what is decided when and how."""

    def __init__(self, preset, lateness):
        self.preset, self.lateness = preset, lateness
        self.newest = self.watermark = NEVER
        self.ids, self.last, self.open = {}, None, None
        self.minutes, self.closed, self.buy, self.sell = {}, [], math.nan, math.nan
        self.opened, self.decided = [], []

    def add(self, tick):
        is_trade = tick["kind"] == "trade"
        if tick["kind"] == "gap" or tick.get("block_trade"):
            return
        time, before = tick["event_time"], self.watermark
        slice_start = time // SLIDE * SLIDE
        oldest = NEVER if self.newest == NEVER else self.newest - self.lateness - MINUTE + 1
        if is_trade and self.ids.get(tick["trade_id"], NEVER - 1) >= oldest:
            return
        if is_trade and slice_start >= oldest:
            self.ids[tick["trade_id"]] = slice_start
        if slice_start + MINUTE <= self.watermark:
            return
        if self.preset == "direction":
            if is_trade:
                self.pair(tick, before)
        elif is_trade and tick.get("side") and time // MINUTE * MINUTE + MINUTE > self.watermark:
            self.minutes.setdefault(time // MINUTE * MINUTE, []).append(tick)
        if time > self.newest:
            self.newest = time
            self.watermark = max(self.watermark, time - self.lateness)
            if self.preset == "horizon":
                self.close(before)

    def decide(self, row, target, last, before, fills=False):
        end = last // MINUTE * MINUTE + MINUTE
        if before != NEVER:
            end = max(end, before // MINUTE * MINUTE + MINUTE)
        self.decided.append((row, target, end, fills))

    def pair(self, tick, before):
        if not tick.get("side"):
            return
        change = 0.0 if self.last is None else tick["price"] - self.last["price"]
        if self.open and abs(tick["event_time"] - self.open.time) <= 60_000:
            same = tick["event_time"] == self.open.time
            self.decide(
                self.open, int(change > 0), max(tick["event_time"], self.open.time), before,
                same and tick["side"] == self.last["side"])
        buy = tick["side"] == "buy"
        self.open = Row(
            tick["event_time"], tick["trade_id"], [tick["price"], tick["quantity"], float(buy)],
            [1 if buy else -1, int(np.sign(-change))])
        self.opened.append(self.open)
        self.last = tick

    def close(self, before):
        for start in sorted(s for s in self.minutes if s + MINUTE <= self.watermark):
            trades = self.minutes.pop(start)
            average = min(max(math.fsum(t["price"] for t in trades) / len(trades), min(t["price"] for t in trades)),
                          max(t["price"] for t in trades))
            if self.open and self.open.time == start:
                x = math.log(average / self.mid)
                if abs(x) > 1e-4:
                    self.decide(self.open, int(x > 0), start + MINUTE - 1, before)
            self.open = None
            in_time = sorted(trades, key=lambda t: t["event_time"])
            buys = [t for t in in_time if t["side"] == "buy"]
            sells = [t for t in in_time if t["side"] == "sell"]
            self.buy = buys[-1]["price"] if buys else self.buy
            self.sell = sells[-1]["price"] if sells else self.sell
            if self.closed and self.closed[-1]["start"] + MINUTE != start:
                self.closed = []
            total = lambda of: math.fsum(t["quantity"] for t in of)
            self.closed = self.closed[-6:] + [{
                "start": start, "average": average, "close": in_time[-1]["price"], "volume": total(trades),
                "amount": math.fsum(t["price"] * t["quantity"] for t in trades), "signed": total(buys) - total(sells),
                "count": len(trades), "side": 1 if in_time[-1]["side"] == "buy" else -1}]
            self.mid = (self.buy + self.sell) / 2
            if len(self.closed) == 7 and math.isfinite(self.mid):
                self.open = self.row(start + MINUTE)
                self.opened.append(self.open)

    def row(self, end):
        averages = [m["average"] for m in self.closed]
        now, six = self.closed[-1], self.closed[1:]
        returns = [math.log(averages[6] / averages[6 - k]) for k in range(1, 7)]
        steps = [math.log(averages[i] / averages[i - 1]) for i in range(1, 7)]
        price = math.fsum(m["amount"] for m in six) / math.fsum(m["volume"] for m in six)
        features = returns + [
            math.sqrt(math.fsum(s * s for s in steps)), now["signed"] / now["volume"], math.log(self.mid / price),
            now["count"], sum(m["count"] for m in six), end % 86_400_000 // 3_600_000, now["side"]]
        sign = lambda x: int(np.sign(x))
        return Row(end, None, features, [now["side"], sign(averages[5] - averages[6]), sign(now["close"] - averages[6])])


def score(model, decided):
    """The fields of a score of decided rows: (row, probability, target, whether it is a fill with more to come)."""
    whole = [(row, p, y) for row, p, y, fills in decided if not fills]
    p, y = np.array([p for _, p, _ in whole]), np.array([y for _, _, y in whole])
    both = 0 < y.sum() < len(y)
    said = p > 0.5
    loss = lambda q: log_loss(y, np.clip(q, 1e-6, 1 - 1e-6), labels=[0, 1])
    fields = {
        "count": len(y), "decided_up": int(y.sum()), "true_positives": int((said & (y == 1)).sum()),
        "false_positives": int((said & (y == 0)).sum()), "accuracy": accuracy_score(y, said),
        "balanced_accuracy": balanced_accuracy_score(y, said) if both else accuracy_score(y, said),
        "log_loss": loss(p), "brier": brier_score_loss(y, p), "base_rate": y.mean(),
        "auc": roc_auc_score(y, np.minimum(1023, np.floor(p * 1024))) if both else None}
    for bin in np.unique(np.minimum(1023, np.floor(p * 1024))).astype(int):
        there = np.minimum(1023, np.floor(p * 1024)) == bin
        fields[f"zeros in {bin}"], fields[f"ones in {bin}"] = int((there & (y == 0)).sum()), int((there & (y == 1)).sum())
    for place, (rule, shares) in enumerate(model.rules):
        q = np.array([shares[row.signs[place] + 1] for row, _, _ in whole])
        fields["accuracy of " + rule], fields["log_loss of " + rule] = accuracy_score(y, q > 0.5), loss(q)
    for place, (name, (_, _, edges, shares)) in enumerate(zip(model.features, model.spreads)):
        values = np.array([row.features[place] for row, *_ in decided], np.float32).astype(float)
        known = values[~np.isnan(values)]
        if len(known) == 0:
            continue
        counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(shares))
        fields.update({f"{name} in {bin}": int(count) for bin, count in enumerate(counts) if count})
        fields["psi of " + name] = stability(counts, shares)
    return fields


def stability(counts, shares):
    """The population stability index of counts against shares."""
    live, trained = np.maximum(np.array(counts) / np.sum(counts), 1e-4), np.maximum(shares, 1e-4)
    return float(np.sum((live - trained) * np.log(live / trained)))


def added(model, records):
    """The fields of the score of several minutes, from their records alone, as the schema of score/1 says; shares are the model's."""
    sums = {name: sum(r[name] for r in records) for name in ("count", "decided_up", "true_positives", "false_positives")}
    n, ups, downs = sums["count"], sums["decided_up"], sums["count"] - sums["decided_up"]
    mean = lambda of: math.fsum(of(r) * r["count"] for r in records) / n
    fields = dict(sums, **{name: mean(lambda r: r[name]) for name in ("accuracy", "log_loss", "brier", "base_rate")})
    for rule in records[0]["baselines"]:
        for figure in ("accuracy", "log_loss"):
            fields[f"{figure} of {rule}"] = mean(lambda r: r["baselines"][rule][figure])
    shares = [sums["true_positives"] / ups] if ups else []
    shares += [1 - sums["false_positives"] / downs] if downs else []
    fields["balanced_accuracy"] = sum(shares) / len(shares)
    bins = np.zeros((1024, 2))
    for record in records:
        for bin, zeros, ones in record["probability_bins"]:
            bins[bin] += zeros, ones
    below = np.cumsum(bins[:, 0]) - bins[:, 0] / 2
    fields["auc"] = float(np.sum(bins[:, 1] * below) / (ups * downs)) if ups and downs else None
    for bin in np.nonzero(bins.sum(axis=1))[0]:
        fields[f"zeros in {bin}"], fields[f"ones in {bin}"] = int(bins[bin, 0]), int(bins[bin, 1])
    for name, (_, _, _, trained) in zip(model.features, model.spreads):
        counts = np.zeros(len(trained), int)
        for record in records:
            for bin, count in record["feature_bins"].get(name, []):
                counts[bin] += count
        fields.update({f"{name} in {bin}": int(count) for bin, count in enumerate(counts) if count})
        if counts.sum():
            fields["psi of " + name] = stability(counts, trained)
    return fields


def flat(record):
    """A score's fields as `score` names them."""
    fields = {k: v for k, v in record.items() if k not in ("source", "symbol", "model", "version", "as_of", "span_ms")}
    for rule, figures in fields.pop("baselines").items():
        fields.update({f"{name} of {rule}": value for name, value in figures.items()})
    fields.update({f"psi of {name}": value for name, value in fields.pop("psi").items()})
    for bin, zeros, ones in fields.pop("probability_bins"):
        fields[f"zeros in {bin}"], fields[f"ones in {bin}"] = zeros, ones
    for name, bins in fields.pop("feature_bins").items():
        fields.update({f"{name} in {bin}": count for bin, count in bins})
    return fields


def lines(path):
    return [json.loads(line) for line in open(path) if line.strip()]


def series(record):
    return f'{record["source"]}:{record["symbol"]}'


def expected(ticks, models, lateness):
    """Probabilities by what they are of, and the decided rows of each score."""
    predictions, scored = {}, {}
    for model in models:
        streams = {name: Stream(model.preset, lateness) for name in model.series}
        for tick in ticks:
            if series(tick) in streams:
                streams[series(tick)].add(tick)
        for name, stream in streams.items():
            key = (name, model.name, model.version)
            rows = [row for row in stream.opened if row.time > model.until]
            for row, p in zip(rows, model.probabilities([row.features for row in rows]) if rows else []):
                row.probability = p
                predictions[key + (row.time, row.trade)] = p
            minutes = defaultdict(list)
            for row, target, end, fills in stream.decided:
                if row.time > model.until and end <= stream.watermark:
                    minutes[end].append((row, row.probability, target, fills))
            for end, decided in minutes.items():
                if not all(fills for *_, fills in decided):
                    scored[key + (end,)] = (model, decided)
    return predictions, scored


def spans(scored, records):
    """Scores of clock hours and of the whole: from their minutes' records, and of all their rows."""
    groups = defaultdict(list)
    for key in scored:
        name, end = key[:3], key[3]
        groups[name + ("hour", (end - 1) // (60 * MINUTE))].append(key)
        groups[name + ("all", 0)].append(key)
    ours, wanted = {}, {}
    for name, keys in groups.items():
        if not all(key in records for key in keys):
            continue
        model = scored[keys[0]][0]
        ours[name] = added(model, [records[key] for key in keys])
        wanted[name] = score(model, [row for key in keys for row in scored[key][1]])
    return ours, wanted


def is_near(a, b):
    return a is None and b is None or a is not None and b is not None and abs(a - b) <= 1e-9 * max(1, abs(b))


def main():
    parser = argparse.ArgumentParser()
    for name in ("ticks", "predictions", "scores"):
        parser.add_argument(name)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--lateness-ms", type=int, default=5_000)
    options = parser.parse_args()
    models = [Model(path) for path in options.models]
    wanted, scored = expected(lines(options.ticks), models, options.lateness_ms)
    wanted_scores = {key: score(model, decided) for key, (model, decided) in scored.items()}
    found, findings = {}, []
    for record in lines(options.predictions):
        key = (series(record), record["model"], record["version"], record["event_time"], record.get("trade_id"))
        if key in found:
            findings.append(f"{key} is there twice")
        found[key] = record["probability"]
        if record["prediction"] != int(record["probability"] > 0.5):
            findings.append(f"{key}: the prediction does not follow from the probability")
    records = {}
    for record in lines(options.scores):
        key = (series(record), record["model"], record["version"], record["as_of"])
        if key in records:
            findings.append(f"the score {key} is there twice")
        records[key] = record
    sums, wanted_sums = spans(scored, records)
    ours = {key: flat(record) for key, record in records.items()}
    for what, left, right in (("prediction", found, wanted), ("score", ours, wanted_scores)):
        findings += [f"no {what} {key}" for key in right.keys() - left.keys()]
        findings += [f"a {what} too many: {key}" for key in left.keys() - right.keys()]
    findings += [f"{key}: {found[key]} instead of {p}" for key, p in wanted.items() if key in found and not is_near(found[key], p)]
    for left, right in ((ours, wanted_scores), (sums, wanted_sums)):
        for key in left.keys() & right.keys():
            findings += [f"{key}: {name} in one only" for name in right[key].keys() ^ left[key].keys()]
            findings += [
                f"{key}: {name} {left[key][name]} instead of {value}" for name, value in right[key].items()
                if name in left[key] and not is_near(left[key][name], value)]
    print(json.dumps({
        "predictions": len(wanted), "scores": len(wanted_scores), "spans": len(wanted_sums), "differences": len(findings),
        "presets": sorted({m.preset for m in models})}))
    if findings:
        sys.exit("\n".join(findings[:20]))


main()
