// One chart of the library made from a model: panes, series, bands and markers, at a scale of 1 on the page and of 2 for pictures.
import { zoneScale } from "./axis.js";
import { Bands } from "./bands.js";
import { factorOf, pointsOf } from "./points.js";
import { duration } from "../format.js";

const DASHES = { solid: 0, dotted: 1, dashed: 2, long: 3, sparse: 4 };

export class Stage {
  /** - element: a box with a height; model: as in time-chart.js; settings: {zone(), palette, scale, wheel}. */
  constructor(library, element, model, settings) {
    Object.assign(this, { library, element, model, ...settings });
    this.scale ??= 1;
    const horizontal = zoneScale(library, this.zone);
    horizontal.stepMs = model.step;
    this.horizontal = horizontal;
    this.chart = library.createChartEx(element, horizontal, this.options());
    this.state = {
      gaps: model.gaps, step: model.step, first: null, open: model.open ?? null, scale: this.scale, colours: this.palette,
      says: (gap) => `gap ${duration(gap.to - gap.from)}`,
    };
    this.axis = this.chart.addSeries(library.LineSeries, {
      priceScaleId: "axis", lineVisible: false, lastValueVisible: false, priceLineVisible: false, crosshairMarkerVisible: false,
      autoscaleInfoProvider: () => null,
    });
    this.series = new Map();
    for (const spec of model.series) this.add(spec);
    this.fill();
    this.chart.panes().forEach((pane, index) => pane.attachPrimitive(new Bands(this.state, index === 0)));
    // A new crosshair counts as seen at the first bar and would mark it.
    this.chart.clearCrosshairPosition();
  }

  options() {
    const { palette, scale, model } = this;
    const label = { labelBackgroundColor: palette.muted, color: palette["line-strong"], style: 3, width: 1 };
    return {
      autoSize: true,
      layout: {
        attributionLogo: false, background: { type: "solid", color: palette.surface }, textColor: palette.muted,
        fontFamily: palette.font, fontSize: 11 * scale,
        panes: { separatorColor: palette.line, separatorHoverColor: palette["accent-soft"], enableResize: true },
      },
      grid: { vertLines: { color: palette.grid }, horzLines: { color: palette.grid } },
      rightPriceScale: { minimumWidth: (model.axisWidth ?? 74) * scale, entireTextOnly: true, borderColor: palette.line },
      timeScale: {
        borderColor: palette.line, timeVisible: true, minBarSpacing: 0.01,
        rightOffset: model.rightOffset ?? 2, barSpacing: 7 * scale,
      },
      crosshair: { mode: 0, vertLine: label, horzLine: label },
      handleScroll: { vertTouchDrag: false, mouseWheel: Boolean(this.wheel), horzTouchDrag: true, pressedMouseMove: true },
      handleScale: { mouseWheel: Boolean(this.wheel), pinch: true, axisPressedMouseMove: true, axisDoubleClickReset: true },
      localization: { locale: "en-US" },
    };
  }

  paneIndex(name) {
    return Math.max(0, this.model.panes.findIndex((pane) => pane.name === name));
  }

  add(spec) {
    const { library } = this;
    const kinds = {
      candles: library.CandlestickSeries, line: library.LineSeries, area: library.AreaSeries, bars: library.HistogramSeries,
    };
    const own = this.look(spec), pane = this.paneIndex(spec.pane);
    const made = this.chart.addSeries(kinds[spec.kind], own, pane);
    if (spec.scaleId) this.chart.priceScale(spec.scaleId, pane).applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
    else made.priceScale().applyOptions({ scaleMargins: spec.margins ?? { top: 0.1, bottom: 0.08 } });
    this.series.set(spec.id, { spec, api: made, factor: 1, last: -Infinity, levels: [] });
  }

  look(spec) {
    const { palette, scale } = this, colour = palette[spec.colour ?? "s1"], decimals = spec.decimals ?? 2;
    const shared = {
      priceLineVisible: false, lastValueVisible: Boolean(spec.lastValue), title: "",
      priceFormat: {
        type: "custom", minMove: 10 ** -decimals,
        formatter: (value) => spec.format(value * (this.series.get(spec.id)?.factor ?? 1)),
      },
    };
    if (spec.scaleId) shared.priceScaleId = spec.scaleId;
    if (spec.autoscale === false) shared.autoscaleInfoProvider = () => null;
    else if (spec.include) shared.autoscaleInfoProvider = (original) => widened(original(), spec.include);
    if (spec.kind === "candles") return { ...shared, upColor: palette.surface, downColor: palette.down };
    if (spec.kind === "bars") return { ...shared, color: colour, base: 0 };
    const line = { lineWidth: Math.min(4, (spec.width ?? 2) * scale), lineStyle: DASHES[spec.dash ?? "solid"], crosshairMarkerRadius: 3 * scale };
    if (spec.kind === "area") return { ...shared, ...line, lineColor: colour, topColor: `${colour}33`, bottomColor: `${colour}05` };
    return { ...shared, ...line, color: colour };
  }

