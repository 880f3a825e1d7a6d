// A horizontal scale that keeps UTC and reads as the zone: days begin at the zone's midnight, and an hour that repeats is there twice.
import { clock, day, MONTHS, shifted, shortDay, tickWeight, zoneName } from "../calc/zone.js";

/** The library's own scale with weights and words of `zone()`; times are seconds as it wants them. */
export function zoneScale(library, zone) {
  const Standard = library.defaultHorzScaleBehavior();
  return new (class extends Standard {
    fillWeightsForPoints(points, first = 0) {
      const ms = (index) => this.key(points[index].time) * 1000;
      for (let index = Math.max(1, first); index < points.length; index += 1) {
        points[index].timeWeight = tickWeight(ms(index), ms(index - 1), zone());
      }
      if (first === 0 && points.length > 1) {
        points[0].timeWeight = tickWeight(ms(0), 2 * ms(0) - ms(1), zone());
      }
    }

    formatTickmark(mark) {
      return markText(this.key(mark.time) * 1000, mark.weight, zone());
    }

    formatHorzItem(item) {
      const time = this.key(item) * 1000, step = this.stepMs ?? 60_000;
      return crosshairText(time, step, zone());
    }
  })();
}

/** What an axis says at a mark of a weight: year, month, day or clock. */
export function markText(time, weight, zone) {
  const date = shifted(time, zone);
  if (weight >= 70) return String(date.getUTCFullYear());
  if (weight >= 60) return MONTHS[date.getUTCMonth()];
  if (weight >= 50) return String(date.getUTCDate());
  return clock(time, zone, weight < 20);
}

/** What stands under the crosshair: day and clock, the day alone where a candle is one. */
export function crosshairText(time, step, zone) {
  if (step >= 86_400_000 && zone !== "local") return day(time, zone);
  return `${shortDay(time, zone)} ${clock(time, zone, step < 60_000)} ${zoneName(time, zone)}`;
}
