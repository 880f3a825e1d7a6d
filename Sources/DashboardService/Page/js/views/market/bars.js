// Cards of Market with bars and a ring: who takes, what is traded most, what models say next.
import { plainCard } from "../../charts/plain-card.js";
import { lyingBars } from "../../charts/plain-chart.js";
import { h } from "../../dom.js";
import * as format from "../../format.js";

const MOST = 10;
const name = (series) => {
  const { symbol, source } = format.seriesParts(series);
  return `${symbol} ${source}`;
};

/** Bought and sold volume of each series as shares of what has a side. */
export function takersCard() {
  let shown = [], span = null;
  const about = () => ({ title: "Taker's side, share of volume", subtitle: spanText(span), name: `takers-side-${format.date(span.to)}` });
  const card = plainCard({
    title: "Taker's side", span: 4, className: "tall", about, rows: () => shown,
    columns: [
      { title: "Series", text: (row) => name(row.series), value: (row) => row.series },
      { title: "Bought", number: true, text: (row) => format.share(row.bought), value: (row) => row.buy_volume },
      { title: "Sold", number: true, text: (row) => format.share(1 - row.bought), value: (row) => row.sell_volume },
    ],
  });
  card.card.note("share of volume");
  return {
    ...card,
    fill(rows, of) {
      span = of;
      shown = rows.filter((row) => row.buy_volume + row.sell_volume > 0).sort((a, b) => (b.turnover ?? 0) - (a.turnover ?? 0)).slice(0, MOST)
        .map((row) => ({ ...row, bought: row.buy_volume / (row.buy_volume + row.sell_volume) }));
      if (!shown.length) return card.card.empty({ title: "Nobody's side is known", line: "Only trades say who took: quotes do not.", icon: "market" });
      const most = shown.reduce((best, row) => (Math.abs(row.bought - 0.5) > Math.abs(best.bought - 0.5) ? row : best));
      const finding = `${shown.filter((row) => row.bought > 0.5).length} of ${shown.length} were bought more than sold; furthest from even is ${name(most.series)} with ${format.share(most.bought)} bought.`;
      return card.show(lyingBars({
        labels: shown.map((row) => name(row.series)), max: 100, tick: (value) => `${value} %`,
        sets: [
          { label: "bought", colour: "up", values: shown.map((row) => row.bought * 100), text: (value) => `▲ bought ${format.number(value, 1)} %` },
          { label: "sold", colour: "down", values: shown.map((row) => 100 - row.bought * 100), text: (value) => `▼ sold ${format.number(value, 1)} %` },
        ],
      }), finding, `▲ bought left, ▼ sold right. ${finding}`);
    },
  };
}

/** Trades or quotes a minute, the most active first. */
export function activeCard() {
  let shown = [], span = null;
  const about = () => ({ title: "Most active, trades a minute", subtitle: spanText(span), name: `most-active-${format.date(span.to)}` });
  const card = plainCard({
    title: "Most active", span: 4, className: "tall", about, rows: () => shown,
    columns: [
      { title: "Series", text: (row) => name(row.series), value: (row) => row.series },
      { title: "A minute", number: true, text: (row) => format.number(row.rate, 1), value: (row) => row.rate },
      { title: "All", number: true, text: (row) => format.number(row.count), value: (row) => row.count },
    ],
  });
  card.card.note("trades a minute");
  return {
    ...card,
    fill(rows, of) {
      span = of;
      shown = rows.map((row) => ({ ...row, rate: row.count / Math.max(1, (of.to - Math.max(of.from, row.since ?? of.from)) / 60_000) })).sort((a, b) => b.rate - a.rate).slice(0, MOST);
      if (!shown.length) return card.card.empty({ title: "Nothing was traded", line: "No final minute lies in this span.", icon: "market" });
      const all = rows.reduce((sum, row) => sum + row.count, 0), share = shown[0].count / all;
      const finding = `${name(shown[0].series)} leads with ${format.number(shown[0].rate, shown[0].rate < 100 ? 1 : 0)} a minute, ${format.share(share)} of all ${format.thin(all)}.`;
      return card.show(lyingBars({
        labels: shown.map((row) => name(row.series)),
        sets: [{ label: "a minute", colour: "s1", values: shown.map((row) => row.rate), text: (value, index) => `${format.number(value, 1)} a minute, ${format.number(shown[index].count)} in all` }],
      }), finding);
    },
  };
}

/** What the default model says of each series' next minute, as a ring and as figures. */
export function trendsCard() {
  const groups = [
    { key: "up", label: "▲ higher", colour: "up" }, { key: "down", label: "▼ lower", colour: "down" },
    { key: "even", label: "◆ within 2 points of even", colour: "s6" }, { key: "none", label: "no prediction", colour: "line" },
  ];
  let counts = groups.map((group) => ({ ...group, count: 0 })), written = "";
  const list = h("dl", { class: "pairs" });
  const about = () => ({ title: "Predicted trends, next minute", subtitle: `as of ${format.full(Date.now())}`, name: "predicted-trends" });
  const card = plainCard({
    title: "Predicted next", span: 3, className: "ring", about, rows: () => counts,
    columns: [{ title: "Next minute", text: (row) => row.label }, { title: "Series", number: true, text: (row) => format.number(row.count), value: (row) => row.count }],
  });
  return {
    ...card,
    fill(rows) {
      counts = groups.map((group) => ({ ...group, count: rows.filter((row) => groupOf(row) === group.key).length }));
      const now = JSON.stringify(counts);
      if (now === written) return undefined;
      if (!rows.length) return card.card.empty({ title: "No series yet", line: "What models say next stands here.", icon: "prediction" });
      written = now;
      list.replaceChildren(...counts.map((group) => h("div", {}, h("dt", { class: group.key === "up" || group.key === "down" ? group.key : null }, group.label), h("dd", {}, format.number(group.count)))));
      const finding = `Of ${format.count(rows.length, "series", "series")}: ${counts.map((group) => `${group.count} ${group.label.replace(/^[▲▼◆] /, "")}`).join(", ")}.`;
      const shown = card.show((palette) => ({
        type: "doughnut",
        data: { labels: counts.map((group) => group.label), datasets: [{ data: counts.map((group) => group.count), backgroundColor: counts.map((group) => palette[group.colour]), borderColor: palette.surface, borderWidth: 2 }] },
        options: { cutout: "66%", plugins: { tooltip: { callbacks: { label: (item) => `${item.label}: ${item.raw}` } } } },
      }), finding, "");
      card.element.querySelector(".card-body").append(list);
      return shown;
    },
  };
}

function groupOf({ prediction }) {
  if (!prediction) return "none";
  if (Math.abs(prediction.probability - 0.5) <= 0.02) return "even";
  return prediction.prediction === 1 ? "up" : "down";
}

function spanText(span) {
  return `${format.dateTime(span.from)} to ${format.dateTime(span.to)}, times in ${format.zoneName(span.to)}`;
}
