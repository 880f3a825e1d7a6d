// A time chart that a person can use: drawn by the library, with keys, a sentence and a table for those who do not see it.
//
// A model is {about, step, times, gaps, panes: [{name, share, title}], series: [spec…], markers, price, open, table, legend(time), sentence(last)}.
// A spec is {id, kind: candles|line|area|bars, pane, points, colour, dash, width, decimals, format, autoscale, include, levels, scaleId}.
// `about` says whose points they are: what is in view stays as long as that and the step do.
// `times` are all starts from the first to the last, also of what is missing: so the axis is true and a place follows from a time.
import { h, setText } from "../dom.js";
import { settings } from "../settings.js";
import { colours, onColours } from "./colours.js";
import { Crosshair } from "./crosshair.js";
import { onKeys } from "./keys.js";
import { timeCharts } from "./library.js";
import { LiveQueue } from "./live-queue.js";
import { frame, Stage } from "./stage.js";

export class TimeChart {
  /** - settings: {bars: how many are shown at first, 0 for all; wheel: whether the wheel zooms; onCrosshair(time, point)}. */
  constructor({ bars = 0, wheel = false, className = "", onCrosshair } = {}) {
    Object.assign(this, { bars, wheel, onCrosshair });
    this.stages = h("div", { class: "chart-stages" });
    this.names = h("div", { class: "chart-names", "aria-hidden": "true" });
    this.tip = h("div", { class: "chart-tip", hidden: true, "aria-hidden": "true" });
    this.said = h("p", { class: "hush", "aria-live": "polite" });
    this.box = h("div", { class: "chart-box", role: "img", tabindex: "0", "aria-label": "Chart" }, this.stages, this.names, this.tip);
    this.element = h("div", { class: `chart ${className}` }, this.box, this.said);
    this.crosshair = new Crosshair(this);
    this.queue = new LiveQueue(this);
    // The library comes while the data are asked for.
    timeCharts();
    this.ends = [
      onColours(() => this.recolour()),
      settings.onChange((key) => key === "zone" && this.rebuild()),
      onKeys(this),
    ];
    this.resized = new ResizeObserver(([entry]) => {
      // A range that was set while the box had no width is lost.
      if (!this.width && entry.contentRect.width && this.visible) this.view(null);
      this.width = entry.contentRect.width;
      // The library hears of its new size after us.
      frame().then(() => !this.isGone && this.placeNames());
    });
    this.resized.observe(this.stages);
  }

  /** Draws a model: a new chart where panes or series are others, else new points in the one that is there. False where the library is missing. */
  async show(model) {
    const library = await timeCharts(), shape = shapeOf(model), before = this.model;
    if (this.isGone) return false;
    // The table and the legend work without the library, too.
    this.model = model;
    if (!library) return false;
    this.library = library;
    if (before && (before.step !== model.step || before.about !== model.about)) this.crosshair.time = null;
    this.queue.clear();
    this.describe();
    if (!this.stage || shape !== this.shape) {
      this.shape = shape;
      await this.rebuild(before && before.step === model.step && before.about === model.about ? this.viewed(before) : null);
    } else {
      const viewed = before.step === model.step && before.about === model.about ? this.viewed(before) : null;
      this.stage.model = model;
      this.stage.series.forEach((entry, id) => (entry.spec = model.series.find((spec) => spec.id === id)));
      Object.assign(this.stage.state, { open: model.open ?? null, step: model.step });
      this.stage.horizontal.stepMs = model.step;
      this.stage.fill();
      this.view(viewed);
    }
    this.crosshair.refresh();
    return true;
  }

