#!/usr/bin/env python3
"""Brings the whole compose stack up, breaks each part of it in turn, and holds what came out against a recomputation.

    test_compose.py            the stack of COMPOSE_FILE and COMPOSE_PROJECT_NAME, whose images are built; deploy/test-compose sets all

KAFKA_PORT, MONGODB_PORT, INFERENCE_PORT, ALERTER_PORT, DASHBOARD_PORT and PROMETHEUS_PORT are where it answers on this machine;
CRYPTO_PAGE_PYTHON is a Python that drives a browser.
"""

import collections
import itertools
import json
import os
import re
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import answers
import documentation
import images
import pymongo
import stack
from stack import OURS, await_healthy, await_ready, await_unready, compose, containers, docker, over, run, until

KAFKA = f"127.0.0.1:{os.environ['KAFKA_PORT']}"
MONGODB = f"mongodb://127.0.0.1:{os.environ['MONGODB_PORT']}"
RATE = int(os.environ["CRYPTO_RATE"])
SAMPLE = "deploy/compose.sample.yml"
READERS = ["kcat", "confluent-kafka", "kafka-python", "aiokafka"]

folder = Path(tempfile.mkdtemp(prefix="compose-test-"))
started = time.monotonic()


def say(text):
    print(f"{time.monotonic() - started:6.1f} s  {text}", flush=True)


