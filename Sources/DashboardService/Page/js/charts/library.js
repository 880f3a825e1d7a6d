// The two chart libraries, loaded when a view wants one. Where one is missing the page says so and goes on.
import { empty } from "../parts/empty.js";

const loading = new Map();
const FILES = {
  times: { path: "lib/lightweight-charts.js", name: "TradingView's lightweight-charts" },
  bars: { path: "lib/chart.js", name: "Chart.js" },
};

function load(path, name) {
  if (!loading.has(path)) {
    loading.set(path, new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = path;
      script.onload = () => resolve(globalThis[name] ?? null);
      script.onerror = () => {
        loading.delete(path);
        script.remove();
        resolve(null);
      };
      document.head.append(script);
    }));
  }
  return loading.get(path);
}

/** TradingView's lightweight-charts, or null where it is not installed. */
export function timeCharts() {
  return load(FILES.times.path, "LightweightCharts");
}

/** Chart.js, or null where it is not installed. */
export function barCharts() {
  return load(FILES.bars.path, "Chart");
}

/** What stands where a chart would: which library (`times`, `bars`) is missing, what still works, and how it comes. */
export function missingLibrary(kind, again) {
  const { path, name } = FILES[kind];
  return empty({
    title: "No chart without its library", icon: "image",
    line: `The server has no /${path}: the set-up could not fetch ${name}. Figures and tables work without it; `
      + "run the set-up again with a network and the chart is there.",
    action: again && { label: "Try again", run: again },
  });
}
