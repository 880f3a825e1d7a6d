// Where one looks in a chart, by pointer or key: the legend and the panes' names follow, and markers say their words beside it.
import { h } from "../dom.js";
import { frame } from "./stage.js";

export class Crosshair {
  constructor(chart) {
    this.chart = chart;
    this.time = null;   // ms of the bar looked at, null for the newest
    this.isByKey = false;
    this.isLed = false;  // it stands where another chart is looked at
    chart.box.addEventListener("blur", () => this.isByKey && this.clear());
  }

  listen(stage) {
    stage.chart.subscribeCrosshairMove((event) => {
      // Without an event of its own it is the chart that moved, not the pointer: what was chosen by key stays.
      if (this.isSetting || ((this.isByKey || this.isLed) && !event.sourceEvent)) return;
      this.isByKey = this.isLed = false;
      this.look(event.point && event.time !== undefined ? event.time * 1000 : null, event.point);
    });
  }

  look(time, point) {
    this.time = time;
    this.chart.onCrosshair?.(time);
    this.nameValues();
    this.tell(time, point);
    if (!this.isLed) this.chart.onLook?.(time);
  }

  /** Stands at the bar of a time at which another chart is looked at; null or a time that is not on the axis: nowhere. */
  follow(time) {
    const { model, stage } = this.chart;
    if (this.isByKey || !model?.times.length || !stage || stage.isGone) return;
    const [first] = model.times, place = time === null ? -1 : Math.floor((time - first) / model.step);
    this.isLed = true;
    if (place >= 0 && place < model.times.length) {
      this.time = first + place * model.step;
      return this.place();
    }
    this.isSetting = true;
    stage.chart.clearCrosshairPosition();
    this.isSetting = false;
    this.look(null, null);
    this.isLed = false;
  }

  /** The legend of the same bar again, after its values changed. */
  refresh() {
    if (this.isByKey) return this.place();
    this.chart.onCrosshair?.(this.time);
    this.nameValues();
  }

  nameValues() {
    const { names, model } = this.chart;
    [...names.children].forEach((name, index) => {
      const pane = model.panes[index];
      if (index && pane?.nameOf) name.replaceChildren(...pane.nameOf(this.time));
    });
  }

  /** Moves to the bar of an index of the axis, brings it into view and says it. */
  moveTo(index) {
    const { chart } = this, { times } = chart.model;
    if (!times.length || !chart.stage || chart.stage.isGone) return;
    const place = Math.max(0, Math.min(times.length - 1, index)), time = times[place];
    const scale = chart.stage.chart.timeScale(), range = scale.getVisibleLogicalRange();
    if (range && (place < range.from || place > range.to)) {
      const move = place < range.from ? place - range.from - 1 : place - range.to + 1;
      scale.setVisibleLogicalRange({ from: range.from + move, to: range.to + move });
      // The range is another one from the next frame on.
      frame().then(() => this.isByKey && this.time === time && this.place());
    }
    this.isByKey = true;
    this.isLed = false;
    this.time = time;
    this.place();
    chart.say(chart.model.says?.(time) ?? "");
  }

  /** Puts the library's crosshair where the keys have led, which it keeps by pixels and we by time. */
  place() {
    const { chart, time } = this, { stage } = chart;
    if (!stage || stage.isGone || time === null) return;
    const main = stage.series.get(chart.model.series[0].id), point = nearest(main.spec.points, time);
    this.isSetting = true;
    if (point) stage.chart.setCrosshairPosition((point.close ?? point.value) / main.factor, time / 1000, main.api);
    this.isSetting = false;
    const x = stage.chart.timeScale().timeToCoordinate(time / 1000);
    this.look(time, x === null ? null : { x, y: 40 });
  }

  index() {
    const { times, step } = this.chart.model;
    return this.time === null || !times.length ? null : Math.round((this.time - times[0]) / step);
  }

  clear() {
    this.isByKey = false;
    const stage = this.chart.stage;
    if (stage && !stage.isGone) stage.chart.clearCrosshairPosition();
    this.look(null, null);
  }

  // The words of the markers at a time: one line each.
  tell(time, point) {
    const { tip, model, stages } = this.chart;
    const here = time === null ? [] : (model.markers ?? []).filter((marker) => marker.time === time && marker.words);
    tip.hidden = !here.length || !point;
    if (tip.hidden) return;
    tip.replaceChildren(...here.map((marker) => h("p", {}, marker.words)));
    const width = stages.clientWidth, left = point.x + 14 + tip.offsetWidth > width - 80 ? point.x - tip.offsetWidth - 14 : point.x + 14;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, point.y - 10)}px`;
  }
}

/** Makes charts of one view look at the same time, whichever of them is used. */
export function link(...charts) {
  for (const chart of charts) {
    chart.onLook = (time) => {
      for (const other of charts) if (other !== chart) other.crosshair.follow(time);
    };
  }
}

// The newest point that is not after a time: what a bar without one stands beside.
function nearest(points, time) {
  let low = 0, high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle].start ?? points[middle].time) <= time) low = middle + 1;
    else high = middle;
  }
  for (let index = Math.max(0, low - 1); index >= 0; index -= 1) {
    if (Number.isFinite(points[index].close ?? points[index].value)) return points[index];
  }
  return points.find((point) => Number.isFinite(point.close ?? point.value)) ?? null;
}