  /** Makes the chart anew behind the one that is shown, and changes them when its panes have their heights. */
  async rebuild(viewed = this.model ? this.viewed(this.model) : null) {
    if (!this.library || !this.model) return;
    if (this.stage && this.stage !== this.visible) drop(this.stage);
    const element = h("div", { class: "chart-stage is-hidden" });
    this.stages.append(element);
    const stage = new Stage(this.library, element, this.model, { zone: () => settings.get("zone"), palette: colours(), wheel: this.wheel });
    this.stage = stage;
    // The library learns its size from an observer, which speaks after a frame.
    await frame();
    await frame();
    if (stage.isGone) return;
    this.view(viewed);
    await stage.arrange();
    if (stage.isGone) return;
    if (this.visible) drop(this.visible);
    this.visible = stage;
    element.classList.remove("is-hidden");
    this.crosshair.listen(stage);
    this.placeNames();
    this.describe();
  }

  /** What is in view of a model: its times, and whether it follows the newest. */
  viewed(model) {
    const range = this.stage && !this.stage.isGone ? this.stage.chart.timeScale().getVisibleLogicalRange() : null;
    if (!range || !model.times.length) return null;
    const last = model.times.length - 1;
    return { from: model.times[0] + range.from * model.step, to: model.times[0] + range.to * model.step, follows: range.to >= last, ahead: range.to - last, count: range.to - range.from };
  }

  /** Brings back what was in view, or what the chart begins with. */
  view(viewed = null) {
    const { times, step } = this.model;
    if (!times.length || !this.stage || this.stage.isGone) return;
    const last = times.length - 1, scale = this.stage.chart.timeScale();
    if (!viewed) {
      // A few candles stay slim: they stand at the right of an axis of forty.
      const count = this.bars ? Math.max(Math.min(times.length, this.firstBars()), 40) : times.length;
      return scale.setVisibleLogicalRange({ from: last - count + 0.5, to: last + (this.bars ? 2.5 : 0.5) });
    }
    if (viewed.follows) return scale.setVisibleLogicalRange({ from: last + viewed.ahead - viewed.count, to: last + viewed.ahead });
    scale.setVisibleLogicalRange({ from: (viewed.from - times[0]) / step, to: (viewed.to - times[0]) / step });
  }

  // About eight pixels a bar, at most as many as were asked for.
  firstBars() {
    return Math.max(20, Math.min(this.bars, Math.floor((this.stages.clientWidth - 80) / 7)));
  }

  reset() {
    this.view(null);
    this.crosshair.clear();
  }

  /** Takes changes of the newest points: {id, point}, as many a second as there are; they are drawn once a frame, whatever their order. */
  update(id, point) {
    this.queue.add(id, point);
  }

  recolour() {
    if (this.stage && !this.stage.isGone) this.stage.recolour(colours());
    this.placeNames();
  }

  /** Writes the panes' names where the panes are. */
  placeNames() {
    const stage = this.stage;
    if (!stage || stage.isGone) return;
    let top = 0;
    const panes = stage.chart.panes();
    this.names.replaceChildren(...panes.map((pane, index) => {
      const name = h("div", { class: "chart-name" }, ...(index && this.model.panes[index]?.nameOf ? this.model.panes[index].nameOf(this.crosshair.time) : []));
      name.style.top = `${top + 4}px`;
      top += pane.getHeight() + 1;
      return name;
    }));
  }

  describe() {
    this.box.setAttribute("aria-label", `${this.model.sentence()} Arrow keys move along it, plus and minus zoom, 0 resets, T shows its table.`);
  }

  /** Says a point to a screen reader; only after a key, never by itself. */
  say(text) {
    setText(this.said, text);
  }

  destroy() {
    this.isGone = true;
    this.resized.disconnect();
    for (const end of this.ends) end();
    this.queue.clear();
    for (const stage of new Set([this.stage, this.visible])) if (stage) drop(stage);
    this.element.remove();
  }
}

function drop(stage) {
  if (!stage.isGone) stage.remove();
  stage.element.remove();
}

// What a chart cannot change without being made anew.
function shapeOf(model) {
  return JSON.stringify([model.panes.map((pane) => [pane.name, pane.share]), model.axisWidth, model.series.map((spec) => [
    spec.id, spec.kind, spec.pane, spec.colour, spec.dash, spec.decimals, spec.scaleId, spec.autoscale, spec.include, spec.width,
  ])]);
}
