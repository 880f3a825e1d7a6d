"""The programs whose page is tested, each a process with a log of its own that ends with its test."""
import contextlib, os, pathlib, re, socket, subprocess, sys

from browser import PAGE, expect

ROOT = pathlib.Path(__file__).resolve().parents[2]


def need_programs(what):
    """Ends a test that wants our programs where CRYPTO_BIN names no folder of them."""
    if "CRYPTO_BIN" not in os.environ:
        print(f"skipped: {what}: there is no CRYPTO_BIN")
        sys.exit(0)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def start(folder, name, *flags):
    """Starts one of our programs; what it logs goes to `name.log` in the folder, what it prints is the process's `stdout`."""
    with open(f"{folder}/{name}.log", "a") as log:
        return subprocess.Popen(
            [f"{os.environ['CRYPTO_BIN']}/{name}", *flags], stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)


def run_to_end(folder, name, *flags):
    """Runs one of our programs until it ends by itself, which it has to do well."""
    process = start(folder, name, *flags)
    process.communicate()
    assert process.returncode == 0, f"{name}: exit {process.returncode}\n{pathlib.Path(f'{folder}/{name}.log').read_text()[-2000:]}"


@contextlib.contextmanager
def pipeline(folder, *flags):
    """A pipeline with a page on a store of the folder's; gives the address of its page."""
    process = start(
        folder, "pipeline", "--store", f"sqlite:{folder}/crypto.db", "--http", "127.0.0.1:0", "--page", "127.0.0.1:0", "--page-files", str(PAGE), *flags)
    try:
        for line in process.stdout:
            found = re.match(r"The page: (http://\S+)", line)
            if found:
                yield found[1]
                break
        else:
            raise AssertionError("the pipeline told no address:\n" + pathlib.Path(f"{folder}/pipeline.log").read_text()[-2000:])
    finally:
        process.terminate()
        try:
            expect("the pipeline ends by itself", process.wait(timeout=30), 0)
        finally:
            process.kill()
            process.wait()
