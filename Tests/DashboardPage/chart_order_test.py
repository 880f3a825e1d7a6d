"""The time chart: updates in any order never make the library throw, and leave what they would have left in order."""
import random

from browser import blank_page, end, expect, has_library, run
from chart_set_up import SET_UP

M = 60_000
rng = random.Random(4)

if has_library("lightweight-charts.js"):
    with blank_page() as page:
        run(page, SET_UP)
        expect("it draws", run(page, "return chart.show(model(given, [{from: 300000, to: 600000}]))", [k * M for k in range(300) if not 5 <= k < 10 and k % 17]), True)
        for turn in range(20):
            times = [rng.randrange(0, 330) * M for _ in range(40)]
            run(page, "for (const time of given) { chart.update('candles', candle(time, time / 60000)); chart.update('line', {time, value: time % 7 ? time : null}); } await frames(2)", times)
        got = run(page, """const starts = chart.model.series[0].points.map((one) => one.start), drawn = chart.stage.series.get('candles').api.data().map((one) => one.time * 1000);
            return [starts.every((start, index) => !index || start > starts[index - 1]), JSON.stringify(drawn) === JSON.stringify(starts), chart.model.times.every((time, index) => !index || time - chart.model.times[index - 1] === 60000)]""")
        expect("in any order: what is drawn is what is kept, in order, and the axis has every minute", got, [True, True, True])

        run(page, "for (let k = 330; k < 3000; k += 1) { chart.update('candles', candle(k * 60000, 100)); if (k % 200 === 0) await frames(1); } await frames(3)")
        got = run(page, "return [chart.model.times.length <= 2200, chart.model.times.at(-1), chart.stage.series.get('candles').api.data().length <= 2200]")
        expect("a chart that lives long keeps the newest", got, [True, 2999 * M, True])

        run(page, "chart.update('candles', candle(NaN, 1)); chart.update('candles', {...candle(3000 * 60000, 100), volume: 1e300, high: 1e300}); chart.update('line', {time: 3000 * 60000, value: NaN}); chart.update('none', {time: 5, value: 1}); await frames(2)")
        expect("values that the library refuses are scaled or left out, and unknown series ignored", run(page, "return chart.stage.series.get('candles').factor > 1"), True)

        expect("an empty chart takes its first minute", run(page, """await chart.show({...model([]), about: 'empty'}); chart.update('candles', candle(60000, 3)); chart.update('candles', candle(180000, 4)); await frames(3);
            return [chart.model.times, chart.stage.series.get('candles').api.data().length]"""), [[M, 2 * M, 3 * M], 2])
        run(page, "for (let k = 0; k < 6; k += 1) { chart.show({...model([0, 60000, 120000]), panes: [{name: 'price', share: 1}].concat(k % 2 ? [{name: 'line', share: 1}] : [])}); chart.update('candles', candle(180000, k)); await frames(1); } await frames(20)")
        expect("panes that change faster than they can be made leave one chart", run(page, "return chart.stages.children.length"), 1)
        run(page, "chart.show(model([0, 60000])); chart.destroy(); await frames(20)")
        expect("a chart that goes while it is made leaves nothing", run(page, "return document.querySelectorAll('canvas').length"), 0)
end()
