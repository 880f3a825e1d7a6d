// Time of day in UTC (`utc`) or in the browser's zone (`local`), for axes, tables and pictures. Without DOM.
//
// Charts keep UTC as it is and only write it differently: a time that was moved by the zone's offset would be there twice
// in the hour that repeats in autumn.

/** Minutes that a zone is ahead of UTC at an instant. */
export function offsetMinutes(time, zone) {
  return zone === "local" ? -new Date(time).getTimezoneOffset() : 0;
}

/** An instant moved so that its UTC fields read as the zone's. To be read from, not to be kept. */
export function shifted(time, zone) {
  return new Date(time + offsetMinutes(time, zone) * 60_000);
}

/** The zone's name at an instant: `UTC`, `UTC+2`, `UTC−3:30`. */
export function zoneName(time, zone) {
  const minutes = offsetMinutes(time, zone);
  if (minutes === 0) return "UTC";
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes > 0 ? "+" : "−"}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${two(rest)}` : ""}`;
}

/** `14:36`, or `14:36:42` where seconds are wanted. */
export function clock(time, zone, withSeconds = false) {
  const date = shifted(time, zone);
  const text = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return withSeconds ? `${text}:${two(date.getUTCSeconds())}` : text;
}

/** `2023-03-14`. */
export function day(time, zone) {
  return shifted(time, zone).toISOString().slice(0, 10);
}

/** `14 Mar`. */
export function shortDay(time, zone) {
  const date = shifted(time, zone);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `2023-03-14 14:36`, in the form that a person types. */
export function stamp(time, zone, withSeconds = false) {
  return `${day(time, zone)} ${clock(time, zone, withSeconds)}`;
}

/** The instant of `2023-03-14 14:36[:42]` or of the same with a T; null where it is none. Of a local hour that is there twice, the first. */
export function instant(text, zone) {
  const match = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?$/.exec(text.trim());
  if (!match) return null;
  const [year, month, date, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
  const utc = Date.UTC(year, month - 1, date, hour, minute, second);
  const back = new Date(utc);
  const isThere = back.getUTCMonth() === month - 1 && back.getUTCDate() === date && hour < 24 && minute < 60;
  if (!isThere || !Number.isFinite(utc)) return null;
  return zone !== "local" ? utc : new Date(year, month - 1, date, hour, minute, second).getTime();
}

/** How much a change of the axis' time weighs, by the library's own numbers: a year 70, a day 50, an hour 30, a minute 20. */
export function tickWeight(time, before, zone) {
  const now = shifted(time, zone), then = shifted(before, zone);
  if (now.getUTCFullYear() !== then.getUTCFullYear()) return 70;
  if (now.getUTCMonth() !== then.getUTCMonth()) return 60;
  if (now.getUTCDate() !== then.getUTCDate()) return 50;
  for (const [length, weight] of WEIGHTS) {
    if (Math.floor(now.getTime() / length) !== Math.floor(then.getTime() / length)) return weight;
  }
  return 0;
}

const WEIGHTS = [
  [43_200_000, 33], [21_600_000, 32], [10_800_000, 31], [3_600_000, 30], [1_800_000, 22], [300_000, 21], [60_000, 20],
  [1_000, 10],
];

export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function two(number) {
  return String(number).padStart(2, "0");
}