def get(port, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{os.environ[port]}{path}", data=body)
    return json.load(urllib.request.urlopen(request, timeout=10))


# ---- before anything runs


def is_written_well():
    for files in (over(), over(SAMPLE)):
        said = run("docker", "compose", "--profile", "*", "config", "-q", COMPOSE_FILE=files)
        assert said.stdout + said.stderr == "", said


def is_small():
    tag = os.environ["CRYPTOSTREAM_TAG"]
    each, together = images.table([f"cryptostream/{name}:{tag}" for name in (*OURS, "trainer")])
    for image, size in each.items():
        say(f"{image.split(':')[0]}: {size:.1f} MB above {images.BASE}")
    say(f"all images together: {together:.1f} MB above it")
    assert together <= 130, "all images are to have no more than 130 MB of layers of their own"
    assert max(each.values()) <= 95, "no image is to have more than 95 MB of its own"


# ---- steps, in their order


def begins():
    start = time.monotonic()
    compose("up", "-d", "--wait")
    took = time.monotonic() - start
    beyond = took - kafka_seconds(stack.state(containers("kafka")[0]))
    say(f"all healthy {took:.1f} s after `up`, {beyond:.1f} s beyond Kafka's own start")
    assert beyond <= 20, "all are to be healthy within 20 s of Kafka"
    for service in OURS:
        container = containers(service)[0]
        limits = json.loads(docker("inspect", "-f", "{{json .HostConfig}}", container))
        assert limits["ReadonlyRootfs"] and limits["CapDrop"] == ["ALL"] and limits["Memory"] > 0, service
        assert docker("exec", container, "id", "-u").strip() == "10001", service
    assert get("INFERENCE_PORT", "/model")["model"] is None
    assert isinstance(get("ALERTER_PORT", "/alerts")["alerts"], list)


def tells_of_alerts():
    """The rule `Traded` of deploy/test-compose, which every market fires with its first minute."""
    wanted = {f"{tick['source']}:{tick['symbol']}" for tick in map(json.loads, answers.read_values(KAFKA, "crypto.ticks"))}

    def firing():
        alerts = get("ALERTER_PORT", "/alerts")["alerts"]
        return {f"{alert['source']}:{alert['symbol']}" for alert in alerts if (alert["rule"], alert["state"]) == ("Traded", "firing")}

    until("an alert of each market", lambda: firing() >= wanted, 60)
    until("an alert in MongoDB", lambda: pymongo.MongoClient(MONGODB).crypto.alerts.find_one({"rule": "Traded"}), 30)
    say(f"{len(wanted)} alerts fire: at the alerter, on their topic and in MongoDB")


def problem_of_alerts():
    """Whatever was killed meanwhile: each of these alerts has fired once, and fires on."""
    alerts = [alert for alert in map(json.loads, answers.read_values(KAFKA, "crypto.alerts")) if alert["rule"] == "Traded"]
    once = {alert["fingerprint"] for alert in alerts}
    if not alerts or len(once) != len(alerts) or {alert["state"] for alert in alerts} != {"firing"}:
        return f"{len(alerts)} changes of {len(once)} alerts: {alerts[:5]}"
    return None


def kafka_seconds(now):
    """From the start of its container to its first good health check."""
    first = next(check for check in now["Health"]["Log"] if check["ExitCode"] == 0)
    return seconds_of(first["End"]) - seconds_of(now["StartedAt"])


def seconds_of(text):
    return float(run("date", "-d", text, "+%s.%N").stdout)


def is_modest(most, seconds=20):
    before = {service: stack.cpu_seconds(service) for service in OURS}
    start = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - start
    shares = {service: 100 * (stack.cpu_seconds(service) - before[service]) / took for service in OURS}
    memory = {service: stack.memory_mb(service) for service in OURS}
    say(f"at {RATE} ticks/s: {sum(shares.values()):.1f} % of a core (health checks included), {sum(memory.values()):.0f} MB: "
        + ", ".join(f"{service} {shares[service]:.1f} %, {memory[service]:.0f} MB" for service in OURS))
    assert sum(memory.values()) <= 150, "all services of ours are to take no more than 150 MB"
    # 5 % is what they are to take on a machine of their own; beside other work each of their many short turns costs more.
    assert sum(shares.values()) <= most, f"all services of ours are to take no more than {most} % of a core even beside other work"


def trains():
    said = compose("--profile", "train", "run", "--rm", "-T", "ml-trainer")
    claim = said.splitlines()[0]
    # A minute can show nothing, whichever way chance has it: nobody can say, or not ahead and no interval.
    assert not claim.startswith("The model beats") and ("Nobody can say" in claim or "no interval" in claim), said
    card = json.loads(docker("exec", containers("inference")[0], "cat", "models/direction/1/card.json"))
    assert card["verdict"] == claim, card["verdict"]
    until("the model is served", lambda: get("INFERENCE_PORT", "/model").get("version") == 1, 10)
    answer = get("INFERENCE_PORT", "/predict", b'{"price":1,"quantity":2,"is_buy":1}')
    assert answer["model"] == "direction" and answer["prediction"] in (0, 1), answer
    until("a prediction on its topic", lambda: answers.read_values(KAFKA, "crypto.predictions"), 30)
    store = pymongo.MongoClient(MONGODB).crypto
    until("a prediction in MongoDB", lambda: store.predictions.find_one({"model": "direction"}), 30)
    until("a tick with its prediction", lambda: store.ticks.find_one({"prediction": {"$in": [0, 1]}}), 30)
    say(f"trained ({claim.split('.')[0]}), served, predicted on the topic and in MongoDB")


def heals():
    if stack.ferretdb(containers("mongodb")[0]):
        print("skipped: MongoDB's storage is killed: FerretDB stands in for it, whose server alone is", flush=True)
    for service in (*OURS, "mongodb", "kafka"):
        start = time.monotonic()
        stack.kill(service)
        await_healthy()
        await_ready()
        say(f"{service} was killed: all healthy again after {time.monotonic() - start:.1f} s")


def waits(away, who):
    compose("stop", "-t", "30", away)
    for service, said in await_unready(who).items():
        say(f"without {away} {service} says: {said[:150]}")
    compose("start", away)
    await_healthy()
    await_ready()


def stands_cuts():
    for service, who in (("mongodb", "sink"), *((service, service) for service in OURS)):
        mend = stack.cut(service)
        say(f"{service} cut off, {who} says: {await_unready([who])[who][:150]}")
        mend()
        await_ready()
    await_healthy()


def scales():
    compose("up", "-d", "--wait", "--no-recreate", "--scale", "processor=3", "--scale", "sink=2")
    await_healthy()
    assert len(containers("processor")) == 3 and len(containers("sink")) == 2
    say("three processors and two sinks are healthy")


def asked(expression):
    """What Prometheus answers to the expression."""
    return get("PROMETHEUS_PORT", "/api/v1/query?query=" + urllib.parse.quote(expression))["data"]["result"]


def is_observed():
    for what, file in (("config", "prometheus.yml"), ("rules", "rules.yml")):
        compose("--profile", "observe", "exec", "-T", "prometheus", "promtool", "check", what, f"/etc/prometheus/{file}")
    expected = {"producer": 1, "processor": 3, "sink": 2, "inference": 1, "alerter": 1, "dashboard": 1}

    def counted():
        targets = get("PROMETHEUS_PORT", "/api/v1/targets")["data"]["activeTargets"]
        return collections.Counter(target["labels"]["job"] for target in targets if target["health"] == "up")

    until("all targets are up", lambda: counted() == expected, 60)
    until("each processor has partitions", lambda: asked("count(cryptostream_processor_partitions > 0) == 3"), 60)
    expressions = {
        target["expr"]
        for file in (stack.ROOT / "deploy/grafana/dashboards").glob("*.json")
        for panel in json.loads(file.read_text())["panels"]
        for target in panel["targets"]
    }
    for expression in sorted(expressions):
        until(f"an answer to {expression}", lambda: asked(expression), 40)
    known = set(get("PROMETHEUS_PORT", "/api/v1/label/__name__/values")["data"])
    files = (stack.ROOT / "deploy").glob("*/**/*.json"), (stack.ROOT / "deploy").glob("prometheus/rules.yml")
    named = {name for file in itertools.chain(*files) for name in re.findall(r"cryptostream_\w+", file.read_text())}
    assert named and named <= known, f"no program has the metrics {sorted(named - known)}"
    groups = get("PROMETHEUS_PORT", "/api/v1/rules")["data"]["groups"]
    wrong = [rule for group in groups for rule in group["rules"] if rule["health"] == "err"]
    assert groups and not wrong, wrong
    compose("--profile", "observe", "rm", "-sf", "prometheus")
    say(f"all targets up, {len(expressions)} expressions of the dashboards answered, config and rules checked")


def is_looked_at():
    """The page in a browser, while the stack is whole."""
    say(run(os.environ["CRYPTO_PAGE_PYTHON"], "-B", "Tests/compose/page.py", f"http://127.0.0.1:{os.environ['DASHBOARD_PORT']}").stdout.strip())


def settles():
    compose("stop", "producer")
    ticks = answers.read(KAFKA, "crypto.ticks")
    for what, problem in (
        ("trades", lambda: answers.problem_of_ticks(ticks, RATE)),
        ("processed topics", lambda: answers.problem_of_topics(KAFKA, ticks)),
        ("MongoDB", lambda: answers.problem_of_store(KAFKA, MONGODB, ticks)),
        ("alerts", problem_of_alerts),
    ):
        end = time.monotonic() + 60
        while found := problem():
            assert time.monotonic() < end, f"{what}: {found}"
            time.sleep(1)
    say(f"of {len(ticks)} ticks nothing is lost and nothing twice, on the topics and in MongoDB, and all is as recomputed")


def is_read_from_the_host():
    """The programs of deploy/README.md, while nothing is written."""
    readers = list(READERS)
    if os.environ.get("KAFKA_HOME"):
        os.environ["PATH"] = f"{os.environ['KAFKA_HOME']}/bin:{os.environ['PATH']}"
        readers.append("java")
    else:
        print("skipped: Java reads the compose file's Kafka from the host: no KAFKA_HOME", flush=True)
    expected = sorted(answers.read_values(KAFKA, answers.TOPICS["tumbling"]))
    assert len(set(expected)) == len(expected) > 1
    for reader, lines in documentation.read_all(readers, len(expected), folder).items():
        assert sorted(lines) == expected, f"{reader} reads other windows"
    say(f"{', '.join(readers)} read each of {len(expected)} windows once, from the host")


def keeps_its_data():
    before = {topic: set(answers.read_values(KAFKA, topic)) for topic in ("crypto.ticks", *answers.TOPICS.values())}
    # The sink would fill an empty database anew: this nobody would.
    pymongo.MongoClient(MONGODB).other.kept.insert_one({"_id": 1})

    def check(what):
        for topic, values in before.items():
            lost = values - set(answers.read_values(KAFKA, topic))
            assert not lost, f"after {what} {topic} lacks {len(lost)} records of {len(values)}"
        assert get("INFERENCE_PORT", "/model")["version"] == 1
        assert pymongo.MongoClient(MONGODB).other.kept.count_documents({}) == 1, f"after {what} MongoDB is another"
        say(f"after {what} all is there")

    documentation.shell("back-up", folder)
    check("down and up")
    documentation.shell("restore", folder)
    check("restoring both volumes")
    settles()


def says_what_it_cannot_reach():
    """The default settings on a machine without a network, here one whose names lead nowhere."""
    (folder / "offline.yml").write_text(
        "services: { producer: { dns: [127.0.0.1], healthcheck: { start_period: 1s, interval: 2s, retries: 2 } } }\n")
    defaults = {"COMPOSE_FILE": over(folder / "offline.yml"), "CRYPTO_SOURCE": "", "CRYPTO_SYMBOLS": ""}
    compose("up", "-d", "--no-deps", "producer", **defaults)
    until("the producer is unhealthy", lambda: stack.health("producer") == "unhealthy", 60)
    why = stack.state(containers("producer")[0])["Health"]["Log"][-1]["Output"]
    why = stack.reasons(why)
    assert "coingecko" in why and "bybit" in why, why
    say(f"without a network the producer is unhealthy and says: {why[:200]}")


def plays_the_sample():
    compose("up", "-d", "--wait", COMPOSE_FILE=over(SAMPLE), CRYPTO_SOURCE="", CRYPTO_SYMBOLS="")
    found = {"source": "sample-binance", "type": "tumbling", "final": True}
    until("the sample is stored", lambda: pymongo.MongoClient(MONGODB).crypto.windows.find_one(found), 60)
    say("the sample plays, and its windows are stored")


def main():
    is_written_well()
    is_small()
    begins()
    compose("--profile", "observe", "up", "-d", "--wait", "prometheus")
    is_modest(most=15)
    until("a minute of ticks", lambda: answers.read_values(KAFKA, answers.TOPICS["tumbling"]), 100)
    tells_of_alerts()
    trains()
    is_looked_at()
    is_modest(most=30)  # two rows a tick, and each in a transaction
    heals()
    waits("kafka", ["processor", "sink", "producer", "inference", "alerter", "dashboard"])
    waits("mongodb", ["sink"])
    stands_cuts()
    scales()
    is_observed()
    settles()
    is_read_from_the_host()
    keeps_its_data()
    says_what_it_cannot_reach()
    plays_the_sample()
    say("the compose stack holds")


if __name__ == "__main__":
    main()
