import { el, svg } from "./dom.js";
import { table } from "./admin-table.js";
import { number } from "./words.js";

const width = 720;
/** Where the columns begin, right of the numbers. */
const left = 30;
const height = 180;

/** Columns of painted, refused and failed pictures by day; the table under it says the same in numbers. */
export function columns(intervals) {
  const most = Math.max(1, ...intervals.map(({ tally }) => tally.painted + tally.refused + tally.failed));
  const step = (width - left) / intervals.length;
  const chart = svg("svg", { viewBox: `0 0 ${width} ${height + 22}`, class: "chart", role: "img", "aria-label": `Pictures by day, at most ${number(most)}` });
  for (const line of [0, 0.5, 1]) {
    const y = height - line * (height - 14);
    chart.append(
      svg("line", { x1: 0, x2: width, y1: y, y2: y, class: "rule" }),
      line ? svg("text", { x: 0, y: y - 3 }, number(Math.round(line * most))) : "",
    );
  }
  intervals.forEach(({ start, tally }, position) => {
    let y = height;
    for (const kind of ["painted", "refused", "failed"]) {
      const tall = (tally[kind] / most) * (height - 14);
      if (!tall) continue;
      y -= tall;
      chart.append(svg("rect", { x: left + position * step + step * 0.15, y, width: step * 0.7, height: tall, class: kind, rx: Math.min(2, step * 0.1) }));
    }
    if (position % Math.ceil(intervals.length / 6) === 0) chart.append(svg("text", { x: left + position * step + step * 0.15, y: height + 16 }, start.slice(5)));
  });
  const rows = intervals.filter(({ tally }) => tally.runs).map(({ start, tally }) => [start, number(tally.painted), number(tally.refused), number(tally.failed)]);
  return el(
    "div.chart-box",
    {},
    el("p.legend", { "aria-hidden": "true" }, ["painted", "refused", "failed"].map((kind) => el("span", { class: kind }, kind))),
    chart,
    el("details", {}, el("summary", {}, "As a table"), table("Pictures by day", ["Day", "Painted", "Refused", "Failed"], rows)),
  );
}

/** Bars with their names and numbers: a list, which needs no picture to be understood. */
export function bars(rows) {
  const most = Math.max(...rows.map(({ value }) => value)) || 1;
  return el("ul.bars", {}, rows.map(({ name, value, words }) =>
    el("li", { vars: { "--share": value / most } }, el("span", {}, name), el("span.figure", {}, words ?? number(value)))));
}
