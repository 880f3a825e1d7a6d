"""The first minute of the quick start, without a network: the page of the shipped sample moves.

It wants CRYPTO_BIN, the folder of the programs.
"""
import tempfile

from browser import chromium, end, expect, open_view, prices_move, themed
from programs import need_programs, pipeline

need_programs("the page of the sample")
with tempfile.TemporaryDirectory() as folder, pipeline(folder, "--sample") as address, chromium() as browser:
    reports = []
    page = open_view(themed(browser, "light"), address, "overview", reports)
    prices_move(page)
    expect("the console is quiet", reports, [])
end()
