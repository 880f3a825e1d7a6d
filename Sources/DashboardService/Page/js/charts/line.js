// A small line chart for a panel: some lines over one time axis, perhaps a threshold.
import { h } from "../dom.js";
import * as format from "../format.js";
import { missingLibrary } from "./library.js";
import { TimeChart } from "./time-chart.js";
import { timeline } from "../calc/gaps.js";

const DASHES = ["solid", "dotted", "dashed"];

/**
 * Draws into `box`: {label, unit, decimals, lines: [{name, token, dash: 0|1|2, points: [{time, value|null}]}], threshold, height, step}.
 * A null is a gap. Gives {chart, set(lines), applyTheme(), destroy()}, or null where the library is missing, which the box then says.
 */
export async function lineChart(box, options) {
  const chart = new TimeChart({ className: "chart-small" });
  if (options.height) chart.element.style.height = `${options.height}px`;
  const legend = h("p", { class: "chart-legend" });
  box.replaceChildren(legend, chart.element);
  const set = async (lines) => {
    legend.replaceChildren(...lines.map((line) => h("span", { class: "legend-item" }, swatch(line.token ?? "s1", DASHES[line.dash ?? 0]), line.name)));
    return chart.show(modelOf({ ...options, lines }));
  };
  if (await set(options.lines)) return { chart, set, applyTheme: () => chart.recolour(), destroy: () => chart.destroy() };
  chart.destroy();
  box.replaceChildren(missingLibrary("times", () => lineChart(box, options)));
  return null;
}

/** A line's colour and dash beside its name. */
export function swatch(colour, dash = "solid") {
  return h("i", { class: `swatch ${dash} c-${colour}`, "aria-hidden": "true" });
}

function modelOf({ label, unit = "", decimals = 0, lines, threshold, step }) {
  const times = lines.flatMap((line) => line.points.map((point) => point.time)).sort((a, b) => a - b);
  const apart = step ?? smallestStep(times);
  const text = (value) => `${format.number(value, decimals)}${unit ? ` ${unit}` : ""}`;
  return {
    step: apart, gaps: [], times: times.length ? timeline(times[0], times.at(-1), apart) : [],
    panes: [{ name: "main", share: 1 }], axisWidth: 52, rightOffset: 0,
    series: lines.map((line, index) => ({
      id: line.name, kind: "line", pane: "main", colour: line.token ?? "s1", dash: DASHES[line.dash ?? 0], width: line.width ?? 2, decimals,
      format: (value) => format.number(value, decimals), lastValue: true,
      points: line.points.map((point) => ({ time: Math.floor(point.time / apart) * apart, value: point.value })).filter((point, place, all) => !place || point.time > all[place - 1].time),
      levels: index === 0 && Number.isFinite(threshold) ? [{ value: threshold, colour: "warn", dash: "dashed", title: "alarm" }] : [],
      include: index === 0 && Number.isFinite(threshold) ? [threshold] : undefined,
    })),
    sentence: () => `${label}. ${lines.map((line) => `${line.name}: ${text(line.points.findLast((point) => point.value !== null)?.value)} now`).join("; ")}.`,
    says: (time) => `${format.full(time)}: ${lines.map((line) => `${line.name} ${text(line.points.find((point) => Math.floor(point.time / apart) * apart === time)?.value)}`).join(", ")}`,
  };
}

function smallestStep(times) {
  let least = Infinity;
  for (let index = 1; index < times.length; index += 1) {
    const apart = times[index] - times[index - 1];
    if (apart >= 1000) least = Math.min(least, apart);
  }
  return Number.isFinite(least) ? least : 60_000;
}
