// How right the model was over a moving span, beside each fitted rule on the same predictions.
import { timeline } from "../../calc/gaps.js";
import { rolling } from "../../calc/scores.js";
import { missingLibrary } from "../../charts/library.js";
import { swatch } from "../../charts/line.js";
import { TimeChart } from "../../charts/time-chart.js";
import { chartTools } from "../../charts/tools.js";
import { h } from "../../dom.js";
import * as format from "../../format.js";
import { choice, panel } from "../../parts/panel.js";

const MINUTE = 60_000, HOUR = 3_600_000;
const LOOKS = [{ colour: "s1", dash: "solid" }, { colour: "s2", dash: "dashed" }, { colour: "s3", dash: "dotted" }, { colour: "s6", dash: "sparse" }];

/** The window and the step of a span: an hour is looked at by quarters, a week by six hours. */
export function windowOf(span) {
  if (span <= HOUR) return { window: 15 * MINUTE, step: MINUTE };
  if (span <= 6 * HOUR) return { window: 30 * MINUTE, step: 2 * MINUTE };
  if (span <= 24 * HOUR) return { window: HOUR, step: 10 * MINUTE };
  return { window: 6 * HOUR, step: HOUR };
}

/** The card: {element, chart, show(data, model, records), destroy()}. */
export function rollingCard() {
  const chart = new TimeChart({ className: "small-chart" }), legend = h("p", { class: "chart-legend" });
  let measure = "accuracy", of = null;
  const picked = choice("Measure", [["accuracy", "Accuracy"], ["log_loss", "Log loss"]], measure, (key) => { measure = key; if (of) draw(); });
  const text = (value) => (measure === "accuracy" ? format.share(value) : format.number(value, 4));
  const tools = chartTools(chart, {
    withReset: false,
    about: () => ({ title: `${title()}, ${of.model} on ${of.data.series}`, subtitle: `${note()}, ${format.dateTime(of.data.from)} to ${format.dateTime(of.data.now)}, times in ${format.zoneName(of.data.now)}`, name: `rolling-${measure}-${of.data.series}` }),
    columns: () => [
      { title: `Until, ${format.zoneName(of.data.now)}`, text: (point) => format.dateTime(point.time) }, { title: "n", number: true, text: (point) => format.number(point.count) },
      { title: of.model, number: true, text: (point) => text(point[measure]) },
      ...of.rules.map((rule) => ({ title: rule, number: true, text: (point) => text(point.rules[rule]?.[measure]) })),
    ],
    rows: () => of.points,
    file: () => ({ columns: ["until", "count", "accuracy", "log_loss", ...of.rules.flatMap((rule) => [`${rule} accuracy`, `${rule} log_loss`])], rows: of.points.map((point) => [point.time, point.count, point.accuracy, point.log_loss, ...of.rules.flatMap((rule) => [point.rules[rule]?.accuracy, point.rules[rule]?.log_loss])]) }),
  });
  const card = panel({ title: "Rolling accuracy", span: 4, tools: [picked.element, ...tools.elements] });
  chart.onTable = tools.toggleTable;
  const title = () => (measure === "accuracy" ? "Rolling accuracy" : "Rolling log loss");
  const note = () => `over ${format.duration(windowOf(of.data.span).window)}, against fitted rules`;

  async function show(data, model, records) {
    const { window, step } = windowOf(data.span);
    of = { data, model, points: rolling(records, window, step), step, rules: [...new Set(records.flatMap((record) => Object.keys(record.baselines ?? {})))].slice(0, 3) };
    return draw();
  }

  async function draw() {
    card.title(title());
    card.element.dataset.note = note();
    const { points, rules, model } = of;
    if (points.length < 2) return card.empty({ title: "Nothing decided yet", line: "A prediction counts when what it was about has come.", icon: "prediction" });
    legend.replaceChildren(...[model.split(":")[0], ...rules].map((name, index) => h("span", { class: "legend-item" }, swatch(LOOKS[index].colour, LOOKS[index].dash === "sparse" ? "dotted" : LOOKS[index].dash), name)), h("span", {}, note()));
    tools.closeTable();
    if (!chart.element.isConnected) card.show(legend, chart.element);
    if (!(await chart.show(modelOf(of, measure, text)))) card.show(missingLibrary("times", draw));
  }
  return { element: card.element, chart, card, show, destroy: () => chart.destroy() };
}

function modelOf({ data, model, points, step, rules }, measure, text) {
  const line = (id, index, valueOf) => ({
    id, kind: "line", pane: "main", ...LOOKS[index], width: index ? 1 : 2, decimals: measure === "accuracy" ? 3 : 4, format: text, lastValue: index < 2,
    points: points.map((point) => ({ time: point.time, value: valueOf(point) ?? null })),
  });
  const last = points.at(-1);
  return {
    about: `${data.series} ${data.from} ${model} ${measure}`, step, times: timeline(points[0].time, last.time, step), gaps: [], axisWidth: 52, rightOffset: 0,
    panes: [{ name: "main", share: 1 }],
    series: [line("model", 0, (point) => point[measure]), ...rules.map((rule, index) => line(rule, index + 1, (point) => point.rules[rule]?.[measure]))],
    legend: () => [{ label: model, value: text(last[measure]), colour: "s1" }, ...rules.map((rule, index) => ({ label: rule, value: text(last.rules[rule]?.[measure]), colour: LOOKS[index + 1].colour }))],
    sentence: () => `${measure === "accuracy" ? "Share right" : "Log loss"} over a moving span, ${format.dateTime(points[0].time)} to ${format.dateTime(last.time)} ${format.zoneName(last.time)}: ${model} ${text(last[measure])} at the end; ${rules.map((rule) => `${rule} ${text(last.rules[rule]?.[measure])}`).join(", ")}.`,
    says: (time) => {
      const point = points.find((one) => one.time === time);
      return point ? `${format.clock(time)}: ${text(point[measure])}, n = ${point.count}; ${rules.map((rule) => `${rule} ${text(point.rules[rule]?.[measure])}`).join(", ")}` : "";
    },
  };
}
