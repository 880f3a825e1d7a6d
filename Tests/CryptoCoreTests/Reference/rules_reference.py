"""The alert rules a second time: expressions by Python's own grammar, records in plain lists.

    rules_reference.py FOLDER    reads rules.json and records.jsonl ([kind, record] a line), prints a change a line as JSON

Rules that look at the clock (`live`, `absent`) are not for it.
"""

import ast
import fnmatch
import json
import math
import re
import sys

TIMES = {"window": "window_end", "trend": "as_of", "indicators": "as_of", "tick": "event_time"}
UNITS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
NEVER = -math.inf


def duration(text):
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)(ms|[ywdhms])", text))


def parse(text):
    """The syntax is Python's but for durations, which become milliseconds."""
    text = re.sub(r"(?<=, )(?:\d+(?:ms|[ywdhms]))+(?=\))", lambda found: str(duration(found[0])), text)
    return ast.parse(text, mode="eval").body


def known(number):
    return number if number is not None and math.isfinite(number) else None


class Rule:
    def __init__(self, rule):
        self.name = rule["alert"]
        self.tree = parse(rule["expr"])
        self.hold_ms = duration(rule.get("for", "0s"))
        self.keep_ms = duration(rule.get("keep_firing_for", "0s"))
        self.match = rule.get("match", {})
        self.kinds = self.named(self.tree)

    @staticmethod
    def named(tree):
        return {node.value.id for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    def takes(self, record):
        return all(fnmatch.fnmatchcase(record[name], glob) for name, glob in self.match.items())


class Instance:
    """One rule on one series."""

    def __init__(self, rule, records):
        self.rule = rule
        self.records = records
        self.sides = {}
        self.answers = {}
        self.phase = "inactive"
        self.since = self.changed = NEVER
        self.clear = None

    # What the expression gives at the time `now`, a record of `kind` having come.

    def newest(self, kind):
        older = [record for record in self.records[kind] if record[TIMES[kind]] <= self.now]
        return older[-1] if older else {}

    def number(self, node):
        if isinstance(node, ast.Constant):
            return float(node.value)
        if isinstance(node, ast.Attribute):
            value = self.newest(node.value.id).get(node.attr)
            return None if value is None else float(value)
        if isinstance(node, ast.UnaryOp):
            value = self.number(node.operand)
            return None if value is None else -value
        if isinstance(node, ast.Call):
            return self.range(node.func.id, node.args[0], node.args[1].value)
        left, right = self.number(node.left), self.number(node.right)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Div):
            return None if right == 0 else known(left / right)
        if isinstance(node.op, ast.Mult):
            return known(left * right)
        return known(left + right if isinstance(node.op, ast.Add) else left - right)

    def range(self, function, field, ms):
        kind = field.value.id
        records = [record for record in self.records[kind] if self.now - ms < record[TIMES[kind]] <= self.now]
        values = [float(record[field.attr]) for record in records if record.get(field.attr) is not None]
        if function == "count":
            return float(len(values))
        if not values:
            return None
        total = 0.0
        for value in values:
            total += value
        if function in ("change", "change_pct"):
            if len(values) < 2:
                return None
            change = values[-1] - values[0]
            return change if function == "change" else None if values[0] == 0 else known(change / values[0] * 100)
        return {"sum": total, "avg": total / len(values), "min": min(values), "max": max(values)}[function]

    def truth(self, node):
        if isinstance(node, ast.BoolOp):
            answers = [self.truth(value) for value in node.values]
            decides = isinstance(node.op, ast.Or)
            return decides if decides in answers else None if None in answers else not decides
        if isinstance(node, ast.UnaryOp):
            answer = self.truth(node.operand)
            return None if answer is None else not answer
        if isinstance(node, ast.Call):
            return self.crosses(node)
        left, right = self.number(node.left), self.number(node.comparators[0])
        if left is None or right is None:
            return None
        return {
            ast.Lt: left < right, ast.LtE: left <= right, ast.Gt: left > right, ast.GtE: left >= right,
            ast.Eq: left == right, ast.NotEq: left != right,
        }[type(node.ops[0])]  # fmt: skip

    def crosses(self, node):
        if self.kind in Rule.named(node):
            left, right = self.number(node.args[0]), self.number(node.args[1])
            before = self.sides.get(id(node))
            if left is None or right is None:
                self.answers[id(node)] = None
            else:
                self.sides[id(node)] = side = (left > right) - (left < right)
                up, down = side > 0 and before is not None and before <= 0, side < 0 and before is not None and before >= 0
                self.answers[id(node)] = None if before is None else up or down
        return self.answers.get(id(node))

    def value(self, node):
        if isinstance(node, ast.BoolOp):
            return self.value(node.values[0])
        if isinstance(node, ast.Compare):
            return self.number(node.left)
        return self.number(node.args[0]) if isinstance(node, ast.Call) else None

    # The state.

    def look(self, kind, now):
        self.kind, self.now = kind, now
        holds = self.truth(self.rule.tree)
        if holds is None:
            return None
        if holds:
            self.clear = None
            if self.phase == "inactive" and now > self.changed:
                self.phase, self.since = "pending", now
            if self.phase == "pending" and now - self.since >= self.rule.hold_ms:
                self.phase, self.changed = "firing", max(now, self.since)
                return "firing"
        elif self.phase == "pending":
            self.phase = "inactive"
        elif self.phase == "firing":
            self.clear = now if self.clear is None else self.clear
            if now - self.clear >= self.rule.keep_ms:
                self.phase, self.changed, self.clear = "inactive", max(now, self.changed), None
                return "resolved"
        return None


def main(folder):
    with open(f"{folder}/rules.json") as file:
        rules = [Rule(rule) for group in json.load(file)["groups"] for rule in group["rules"]]
    records, instances = {}, {}
    for line in open(f"{folder}/records.jsonl"):
        kind, record = json.loads(line)
        series = f"{record['source']}:{record['symbol']}"
        known_records = records.setdefault(series, {name: [] for name in TIMES})
        now = record[TIMES[kind]]
        if known_records[kind] and known_records[kind][-1][TIMES[kind]] > now:
            continue
        known_records[kind].append(record)
        for rule in rules:
            if kind not in rule.kinds or not rule.takes(record):
                continue
            instance = instances.setdefault((series, rule.name), Instance(rule, known_records))
            state = instance.look(kind, now)
            if state:
                change = {"rule": rule.name, "state": state, "series": series, "since": instance.since}
                print(json.dumps(change | {"as_of": instance.changed, "value": instance.value(rule.tree)}))


main(sys.argv[1])
