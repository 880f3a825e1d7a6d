// Numbers, prices, times and ages as the page writes them. All times come as ms since the epoch.
import { settings } from "./settings.js";

/** What stands where a value is not known. */
export const NONE = "–";
const MINUS = "\u2212";
const formats = new Map();

function known(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** `1234.5, 2` → `1,234.50`. */
export function number(value, decimals = 0) {
  if (!known(value)) return NONE;
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  const text = format.format(value);
  if (text.charCodeAt(0) !== 45) return text;
  return /[1-9]/.test(text) ? MINUS + text.slice(1) : text.slice(1);
}

/** A price with the decimals of its market's smallest move; without them with as many as say it. */
export function price(value, decimals) {
  return number(value, decimals ?? decimalsOf(value));
}

/** The decimals that say `value` to seven digits, at most 12. */
export function decimalsOf(value) {
  if (!known(value) || value === 0) return 2;
  const [, fraction = ""] = Math.abs(value).toFixed(Math.max(0, Math.min(12, 6 - Math.floor(Math.log10(Math.abs(value)))))).split(".");
  return fraction.replace(/0+$/, "").length;
}

/** A quantity or any number of unknown size: seven digits at most, no zeros at its end. */
export function plain(value) {
  return known(value) ? number(value, decimalsOf(value)) : NONE;
}

/** A number of unknown size where room is short, four digits of it: `0.05365`, `1.30 B`, `1.77e−8`. */
export function brief(value) {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 1e5) return thin(value);
  if (size > 0 && size < 1e-4) return value.toExponential(2).replaceAll("-", MINUS);
  return plain(Number(value.toPrecision(4)));
}

/** `2.345` → `+2.35`; zero has no sign. */
export function signed(value, decimals = 2) {
  const text = number(value, decimals);
  return known(value) && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** `11.03` → `+11.03 %`. */
export function percent(value, decimals = 2) {
  return known(value) ? `${signed(value, decimals)} %` : NONE;
}

/** A share of one, without sign: `0.584` → `58.4 %`. */
export function share(value, decimals = 1) {
  return known(value) ? `${number(value * 100, decimals)} %` : NONE;
}

/** `5240000000` → `5.24 B`: three digits and a letter. */
export function thin(value) {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  for (const [unit, name] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]]) {
    if (size >= unit * 0.9995) return `${three(value / unit)} ${name}`;
  }
  return size === 0 ? "0" : size < 0.01 ? plain(value) : three(value);
}

function three(value) {
  const size = Math.abs(value);
  return number(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** `1900000000` → `1.9 GB`. */
export function bytes(value) {
  if (!known(value)) return NONE;
  for (const [unit, name] of [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
    if (value >= unit) return `${number(value / unit, value / unit < 10 ? 1 : 0)} ${name}`;
  }
  return `${number(value)} bytes`;
}

/** How long ago, in one unit: `0.3 s`, `38 s`, `12 min`, `5 h`, `2 d`. */
export function age(ms) {
  if (!known(ms)) return NONE;
  if (ms < 9_950) return `${number(Math.max(0, ms) / 1000, 1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.floor(ms / 3_600_000)} h`;
  return `${Math.floor(ms / 86_400_000)} d`;
}

/** A length of time in its two largest units: `31 min 12 s`, `18 d 4 h`. */
export function duration(ms) {
  if (!known(ms)) return NONE;
  const seconds = Math.round(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${Math.floor(hours / 24)} d`;
}

const two = (value) => String(value).padStart(2, "0");

/** The parts of an instant in the zone the reader chose; `zone` says another. */
export function parts(ms, zone = settings.get("zone")) {
  const date = new Date(ms);
  return zone === "local"
    ? { year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate(), hour: date.getHours(), minute: date.getMinutes(), second: date.getSeconds() }
    : { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() };
}

/** `14:36:42`. */
export function time(ms) {
  if (!known(ms)) return NONE;
  const at = parts(ms);
  return `${two(at.hour)}:${two(at.minute)}:${two(at.second)}`;
}

/** `14:36`. */
export function minute(ms) {
  return known(ms) ? time(ms).slice(0, 5) : NONE;
}

/** `2023-03-14`. */
export function date(ms) {
  if (!known(ms)) return NONE;
  const at = parts(ms);
  return `${String(at.year).padStart(4, "0")}-${two(at.month)}-${two(at.day)}`;
}

/** `2023-03-14 14:36:42`. */
export function dateTime(ms) {
  return known(ms) ? `${date(ms)} ${time(ms)}` : NONE;
}

/** `14:36` of today, else with the date before it. */
export function clock(ms, now = Date.now()) {
  if (!known(ms)) return NONE;
  return date(ms) === date(now) ? minute(ms) : `${date(ms)} ${minute(ms)}`;
}

/** What a title says of an instant: date, time and zone. */
export function full(ms) {
  return known(ms) ? `${dateTime(ms)} ${zoneName(ms)}` : "";
}

/** `UTC`, or the local zone with its offset at `ms`: `Europe/Berlin, UTC+2`. */
export function zoneName(ms = Date.now()) {
  if (settings.get("zone") !== "local") return "UTC";
  const minutes = -new Date(ms).getTimezoneOffset();
  const offset = `UTC${minutes < 0 ? MINUS : "+"}${Math.floor(Math.abs(minutes) / 60)}${minutes % 60 ? ":" + two(Math.abs(minutes) % 60) : ""}`;
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return !name || name === "UTC" ? offset : `${name}, ${offset}`;
}

/** Offset of the reader's zone from UTC at `ms`, in ms: what a chart's times are shifted by. */
export function zoneOffset(ms) {
  return settings.get("zone") === "local" ? -new Date(ms).getTimezoneOffset() * 60_000 : 0;
}

/** `▲`, `▼`, `◆` by sign. */
export function arrow(value, flat = 0) {
  return !known(value) ? "" : value > flat ? "▲" : value < -flat ? "▼" : "◆";
}

/** Class of a change by its sign: `up`, `down` or none. */
export function direction(value, flat = 0) {
  return !known(value) ? "" : value > flat ? "up" : value < -flat ? "down" : "";
}

/** `binance:BTC-USDT` → `{source, symbol, base, quote}`: base and quote part at the last hyphen. */
export function seriesParts(series) {
  const colon = series.indexOf(":");
  const source = series.slice(0, colon), symbol = series.slice(colon + 1);
  const hyphen = symbol.lastIndexOf("-");
  return { source, symbol, base: symbol.slice(0, hyphen), quote: symbol.slice(hyphen + 1) };
}

/** `n` with its word: `1 series`, `3 rules`. */
export function count(n, one, many = `${one}s`) {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** A rule's name as words: `PriceMovedInAMinute` → `Price moved in a minute`, `MACDCross` → `MACD cross`. */
export function words(name) {
  const spaced = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2").replaceAll("_", " ");
  const text = spaced.split(" ").map((word, at) => at > 0 && !/^[A-Z]{2,}$/.test(word) ? word.toLowerCase() : word).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
