// A chart by keyboard: arrows move along it, + and − zoom, Home and End go to its ends, Page keys turn it, 0 resets, T is its table.

/** Listens on a chart's box; gives the function that ends it. */
export function onKeys(chart) {
  const listener = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !chart.model || !chart.stage) return;
    const act = actions[event.key];
    if (!act || act(chart, event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  };
  chart.box.addEventListener("keydown", listener);
  return () => chart.box.removeEventListener("keydown", listener);
}

const move = (by) => (chart, event) => {
  const at = chart.crosshair.index() ?? chart.model.times.length - (by < 0 ? 0 : 1);
  chart.crosshair.moveTo(at + by * (event.shiftKey ? 10 : 1));
};

const zoom = (factor) => (chart) => {
  const scale = chart.stage.chart.timeScale(), range = scale.getVisibleLogicalRange();
  if (!range) return;
  const at = chart.crosshair.index(), width = range.to - range.from;
  const middle = at !== null && at >= range.from && at <= range.to ? at : range.to;
  const wanted = Math.max(5, Math.min(chart.model.times.length + 4, width * factor)), share = (middle - range.from) / width;
  scale.setVisibleLogicalRange({ from: middle - wanted * share, to: middle + wanted * (1 - share) });
};

const turn = (by) => (chart) => {
  const scale = chart.stage.chart.timeScale(), range = scale.getVisibleLogicalRange();
  if (!range) return;
  const last = chart.model.times.length - 1, width = range.to - range.from;
  const shift = Math.max(-range.from, Math.min(last + 3 - range.to, by * width * 0.8));
  scale.setVisibleLogicalRange({ from: range.from + shift, to: range.to + shift });
};

const actions = {
  ArrowLeft: move(-1), ArrowRight: move(1),
  "+": zoom(0.7), "=": zoom(0.7), "-": zoom(1 / 0.7), "−": zoom(1 / 0.7), _: zoom(1 / 0.7),
  Home: (chart) => chart.crosshair.moveTo(0), End: (chart) => chart.crosshair.moveTo(chart.model.times.length - 1),
  PageUp: turn(-1), PageDown: turn(1),
  0: (chart) => chart.reset(),
  t: (chart) => chart.onTable?.(), T: (chart) => chart.onTable?.(),
  // Without a crosshair Escape is the page's.
  Escape: (chart) => (chart.crosshair.isByKey ? chart.crosshair.clear() : false),
};
