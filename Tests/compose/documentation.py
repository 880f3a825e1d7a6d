"""The commands and programs of deploy/README.md that are marked with `<!-- run NAME -->`: what people copy is what is tested."""

import os
import re
import signal
import subprocess
import sys
import time

from stack import ROOT, run

BLOCK = re.compile(r"<!-- run ([\w-]+) -->\n+```(\w+)\n(.*?)```", re.S)


def blocks():
    """Name → (language, text), with this stack's port and volumes in place of the page's."""
    project = os.environ["COMPOSE_PROJECT_NAME"]
    found = {}
    for name, language, text in BLOCK.findall((ROOT / "deploy/README.md").read_text()):
        text = text.replace("127.0.0.1:9092", f"127.0.0.1:{os.environ['KAFKA_PORT']}")
        found[name] = language, re.sub(r"\bcryptostream_(?=kafka|mongodb)", f"{project}_", text)
    return found


def shell(name, folder):
    """Runs the page's commands, their files in `folder`."""
    language, text = blocks()[name]
    assert language == "sh", name
    run("bash", "-euo", "pipefail", "-c", text, BACKUP=str(folder))


def read_all(names, wanted, folder, seconds=60):
    """Runs readers side by side, each until it has printed `wanted` lines; gives what each printed."""
    begun = {}
    for name in names:
        language, text = blocks()[name]
        program = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-B", "-c"]}[language]
        with (folder / name).open("wb") as out, (folder / f"{name}.err").open("wb") as err:
            begun[name] = subprocess.Popen([*program, text], stdout=out, stderr=err, cwd=ROOT, start_new_session=True)
    try:
        return {name: lines_of(name, begun[name], wanted, folder, time.monotonic() + seconds) for name in names}
    finally:
        for process in begun.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def lines_of(name, process, wanted, folder, end):
    while True:
        ended = process.poll() is not None
        lines = (folder / name).read_text().splitlines()
        if len(lines) >= wanted:
            return lines
        said = (folder / f"{name}.err").read_text()[-2000:]
        assert not ended, f"{name} ended ({process.returncode}) after {len(lines)} lines of {wanted}: {said}"
        assert time.monotonic() < end, f"{name} has printed {len(lines)} lines of {wanted}: {said}"
        time.sleep(0.2)
