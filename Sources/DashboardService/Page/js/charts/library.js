// The two chart libraries, loaded when a view wants one. Where one is missing the page says so and goes on.

const loading = new Map();

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
  return load("lib/lightweight-charts.js", "LightweightCharts");
}

/** Chart.js, or null where it is not installed. */
export function barCharts() {
  return load("lib/chart.js", "Chart");
}
