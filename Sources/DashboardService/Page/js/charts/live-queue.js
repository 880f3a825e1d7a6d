// Changes of a live chart, collected to one drawing a frame, in any order: an older one never makes the library throw.
import { barPoint, candlePoint, linePoint } from "./points.js";

/** Beyond so many points the oldest are left out: what an update costs grows with the length. */
const MOST = 2_200, KEPT = 2_000;

export class LiveQueue {
  constructor(chart) {
    this.chart = chart;
    this.changes = new Map();
  }

  /** The newest point of one time and series is what is drawn. */
  add(id, point) {
    const time = point.start ?? point.time;
    if (!Number.isFinite(time)) return;
    this.changes.set(`${id} ${time}`, { id, point, time });
    this.frame ??= requestAnimationFrame(() => this.flush());
  }

  clear() {
    this.changes.clear();
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
  }

  flush() {
    this.frame = null;
    const { chart, changes } = this, { stage, model } = chart;
    this.changes = new Map();
    if (!stage || stage.isGone || !changes.size) return;
    const sorted = [...changes.values()].sort((a, b) => a.time - b.time);
    this.lengthen(sorted[0].time, sorted.at(-1).time);
    const again = new Set();
    for (const change of sorted) if (!this.draw(change)) again.add(change.id);
    if (again.size || model.times.length > MOST) this.refill();
    chart.crosshair.refresh();
  }

  // New whitespace and the bar come in one turn: whitespace alone does not move the view, and the next bar would move it by all of it.
  lengthen(first, time) {
    const { stage, model } = this.chart;
    if (!model.times.length) {
      model.times.push(first);
      stage.fill();
    }
    for (let next = model.times.at(-1) + model.step; next <= time; next += model.step) {
      model.times.push(next);
      stage.axis.update({ time: next / 1000 });
    }
  }

  // Whether the change could be drawn by itself; else the series is given anew from our own points, which hold it already.
  draw({ id, point, time }) {
    const entry = this.chart.stage.series.get(id);
    if (!entry) return true;
    const { spec, factor } = entry, points = spec.points, newest = points.at(-1);
    const timeOf = (one) => one.start ?? one.time;
    const isNewer = !newest || time > timeOf(newest), isNewest = newest && time === timeOf(newest);
    if (isNewer) points.push(point);
    else if (isNewest) points[points.length - 1] = point;
    else insert(points, point, time, timeOf);
    if (!isNewer && !isNewest) return false;
    const drawn = this.drawn(spec, point, factor);
    if (drawn.time * 1000 < entry.last || (spec.kind !== "candles" && spec.kind !== "bars" && isNewer && this.breaksBefore(time, newest))) return false;
    if (Math.abs(drawn.high ?? drawn.value ?? 0) > 9e13) return false;
    try {
      entry.api.update(drawn);
      entry.last = time;
      return true;
    } catch {
      return false;
    }
  }

  breaksBefore(time, newest) {
    const { model } = this.chart;
    return newest && time - newest.time > model.step;
  }

  drawn(spec, point, factor) {
    const palette = this.chart.stage.palette;
    if (spec.kind === "candles") return candlePoint(point, palette, factor);
    if (spec.kind === "bars") return barPoint(point, palette, factor);
    return linePoint(point, false, spec.kind, factor);
  }

  /** Gives all series their points again, the oldest left out where there are too many; the view stays where it is. */
  refill() {
    const { chart } = this, { model, stage } = chart, viewed = chart.viewed(model);
    if (model.times.length > MOST) {
      model.times.splice(0, model.times.length - KEPT);
      const first = model.times[0];
      for (const spec of model.series) {
        const index = spec.points.findIndex((point) => (point.start ?? point.time) >= first);
        if (index > 0) spec.points.splice(0, index);
      }
    }
    stage.fill();
    chart.view(viewed);
  }
}

function insert(points, point, time, timeOf) {
  let index = points.length;
  while (index > 0 && timeOf(points[index - 1]) > time) index -= 1;
  if (index > 0 && timeOf(points[index - 1]) === time) points[index - 1] = point;
  else points.splice(index, 0, point);
}
