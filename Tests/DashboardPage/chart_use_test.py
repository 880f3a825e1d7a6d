"""The time chart in use: prices as fine as the market's smallest move, keys, panes, gaps, a sharp picture, words without the library."""
import struct, zlib

from browser import blank_page, end, expect, has_library, run
from chart_set_up import SET_UP

M = 60_000
MODEL = """
    const tiny = (value) => value.toFixed(8);
    globalThis.shown = (theme) => ({...model(Array.from({length: 120}, (_, k) => k).filter((k) => k < 60 || k > 69).map((k) => k * 60000), [{from: 3600000, to: 4200000}]), decimals: 8, price: 0.00001234,
        panes: [{name: 'price', share: 70}, {name: 'line', share: 30, nameOf: () => []}]});
    const made = shown(); made.series[0] = {...made.series[0], decimals: 8, format: tiny, points: made.series[0].points.map(({start}) => ({start, open: 1.2e-5, high: 1.3e-5, low: 1.1e-5, close: 1.234e-5, volume: 1, count: 1}))};
    await chart.show(made); await frames(4);
"""


def pixels(png):
    """The rows of an 8-bit RGBA picture: its width, height and bytes."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) == (8, 6), (depth, kind)
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at:at + 8])
        data += png[at + 8:at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    return width, height, zlib.decompress(data)


if has_library("lightweight-charts.js"):
    with blank_page() as page:
        run(page, SET_UP)
        run(page, MODEL)
        expect("a price of 0.00001234 is said whole", run(page, "return chart.stage.series.get('candles').api.priceFormatter().format(1.234e-5)"), "0.00001234")
        heights = run(page, "return chart.stage.chart.panes().map((pane) => pane.getHeight())")
        expect("panes have their shares", abs(heights[0] / sum(heights) - .7) < .02, True)
        ends = run(page, "const m = await import('/js/charts/points.js'); return m.pointsOf(chart.model.series[1], chart.model.gaps, 60000, {}, 1).filter((point) => point.color).map((point) => point.time)")
        expect("a line ends where the gap begins, and only there", ends, [59 * 60])

        page.focus(".chart-box")
        for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft"):
            page.keyboard.press(key)
        expect("arrows move by a bar, with shift by ten", run(page, "return chart.crosshair.time"), (119 - 11) * M)
        expect("and say where they are", page.inner_text(".chart .hush"), "said")
        before = run(page, "const range = chart.stage.chart.timeScale().getVisibleLogicalRange(); return range.to - range.from")
        page.keyboard.press("+")
        after = run(page, "await frames(3); const range = chart.stage.chart.timeScale().getVisibleLogicalRange(); return range.to - range.from")
        expect("plus zooms in", after < before, True)
        page.keyboard.press("0")
        expect("0 shows what was shown at first", run(page, "await frames(3); const range = chart.stage.chart.timeScale().getVisibleLogicalRange(); return range.to - range.from"), before, within=.01)
        page.keyboard.press("Home")
        expect("Home goes to the first bar and shows it", run(page, "await frames(4); return [chart.crosshair.time, chart.stage.chart.timeScale().getVisibleLogicalRange().from <= 0]"), [0, True])

        run(page, "document.documentElement.dataset.theme = 'dark'; await frames(3)")
        expect("another theme is another ground", run(page, "return chart.stage.chart.options().layout.background.color"), "#112232")
        run(page, "const {settings} = await import('/js/settings.js'); settings.set('zone', 'local'); await frames(12)")
        expect("another zone leaves one chart with the same points", run(page, "return [chart.stages.children.length, chart.stage.series.get('candles').api.data().length]"), [1, 110])

        with page.expect_download() as download:
            run(page, "const {saveTimeChart} = await import('/js/charts/picture.js'); await saveTimeChart(chart, {title: 'A test', subtitle: '1970-01-01, times in UTC', name: 'a test: <1>'})")
        expect("a name is one that a file can have", download.value.suggested_filename, "a-test-1-.png")
        width, height, raw = pixels(open(download.value.path(), "rb").read())
        size = run(page, "return [chart.stages.clientWidth, chart.stages.clientHeight]")
        expect("the picture is twice as sharp as the page, with a head and a foot", [width >= 2 * size[0], height >= 2 * size[1] + 100], [True, True])
        expect("and not blank", len(set(raw[k:k + 4] for k in range(1, len(raw) - 4, 4093))) > 20, True)
        expect("what it was drawn with is gone", page.locator(".chart-offstage").count(), 0)

    with blank_page(withheld=("/lib/lightweight-charts.js", "/lib/chart.js")) as page:
        got = run(page, SET_UP + """const {missingLibrary} = await import('/js/charts/library.js'); const {PlainChart} = await import('/js/charts/plain-chart.js');
            const shown = [await chart.show(model([0, 60000])), await new PlainChart().show(() => ({}), 'x')];
            box.replaceChildren(missingLibrary('times', () => {})); return [...shown, box.textContent.includes('/lib/lightweight-charts.js')]""")
        expect("without its library a chart says so in words", got, [False, False, True])
end()
