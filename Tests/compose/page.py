"""The page of the running stack in a browser: prices move, each view opens, the console is quiet.

    page.py ADDRESS
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "DashboardPage"))
from browser import VIEWS, chromium, end, expect, open_view, prices_move, themed

reports = []
with chromium() as browser:
    for view in VIEWS:
        page = open_view(themed(browser, "light"), sys.argv[1], view, reports)
        if view == "overview":
            prices_move(page)
        expect(f"{view}: nothing has failed", page.locator(".card[data-state=failed]").count(), 0)
        page.context.close()
expect("the console is quiet", reports, [])
end()