  /** Gives every series its points: the axis first, as one true step after the other, so that what is missing has its place. */
  fill() {
    const { model, palette } = this, times = model.times;
    this.state.first = times.length ? times[0] : null;
    this.state.gaps = model.gaps;
    this.axis.setData(times.map((time) => ({ time: time / 1000 })));
    this.lastTime = times.at(-1) ?? -Infinity;
    for (const entry of this.series.values()) {
      entry.factor = factorOf(entry.spec.points, entry.spec.kind);
      const points = pointsOf(entry.spec, model.gaps, model.step, palette, entry.factor);
      entry.last = points.length ? points.at(-1).time * 1000 : -Infinity;
      entry.api.setData(points);
      this.level(entry);
    }
    this.mark();
    this.price();
  }

  /** Draws the fixed values of a series, such as a threshold or the highest price. */
  level(entry) {
    const { palette, scale } = this;
    for (const line of entry.levels) entry.api.removePriceLine(line);
    entry.levels = (entry.spec.levels ?? []).map((level) => entry.api.createPriceLine({
      price: level.value / entry.factor, color: palette[level.colour ?? "muted"], lineStyle: DASHES[level.dash ?? "dotted"], lineWidth: scale,
      axisLabelVisible: Boolean(level.title), title: level.title ?? "", axisLabelColor: palette[level.colour ?? "muted"],
      axisLabelTextColor: palette.surface,
    }));
  }

  /** Puts the model's markers on the first series; no text in them, as it would collide with lines. */
  mark() {
    const { model, palette } = this, first = this.series.get(model.series[0]?.id);
    if (!first) return;
    const markers = (model.markers ?? []).map((marker) => ({
      time: marker.time / 1000, shape: marker.shape, position: marker.position, color: palette[marker.colour], id: marker.id, size: marker.size ?? 1,
    }));
    if (this.markers) this.markers.setMarkers(markers);
    else if (markers.length) this.markers = this.library.createSeriesMarkers(first.api, markers);
  }

  /** The dotted line of the price in view; the library's own label would take a hollow candle's white. */
  price() {
    const { model, palette } = this, first = this.series.get(model.series[0]?.id);
    if (!first || model.price === undefined) return;
    if (this.priceLine) first.api.removePriceLine(this.priceLine);
    this.priceLine = model.price === null ? null : first.api.createPriceLine({
      price: model.price / first.factor, color: palette[model.priceColour ?? "accent"], lineStyle: 1, lineWidth: this.scale, axisLabelVisible: true, title: "",
      axisLabelColor: palette[model.priceColour ?? "accent"], axisLabelTextColor: palette.surface,
    });
  }

  /** Moves that line without making it anew. */
  movePrice(price) {
    this.model.price = price;
    const first = this.series.get(this.model.series[0]?.id);
    if (this.priceLine && price !== null) this.priceLine.applyOptions({ price: price / first.factor });
    else this.price();
  }

  /** Brings the panes to their shares. The library takes a change evenly from the others, so it is asked from the last to the second, thrice, a frame each. */
  async arrange() {
    const shares = this.model.panes.map((pane) => pane.share), all = shares.reduce((sum, share) => sum + share, 0);
    if (shares.length < 2) return;
    for (let round = 0, isChanged = true; round < 3 && isChanged; round += 1) {
      isChanged = false;
      for (let index = shares.length - 1; index > 0; index -= 1) {
        if (isChanged || round) await frame();
        const panes = this.isGone ? [] : this.chart.panes();
        if (!panes[index]) return;
        const total = panes.reduce((sum, pane) => sum + pane.getHeight(), 0);
        const wanted = Math.max(30, Math.round((total * shares[index]) / all));
        if (Math.abs(panes[index].getHeight() - wanted) <= 1) continue;
        panes[index].setHeight(wanted);
        isChanged = true;
      }
    }
    await frame();
  }

  /** Repaints in other colours; points carry their own, so they are given again. */
  recolour(palette) {
    this.palette = palette;
    this.state.colours = palette;
    const { autoSize, timeScale, ...options } = this.options();
    this.chart.applyOptions({ ...options, timeScale: { borderColor: palette.line } });
    for (const { spec, api } of this.series.values()) {
      const { priceFormat, autoscaleInfoProvider, ...look } = this.look(spec);
      api.applyOptions(look);
    }
    this.fill();
  }

  remove() {
    this.isGone = true;
    this.chart.remove();
  }
}

function widened(info, include) {
  const values = include.filter((value) => Number.isFinite(value));
  if (!values.length) return info;
  const range = info?.priceRange ?? { minValue: values[0], maxValue: values[0] };
  return {
    ...info,
    priceRange: { minValue: Math.min(range.minValue, ...values), maxValue: Math.max(range.maxValue, ...values) },
  };
}

/** The next frame, or 50 ms where the page is not drawn. */
export function frame() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 50);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
