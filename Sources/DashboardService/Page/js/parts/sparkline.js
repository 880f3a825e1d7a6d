// A small line without axes. Minutes without a value break it: nothing is drawn where nothing was.
import { setAttribute, svg } from "../dom.js";

const WIDTH = 72, HEIGHT = 22, EDGE = 2;

/** An empty sparkline; `draw(element, values)` fills it. */
export function sparkline() {
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", preserveAspectRatio: "none" }, svg("path", { fill: "none" }));
}

/** Draws `values`, nulls among them, coloured by whether the last is above the first. */
export function drawSparkline(element, values) {
  const known = (values ?? []).filter((value) => value !== null && value !== undefined);
  const path = element.firstChild;
  if (known.length < 2) {
    setAttribute(path, "d", null);
    return;
  }
  const low = Math.min(...known), span = Math.max(...known) - low;
  const step = (WIDTH - 2 * EDGE) / Math.max(1, values.length - 1);
  let d = "", open = false;
  values.forEach((value, at) => {
    if (value === null || value === undefined) {
      open = false;
      return;
    }
    const x = EDGE + at * step, y = span ? HEIGHT - EDGE - (value - low) / span * (HEIGHT - 2 * EDGE) : HEIGHT / 2;
    // A lone minute between two holes is a dot.
    d += open ? `L${x.toFixed(1)} ${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}h.01`;
    open = true;
  });
  setAttribute(path, "d", d);
  setAttribute(element, "class", `spark ${known.at(-1) < known[0] ? "down" : "up"}`);
}
