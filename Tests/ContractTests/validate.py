#!/usr/bin/env python3
"""Holds records and topics against the contracts in config/, for ContractTests.

    validate.py records CONFIG_DIR <lines    a line is `<record>`, a tab and the record's bytes; a line is answered for each:
                                             `ok`, or what is wrong
    validate.py definitions CONFIG_DIR       prints each place where two of schemas/*.json say different things about a name
                                             of `$defs`, or of a tick and a late tick; exit 1 when there is one
    validate.py topics CONFIG_DIR <table     a JSON array of {name, schema, configuration}; prints each difference from
                                             asyncapi.yaml; exit 1 when there is one

A record is one of schemas/*.json, each used alone, as any validator would that was given this one file; or `deadletter`: a JSON object of a dead letter's headers, as asyncapi.yaml has them.
"""

import json
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator


def schemas(config):
    """Each file's schema, by the record's name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((config / "schemas").glob("*.json"))}


def validators(config):
    """The validator of each record, by the record's name."""
    made = {}
    for name, schema in schemas(config).items():
        Draft202012Validator.check_schema(schema)
        made[name] = Draft202012Validator(schema)
    headers = document(config)["components"]["schemas"]["deadletterHeaders"]
    return made | {"deadletter": Draft202012Validator(headers)}


def document(config):
    return yaml.safe_load((config / "asyncapi.yaml").read_text())


def refuse_constant(text):
    raise ValueError(f"{text} is no JSON")


def verdict(validator, raw):
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=refuse_constant)
    except ValueError as error:
        return f"not JSON: {error}"
    error = next(validator.iter_errors(value), None)
    return "ok" if error is None else f"{error.json_path}: {error.message}"


def check_records(config):
    by_name = validators(config)
    for line in sys.stdin.buffer.read().split(b"\n")[:-1]:
        name, raw = line.split(b"\t", 1)
        print(verdict(by_name[name.decode()], raw).replace("\n", " "))


def check_definitions(config):
    """What files repeat, since each stands alone, must be the same in all of them."""
    said, differences = {}, []
    for file, schema in schemas(config).items():
        for name, definition in schema["$defs"].items():
            first, known = said.setdefault(name, (file, definition))
            if known != definition:
                differences.append(f"$defs/{name}: {first}.json and {file}.json differ")
    tick, late = (schemas(config)[name]["properties"] for name in ("tick", "late"))
    for name in tick.keys() - {"kind", "block_trade"}:
        if late.get(name) != tick[name]:
            differences.append(f"properties/{name}: tick.json and late.json differ")
    print("\n".join(differences), end="")
    return 1 if differences else 0


def described(api):
    """name → (schema header, topic configuration as text) of each channel."""
    topics = {}
    for channel in api["channels"].values():
        (reference,) = channel["messages"].values()
        message = api["components"]["messages"][reference["$ref"].rsplit("/", 1)[1]]
        schema = None
        if "payload" in message:
            headers = api["components"]["schemas"][message["headers"]["$ref"].rsplit("/", 1)[1]]
            schema = headers["properties"]["schema"]["const"]
            file = Path(message["payload"]["$ref"]).stem
            if not schema.startswith(file + "/"):
                schema = f"{schema} with the payload {file}"
        settings = channel["bindings"]["kafka"]["topicConfiguration"]
        texts = {key: ",".join(value) if isinstance(value, list) else str(value) for key, value in settings.items()}
        topics[channel["address"]] = (schema, texts)
    return topics


def check_topics(config):
    expected = {topic["name"]: (topic.get("schema"), topic["configuration"]) for topic in json.load(sys.stdin)}
    found = described(document(config))
    differences = [
        f"{name}: asyncapi.yaml says {found.get(name, 'nothing')}, the code {expected.get(name, 'nothing')}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
    print("\n".join(differences), end="")
    return 1 if differences else 0


if __name__ == "__main__":
    command, config = sys.argv[1], Path(sys.argv[2])
    sys.exit({"records": check_records, "definitions": check_definitions, "topics": check_topics}[command](config))
