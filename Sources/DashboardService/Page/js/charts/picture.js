// A panel as a PNG that says by itself what it is: title, range, zone, legend, time of making and attribution are in it as text.
import * as api from "../api.js";
import { h } from "../dom.js";
import * as format from "../format.js";
import { settings } from "../settings.js";
import { colours } from "./colours.js";
import { frame, Stage } from "./stage.js";

const SCALE = 2, MARGIN = 14;
export const ATTRIBUTION = "TradingView Lightweight Charts™, © 2025 TradingView, Inc., tradingview.com";

/** Saves what a time chart shows, twice as sharp as the page: a hidden chart of twice the size and type is drawn for it. */
export async function saveTimeChart(chart, { title, subtitle, name }) {
  const box = chart.stages.getBoundingClientRect(), { model } = chart;
  const element = h("div", { class: "chart-offstage", "aria-hidden": "true" });
  Object.assign(element.style, { width: `${box.width * SCALE}px`, height: `${box.height * SCALE}px` });
  document.body.append(element);
  const stage = new Stage(chart.library, element, model, { zone: () => settings.get("zone"), palette: colours(), scale: SCALE });
  try {
    await frame();
    await frame();
    const range = chart.stage.chart.timeScale().getVisibleLogicalRange();
    if (range) stage.chart.timeScale().setVisibleLogicalRange(range);
    await stage.arrange();
    const heights = stage.chart.panes().map((pane) => pane.getHeight());
    const drawn = stage.chart.takeScreenshot();
    const canvas = framed(drawn, { title, subtitle, legend: model.legend?.(null) ?? [], attribution: ATTRIBUTION });
    nameThePanes(canvas, model, heights);
    await saveCanvas(canvas, name);
  } finally {
    stage.remove();
    element.remove();
  }
}

/** Saves a chart of Chart.js in the same frame; for the picture it is drawn at twice its size for a moment. */
export async function savePlainChart(chart, { title, subtitle, name, note = "" }) {
  const plain = chart.chart, ratio = plain.options.devicePixelRatio;
  const copy = document.createElement("canvas");
  plain.options.devicePixelRatio = SCALE;
  plain.resize();
  copy.width = plain.canvas.width;
  copy.height = plain.canvas.height;
  copy.getContext("2d").drawImage(plain.canvas, 0, 0);
  plain.options.devicePixelRatio = ratio;
  plain.resize();
  await saveCanvas(framed(copy, { title, subtitle, note, legend: [], attribution: "Chart.js, © 2022 Chart.js Contributors" }), name);
}

function saveCanvas(canvas, name) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (!blob) return reject(new Error("The browser made no picture."));
      api.save(blob, `${name}.png`);
      resolve();
    }, "image/png");
  });
}

/** A drawing between a head and a foot, on a canvas of ours. */
export function framed(drawn, { title, subtitle, legend, attribution, note = "" }) {
  const palette = colours(), canvas = document.createElement("canvas"), unit = SCALE;
  const margin = MARGIN * unit;
  canvas.width = Math.max(drawn.width + 2 * margin, 620 * unit);
  const lines = wrapped(note, canvas.width - 2 * margin, `400 ${11 * unit}px ${palette.font}`);
  const head = 42 * unit + (legend.length ? 22 * unit : 0), foot = (24 + 16 * lines.length) * unit;
  canvas.height = drawn.height + head + foot;
  canvas.headHeight = head;
  const context = canvas.getContext("2d");
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = "alphabetic";
  const write = (text, x, y, { size = 11, weight = 400, colour = "muted" } = {}) => {
    context.font = `${weight} ${size * unit}px ${palette.font}`;
    context.fillStyle = palette[colour];
    context.fillText(text, x, y, canvas.width - x - margin);
    return Math.min(context.measureText(text).width, canvas.width - x - margin);
  };
  write(title, margin, 20 * unit, { size: 14, weight: 650, colour: "text" });
  write(subtitle, margin, 36 * unit);
  drawLegend(context, legend, margin, 55 * unit, write, palette, unit);
  context.drawImage(drawn, margin, head);
  const y = canvas.height - 9 * unit;
  lines.forEach((line, index) => write(line, margin, y - (lines.length - index) * 16 * unit, { colour: "text" }));
  write(`CryptoStream, made ${format.full(Date.now())}. Charts: ${attribution}`, margin, y);
  return canvas;
}

// A sentence in as many lines as it takes.
function wrapped(text, width, font) {
  const context = document.createElement("canvas").getContext("2d"), lines = [];
  context.font = font;
  for (const word of text.split(" ").filter(Boolean)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function drawLegend(context, legend, x, y, write, palette, unit) {
  for (const item of legend) {
    if (item.colour) {
      context.fillStyle = palette[item.colour];
      context.fillRect(x, y - 5 * unit, 10 * unit, 2.5 * unit);
      x += 14 * unit;
    }
    if (item.label) x += write(item.label, x, y, { colour: item.colour ?? "muted" }) + 4 * unit;
    if (item.value) x += write(item.value, x, y, { weight: 600, colour: "text" }) + 12 * unit;
  }
}

// The panes' names are HTML on the page, so the picture writes them itself.
function nameThePanes(canvas, model, heights) {
  const context = canvas.getContext("2d"), palette = colours();
  let top = canvas.headHeight;
  model.panes.forEach((pane, index) => {
    if (index && pane.nameOf) {
      const text = pane.nameOf(null).map((node) => node.textContent).join(" ");
      context.font = `500 ${11 * SCALE}px ${palette.font}`;
      context.fillStyle = palette.muted;
      context.fillText(text, MARGIN * SCALE + 8 * SCALE, top + 16 * SCALE);
    }
    top += (heights[index] ?? 0) + 1;
  });
}
