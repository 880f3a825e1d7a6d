// Charts without a time axis, by Chart.js: in the design's colours and type, with a label that says the finding.
import { h } from "../dom.js";
import * as format from "../format.js";
import { colours, onColours } from "./colours.js";
import { barCharts } from "./library.js";

export class PlainChart {
  constructor({ className = "" } = {}) {
    this.canvas = h("canvas", { role: "img", tabindex: "0", "aria-label": "Chart" });
    this.element = h("div", { class: `plain-chart ${className}` }, this.canvas);
    barCharts();
    this.end = onColours(() => this.draw());
  }

  /** Draws what `build(palette)` gives as Chart.js's configuration; `label` is what a screen reader hears, `finding` what a picture says below it. False where the library is missing. */
  async show(build, label, finding = "") {
    this.build = build;
    this.canvas.setAttribute("aria-label", label);
    this.finding = finding;
    this.library = await barCharts();
    if (!this.library || this.isGone) return false;
    this.draw();
    return true;
  }

  draw() {
    if (!this.library || !this.build || this.isGone) return;
    const palette = colours(), config = styled(this.build(palette), palette);
    if (this.chart && this.chart.config.type === config.type) {
      Object.assign(this.chart, { options: config.options });
      this.chart.data = config.data;
      return this.chart.update("none");
    }
    this.chart?.destroy();
    this.chart = new this.library(this.canvas, config);
  }

  destroy() {
    this.isGone = true;
    this.end();
    this.chart?.destroy();
    this.element.remove();
  }
}

// Nothing moves, the box gives the height, type and lines are the design's.
function styled(config, palette) {
  const font = { family: palette.font, size: 11 };
  const scales = Object.fromEntries(Object.entries(config.options?.scales ?? {}).map(([key, scale]) => [key, {
    ...scale,
    grid: { color: palette.grid, borderColor: palette.line, tickColor: palette.line, ...scale.grid },
    ticks: { color: palette.muted, font, maxRotation: 0, ...scale.ticks },
    title: scale.title ? { display: true, color: palette.muted, font, ...scale.title } : { display: false },
  }]));
  return {
    ...config,
    options: {
      animation: false, responsive: true, maintainAspectRatio: false, locale: "en-US", devicePixelRatio: Math.max(1, globalThis.devicePixelRatio || 1),
      ...config.options, scales,
      plugins: {
        legend: { display: false },
        tooltip: {
          animation: false, displayColors: false, backgroundColor: palette.surface, titleColor: palette.text, bodyColor: palette.text,
          borderColor: palette["line-strong"], borderWidth: 1, cornerRadius: 6, titleFont: { ...font, weight: 600 }, bodyFont: font,
          ...config.options?.plugins?.tooltip,
        },
      },
    },
  };
}

/** Lying bars: one for each label, or stacked ones. `sets` are {label, values, colour, text(value, index)}. */
export function lyingBars({ labels, sets, max, tick = (value) => (value < 1000 ? format.plain(value) : format.thin(value)), title }) {
  return (palette) => ({
    type: "bar",
    data: {
      labels,
      datasets: sets.map((set) => ({ label: set.label, data: set.values, backgroundColor: `${palette[set.colour]}cc`, maxBarThickness: 16, barPercentage: 0.8, categoryPercentage: 0.86 })),
    },
    options: {
      indexAxis: "y",
      scales: {
        x: { stacked: sets.length > 1, beginAtZero: true, max, ticks: { callback: (value) => tick(value), maxTicksLimit: 6 }, title: title ? { text: title } : undefined },
        y: { stacked: sets.length > 1, grid: { display: false }, ticks: { color: palette.text, autoSkip: false } },
      },
      plugins: { tooltip: { callbacks: { label: (item) => sets[item.datasetIndex].text(item.raw, item.dataIndex) } } },
    },
  });
}
