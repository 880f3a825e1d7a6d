"""The compose stack under test: commands of the engine, faults, health, use of the machine."""

import json
import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS = {"producer": 9101, "processor": 9102, "sink": 9103, "inference": 8000, "alerter": 9104, "dashboard": 8501}
OURS = tuple(PORTS)
ALL = ("kafka", "mongodb", *OURS)


def run(*command, seconds=300, **environment):
    """The command as it ended, its output as text; fails when its exit code is not 0."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, env=os.environ | environment, text=True, capture_output=True, timeout=seconds)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done


def docker(*words, **options):
    return run("docker", *words, **options).stdout


def compose(*words, **options):
    return run("docker", "compose", *words, **options).stdout


def over(*files):
    """COMPOSE_FILE with more files over it."""
    return ":".join((os.environ["COMPOSE_FILE"], *map(str, files)))


def containers(service):
    """Ids of the service's containers, those that have ended too."""
    return compose("ps", "-aq", service).split()


def state(container):
    return json.loads(docker("inspect", "-f", "{{json .State}}", container))


def health(service):
    """`healthy` when all containers of the service are; else what one of them is: starting, unhealthy, exited, ..."""
    found = []
    for container in containers(service):
        now = state(container)
        found.append(now["Health"]["Status"] if now["Status"] == "running" else now["Status"])
    return "absent" if not found else max(found, key=lambda word: word != "healthy")


def until(what, condition, seconds, service=None):
    """Waits for the condition, and gives what it gave; fails with the text of what was waited for, and with what can be seen.

    Of `service`, the one that it is about, that is more.
    """
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}\n{seen(service)}")
        time.sleep(0.3)


def seen(service=None):
    """How the containers are and the ends of their logs; of `service` what it says of itself, and a longer end."""
    parts = [compose("ps", "-a"), compose("logs", "--no-color", "--tail", "8")]
    if service:
        said = (probe(service) or "ready") if service in PORTS else health(service)
        parts += [compose("logs", "--no-color", "--tail", "150", service), f"{service} says: {said}"]
    return "\n".join(parts)


def await_healthy(services=ALL, seconds=120):
    """Until the engine holds all of them for healthy."""
    for service in services:
        until(f"{service} is healthy", lambda: health(service) == "healthy", seconds, service)


def probe(service):
    """Why the service is not ready; empty when it is. Asked now, not when the engine last did."""
    words = ["docker", "compose", "exec", "-T", service, service, "--health", str(PORTS[service])]
    done = subprocess.run(words, cwd=ROOT, text=True, capture_output=True)
    if done.returncode == 137:
        return "the container ended while it was asked"  # and with it whatever ran in there
    return "" if done.returncode == 0 else reasons(done.stderr) or f"exit {done.returncode}"


def reasons(said):
    """What a health check says, without the conditions that are as they should be."""
    start = said.find("{")
    if start < 0:
        return said.strip()
    conditions = json.loads(said[start:])["conditions"]
    return "; ".join(f"{name}: {why}" for name, why in conditions.items() if why != "ready")


def await_ready(services=OURS, seconds=120):
    for service in services:
        until(f"{service} is ready", lambda: not probe(service), seconds, service)


def await_unready(services, seconds=60):
    """What each says while it is not ready."""
    return {service: until(f"{service} is not ready", lambda: probe(service), seconds, service) for service in services}


def kill(service):
    """Ends the container's process as a crash would; the restart policy starts it anew."""
    container = containers(service)[0]
    before = state(container)
    os.kill(ferretdb(container) or before["Pid"], 9)
    until(f"{service} was started anew", lambda: state(container)["StartedAt"] != before["StartedAt"], 60, service)


def ferretdb(container):
    """The server's process where FerretDB stands in for MongoDB; its container then ends its storage in order, and itself.

    A storage that is killed, PostgreSQL 18 with DocumentDB 1.0, goes in circles in its indexes at the next insert (seen each time).
    """
    processes = docker("top", container, "-eo", "pid,comm").splitlines()[1:]
    return next((int(line.split()[0]) for line in processes if line.split()[1] == "ferretdb"), None)


def network():
    return f"{os.environ['COMPOSE_PROJECT_NAME']}_default"


def cut(service):
    """Takes the service's container off the network; gives what puts it back."""
    container = containers(service)[0]
    docker("network", "disconnect", network(), container)
    return lambda: docker("network", "connect", "--alias", service, network(), container)


def cpu_seconds(service):
    """CPU time so far of the service's containers, their health checks included."""
    total = 0.0
    for container in containers(service):
        lines = Path(f"/proc/{state(container)['Pid']}/cgroup").read_text().splitlines()
        hierarchies = [line.split(":", 2)[1:] for line in lines]
        paths = {controller: path for controllers, path in hierarchies for controller in controllers.split(",")}
        if "cpuacct" in paths:  # cgroups of version 1
            total += int(Path(f"/sys/fs/cgroup/cpuacct{paths['cpuacct']}/cpuacct.usage").read_text()) / 1e9
        else:
            text = Path(f"/sys/fs/cgroup{paths['']}/cpu.stat").read_text()
            total += int(dict(line.split() for line in text.splitlines())["usage_usec"]) / 1e6
    return total


def memory_mb(service):
    """Memory of the service's containers as the engine counts it: without the cache of files that can be dropped."""
    units = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
    total = 0.0
    for used in docker("stats", "--no-stream", "--format", "{{.MemUsage}}", *containers(service)).splitlines():
        number = used.split("/")[0].strip()
        unit = number.lstrip("0123456789.")
        total += float(number.removesuffix(unit)) * units[unit]
    return total / 1e6
