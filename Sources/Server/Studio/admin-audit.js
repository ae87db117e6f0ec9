import { table } from "./admin-table.js";
import { api } from "./api.js";
import { button, el, fill, icon } from "./dom.js";
import { failed } from "./notices.js";
import { date } from "./words.js";

/** What was granted, revoked, refused and changed, and whether the chain of it is whole. */
export async function auditPage() {
  const first = await api.audit();
  const rows = [...first.rows];
  let { next } = first;
  const list = el("div");
  const more = button("plus", "Show more", async () => {
    try {
      const page = await api.audit(next);
      rows.push(...page.rows);
      next = page.next;
      show();
    } catch (error) {
      failed(error);
    }
  });
  const show = () => {
    fill(list, table("Audit", ["Number", "When", "Who", "What", "Details"], rows.map(({ number, at, person, action, detail }) => [
      String(number), date(at), person ?? "–", action, detail ?? "",
    ])));
    more.hidden = !next;
  };
  show();
  return [
    first.whole !== undefined && el(
      "p.verdict-line",
      { class: first.whole ? "well" : "wrong" },
      icon(first.whole ? "check" : "warning"),
      el("span", {}, first.whole ? "Whole: no row was changed, moved or removed." : "Not whole: rows were changed or removed. See limn history verify."),
    ),
    list,
    el("div.tidy", {}, more),
    first.head && el("p.hint", {}, "Head, to keep somewhere else: ", el("code", {}, first.head)),
  ];
}
