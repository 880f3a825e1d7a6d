"""The chart that the tests of charts draw: candles of one price and a line below them."""

SET_UP = """
    const {TimeChart} = await import('/js/charts/time-chart.js'); const {timeline} = await import('/js/calc/gaps.js');
    const box = document.getElementById('box'); box.style.cssText = 'height: 500px; width: 900px';
    globalThis.chart = new TimeChart({bars: 100}); chart.element.style.height = '480px'; box.replaceChildren(chart.element);
    const candle = (start, close) => ({start, open: close, high: close + 1, low: close - 1, close, volume: 1, count: 1});
    globalThis.candle = candle;
    globalThis.model = (starts, gaps = []) => ({
        about: 'test', step: 60000, times: starts.length ? timeline(starts[0], starts.at(-1), 60000) : [], gaps, decimals: 2, price: 5, open: null,
        panes: [{name: 'price', share: 70}, {name: 'line', share: 30, nameOf: () => []}], markers: [],
        series: [{id: 'candles', kind: 'candles', pane: 'price', points: starts.map((start) => candle(start, 100)), decimals: 2, format: String},
                 {id: 'line', kind: 'line', pane: 'line', points: starts.map((time) => ({time, value: time / 60000})), decimals: 2, format: String}],
        sentence: () => 'a test', says: () => 'said',
    });
    globalThis.frames = async (count) => { for (let k = 0; k < count; k += 1) await new Promise((done) => requestAnimationFrame(done)); };
"""
