import { el } from "./dom.js";

/** A table with a caption that screen readers read; a row is a list of cells. */
export function table(caption, heads, rows, empty = "Nothing yet.") {
  if (!rows.length) return el("p.hint", {}, empty);
  return el(
    "div.table",
    { tabindex: "0", role: "region", "aria-label": `${caption}, table` },
    el(
      "table",
      {},
      el("caption.unseen", {}, caption),
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head || el("span.unseen", {}, "Actions"))))),
      el("tbody", {}, rows.map((cells) =>
        el("tr", {}, cells.map((cell, position) => (position ? el("td", { "data-head": heads[position] }, cell) : el("th", { scope: "row" }, cell)))))),
    ),
  );
}
