import { api } from "./api.js";
import { definitions, el, icon } from "./dom.js";
import { bytes, capital, date, duration, number } from "./words.js";

/** What `limn doctor` finds, and how the server fares. */
export async function healthPage() {
  const { is_well: well, version, findings = [], server } = await api.health();
  const troubles = findings.filter(({ state }) => state !== "ok");
  const sections = Map.groupBy(findings, ({ section }) => section);
  return [
    el("p.verdict-line", { class: well ? "well" : "wrong" }, icon(well ? "check" : "warning"),
      el("span", {}, well ? `All is well with limn ${version}.` : "Something is wrong: see below.")),
    server && el("section.panel", {}, el("h2", {}, "Server"), definitions([
      ["Running for", server.uptime_seconds !== undefined && duration(server.uptime_seconds)],
      ["Since", server.started && date(server.started)],
      ["Memory", server.memory_bytes && `${bytes(server.memory_bytes)}${server.memory_limit_bytes ? ` of ${bytes(server.memory_limit_bytes)}` : ""}`],
      ["Queue", server.waiting !== undefined && `${number(server.waiting)} waiting, ${number(server.painting ?? 0)} being painted`],
      ["Model in memory", server.model],
      ["Address", server.address],
      ["TLS", server.tls === undefined ? null : server.tls ? "yes" : "no, loopback only"],
    ].map(([term, value]) => [term, value === false ? null : value]))),
    troubles.length > 0 && el("section.panel", {}, el("h2", {}, "To be looked at"), troubles.map(finding)),
    el("div.halves", {}, [...sections].map(([title, list]) => el("section.panel", {}, el("h2", {}, capital(title)), list.map(finding)))),
  ];
}

const marks = { ok: ["check", "well"], note: ["warning", "note"], wrong: ["close", "wrong"] };

function finding({ name, state, found, advice }) {
  const [picture, kind] = marks[state] ?? marks.note;
  return el("div.finding", { class: kind }, icon(picture), el("div", {}, el("p", {}, el("span.unseen", {}, `${state}: `), el("strong", {}, name), ` ${found}`), advice && el("p.hint", {}, advice)));
}
