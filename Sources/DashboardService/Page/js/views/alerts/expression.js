// What a rule's expression reads, as far as a chart can show it.

const TABLES = { window: "windows", indicators: "indicators", trend: "trends", score: "scores" };
const FIELD = /\b(window|indicators|trend|score)\.([a-z_][a-z0-9_]*)/g;
const COMPARED = /^\s*(window|indicators|trend|score)\.([a-z_][a-z0-9_]*)\s*(?:<=|>=|<|>|==|!=)\s*(-?\d+(?:\.\d+)?)\s*(?:$|\bor\b|\band\b)/;
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * What to draw of `expression`: {lines: [{table, field}], threshold: number or undefined}.
 * One field against a number gives its line and the number; fields against each other give the lines; anything else the close.
 */
export function drawing(expression) {
  const compared = COMPARED.exec(expression);
  if (compared) return { lines: [{ table: TABLES[compared[1]], field: compared[2] }], threshold: Number(compared[3]) };
  const lines = [];
  // Arithmetic and functions of time cannot be drawn as they stand; fields set against each other can.
  if (!/[-+*/]\s*(?:[a-z(]|\d)|age\(|avg\(|count\(/.test(expression)) {
    for (const [, root, field] of expression.matchAll(FIELD)) {
      if (!lines.some((line) => line.field === field) && lines.length < 3) lines.push({ table: TABLES[root], field });
    }
  }
  return { lines: lines.length ? lines : [{ table: "windows", field: "close" }], threshold: undefined };
}

/** `90s`, `1h30m` or a number of ms, in ms; 0 where it is none. */
export function durationMs(text) {
  if (typeof text === "number") return text;
  let sum = 0;
  for (const [, number, unit] of String(text ?? "").matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) sum += Number(number) * UNITS[unit];
  return sum;
}

/** Matchers of a silence as its record holds them: `alertname="FeedSilent", symbol="BTC-USDT"`. */
export function matchers(labels) {
  return Object.entries(labels).filter(([, value]) => value).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ");
}
