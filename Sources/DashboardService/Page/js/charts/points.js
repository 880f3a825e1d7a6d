// Points of ours as the library wants them: seconds, no value it would throw on, colours that say what a point is.
import { breaks } from "../calc/gaps.js";

// The library throws on anything beyond 2^53 / 100.
const LARGEST = 9e13;
const CLEAR = "rgba(0, 0, 0, 0)";

/** What the values of a series are divided by so that the library takes them: 1 but for volumes of very cheap coins. */
export function factorOf(points, kind) {
  let largest = 0;
  for (const point of points) largest = Math.max(largest, Math.abs(kind === "candles" ? point.high : point.value ?? 0));
  return largest < LARGEST || !Number.isFinite(largest) ? 1 : 10 ** Math.ceil(Math.log10(largest / LARGEST));
}

/** All points of a series. Without a value a point is whitespace; a line's last point before a gap is clear, as its colour is the next segment's. */
export function pointsOf(spec, gaps, step, palette, factor) {
  if (spec.kind === "candles") return spec.points.map((candle) => candlePoint(candle, palette, factor));
  if (spec.kind === "bars") return spec.points.map((point) => barPoint(point, palette, factor));
  const known = spec.points, ends = breaks(known, gaps, step);
  return known.map((point, index) => linePoint(point, ends[index], spec.kind, factor));
}

/** One candle: up hollow, down filled, incomplete in the gap's colour with a pale body, open in the accent. */
export function candlePoint(candle, palette, factor = 1) {
  const isUp = candle.close >= candle.open;
  let edge = isUp ? palette.up : palette.down, body = isUp ? palette.surface : palette.down;
  if (candle.incomplete) {
    edge = palette.warn;
    body = `${palette.warn}59`;
  }
  if (candle.isOpen) {
    edge = palette.accent;
    body = isUp ? palette.surface : palette.accent;
  }
  return {
    time: candle.start / 1000, open: candle.open / factor, high: candle.high / factor, low: candle.low / factor,
    close: candle.close / factor, color: body, borderColor: edge, wickColor: edge,
  };
}

/** One bar of a histogram; `colour` is a token, `alpha` two hex digits. */
export function barPoint(point, palette, factor = 1) {
  if (!isNumber(point.value)) return { time: point.time / 1000 };
  const colour = palette[point.colour ?? "s1"];
  return { time: point.time / 1000, value: point.value / factor, color: `${colour}${point.alpha ?? "b3"}` };
}

/** One point of a line or an area; one that ends its stretch is clear. */
export function linePoint(point, isEnd, kind, factor = 1) {
  if (!isNumber(point.value)) return { time: point.time / 1000 };
  const drawn = { time: point.time / 1000, value: point.value / factor };
  if (!isEnd) return drawn;
  return kind === "area" ? { ...drawn, lineColor: CLEAR, topColor: CLEAR, bottomColor: CLEAR } : { ...drawn, color: CLEAR };
}

/** The volume of a candle as a bar of its side's colour. */
export function volumeBar(candle) {
  const colour = candle.isOpen ? "accent" : candle.incomplete ? "warn" : candle.close >= candle.open ? "up" : "down";
  return { time: candle.start, value: candle.volume, colour, alpha: candle.isOpen ? "99" : "5c" };
}

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}
