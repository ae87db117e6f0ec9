import { bars, columns } from "./admin-chart.js";
import { api } from "./api.js";
import { choice, definitions, el, fill } from "./dom.js";
import { jobs } from "./jobs.js";
import { kept, keep } from "./keep.js";
import { bytes, label, measured, number, percent } from "./words.js";

const periods = [["day", "Today"], ["week", "7 days"], ["month", "30 days"]];
const every = 5000;

/** The figures of `limn report`, which renew themselves while somebody looks. */
export async function reportPage() {
  const body = el("div.report");
  let period = kept("report", "month");
  const load = async () => fill(body, figures(await api.report(period)));
  const select = choice(periods, period, (chosen) => {
    period = chosen;
    keep("report", chosen);
    load();
  }, { "aria-label": "Period" });
  const live = el("input", { type: "checkbox", id: "live", checked: true });
  await load();
  const clock = setInterval(() => {
    if (!page.isConnected) return clearInterval(clock);
    // A table that was unfolded, or text being selected, is not taken away from its reader.
    const busy = body.querySelector("details[open]") || !getSelection().isCollapsed || body.contains(document.activeElement);
    if (live.checked && !document.hidden && !busy) load().catch(() => {});
  }, every);
  const page = el("div", {}, el("div.row.tools", {}, select, el("span.tick", {}, live, el("label", { for: "live" }, "Keep it up to date"))), body);
  return page;
}

function figures(report) {
  const { totals = {}, live = {} } = report;
  const tally = totals.tally ?? totals;
  const timing = totals.timing ?? {};
  const hourly = totals.pictures_per_hour ?? totals.pictures_an_hour;
  return [
    el(
      "div.tiles",
      {},
      tile("Painted", number(tally.painted ?? 0), tally.success_rate !== undefined && `${percent(tally.success_rate)} of ${number(tally.runs)}`),
      tile("Refused", number(tally.refused ?? 0), tally.refusal_rate !== undefined && percent(tally.refusal_rate)),
      tile("Failed", number(tally.failed ?? 0)),
      tile("A picture takes", measured(timing.median_seconds), timing.p95_seconds !== undefined && `95 of 100 within ${measured(timing.p95_seconds)}`),
      hourly !== undefined && tile("An hour of painting", number(Math.round(hourly)), "pictures"),
      tile("In the queue", number(live.waiting ?? jobs.waiting.length), live.painting !== undefined && `${number(live.painting)} being painted`),
      live.people_today !== undefined && tile("People today", number(live.people_today)),
      report.disk && tile("On disk", bytes(report.disk.picture_bytes), `database ${bytes(report.disk.database_bytes)}`),
    ),
    report.timeline?.intervals?.length > 0 && section("Pictures", columns(report.timeline.intervals)),
    el(
      "div.halves",
      {},
      section("Where the time goes", bars((report.stages ?? []).map(({ name, mean_seconds }) => ({ name, value: mean_seconds, words: measured(mean_seconds) })))),
      tallied("Styles", report.styles),
      tallied("Models", report.models),
      report.categories?.length > 0 && section("Refused for", bars(report.categories.map(({ name, refused }) => ({ name: label(name), value: refused.count })))),
      keptWords(report.effectiveness?.words),
    ),
    report.scope && el("p.hint", {}, `${report.scope.days?.join(" to ") ?? ""}. The same as `, el("code", {}, "limn report"), " on the server."),
  ];
}

const section = (title, ...content) => el("section.panel", {}, el("h2", {}, title), content);
const tile = (title, value, hint) => el("dl.tile", {}, el("dt", {}, title), el("dd", {}, value, hint && el("small", {}, hint)));

function tallied(title, rows = []) {
  if (!rows.length) return null;
  return section(title, bars(rows.slice(0, 8).map(({ name, tally }) => ({ name: name ?? "none", value: tally.runs }))));
}

function keptWords(words = []) {
  if (!words.length) return null;
  return section("Words of kept pictures", definitions(words.slice(0, 8).map(({ name, kept }) => [name, kept?.share?.rate !== undefined && percent(kept.share.rate)])));
}
