// The row above the candles: the candle looked at, or the newest, and the value of each line there.
import { MINUTE } from "../../calc/candles.js";
import { h, setText } from "../../dom.js";
import * as format from "../../format.js";
import { gapBetween } from "../../calc/gaps.js";
import { LAYERS } from "./steps.js";

/** {element, show(data, model, time, row, now), items(…)}: `items` are what a picture draws. */
export function legend() {
  const element = h("div", { class: "chart-legend trend-legend" }), nodes = new Map();

  function items(data, model, time, row, now) {
    const { candles } = data.live, last = candles.at(-1), decimals = model.decimals, price = (value) => format.price(value, decimals);
    const candle = time === null ? last : candles.find((one) => one.start === time);
    const at = candle?.start ?? time, list = [{ key: "time", value: at === undefined ? "" : format.clock(at, now ?? Date.now()) }];
    if (!candle) {
      list.push({ key: "state", value: gapBetween(data.gaps, at, at + data.step) ? "gap" : "nobody traded", tag: "warn" });
      return list;
    }
    if (candle.isOpen) {
      const left = now ? Math.max(0, Math.min(data.step, now - candle.start)) : null;
      list.push({ key: "state", value: data.step === MINUTE && left !== null ? `open minute, ${Math.floor(Math.min(left, MINUTE) / 1000)} s` : "not final", tag: "info" });
    } else if (candle.incomplete) list.push({ key: "state", value: "incomplete", tag: "warn" });
    for (const [label, name] of [["O", "open"], ["H", "high"], ["L", "low"], ["C", "close"]]) list.push({ key: label, label, value: price(candle[name]) });
    const { base } = format.seriesParts(data.series);
    list.push({ key: "Vol", label: "Vol", value: `${format.thin(candle.volume)} ${base}` });
    for (const spec of model.series) {
      const layer = LAYERS.find((one) => one.key === spec.id);
      if (!layer || spec.pane !== "price" || spec.id === "trend") continue;
      const point = time === null ? spec.points.findLast((one) => one.value !== null) : spec.points.find((one) => one.time === time);
      list.push({ key: spec.id, label: layer.label, value: price(point?.value), colour: layer.colour, dash: layer.dash });
    }
    return list;
  }

  function show(data, model, time, row, now) {
    if (!data || !model) return;
    const list = items(data, model, time, row, now), keys = new Set(list.map((item) => item.key));
    for (const [key, node] of nodes) if (!keys.has(key)) node.element.remove(), nodes.delete(key);
    let before = null;
    for (const item of list) {
      let node = nodes.get(item.key);
      if (!node) nodes.set(item.key, (node = make(item)));
      if (node.element.previousElementSibling !== before || !node.element.isConnected) before ? before.after(node.element) : element.prepend(node.element);
      setText(node.value, item.value);
      if (item.tag) node.value.className = `tag ${item.tag}`;
      before = node.element;
    }
  }
  return { element, show, items };
}

function make(item) {
  const value = h(item.tag ? "span" : item.label ? "b" : "span", item.tag ? { class: `tag ${item.tag}` } : {});
  const element = h("span", { class: `legend-item item-${item.key}` },
    item.colour ? h("i", { class: `swatch ${item.dash} c-${item.colour}`, "aria-hidden": "true" }) : null,
    item.label ? h("span", item.colour ? { class: `c-${item.colour}` } : {}, item.label) : null, value);
  return { element, value };
}
