import { auditPage } from "./admin-audit.js";
import { healthPage } from "./admin-health.js";
import { modelsPage } from "./admin-models.js";
import { peoplePage } from "./admin-people.js";
import { policyPage } from "./admin-policy.js";
import { reportPage } from "./admin-report.js";
import { tokensPage } from "./admin-tokens.js";
import { el, fill, icon } from "./dom.js";

const pages = [
  { name: "report", title: "Report", icon: "chart", needs: "see-all-history", build: reportPage },
  { name: "people", title: "People", icon: "people", needs: "grant-roles", build: peoplePage },
  { name: "tokens", title: "Tokens", icon: "key", needs: "grant-roles", build: tokensPage },
  { name: "policy", title: "Policy", icon: "shield", needs: "change-policy", build: policyPage },
  { name: "audit", title: "Audit", icon: "list", needs: "change-policy", build: auditPage },
  { name: "models", title: "Models", icon: "cube", needs: "change-policy", build: modelsPage },
  { name: "health", title: "Health", icon: "heart", needs: "change-policy", build: healthPage },
];

/** The pages that this person may see. */
export const allowed = (studio) => pages.filter(({ needs }) => studio.may(needs));

/** One page for whoever looks after the server, beside the list of all of them. */
export function adminView(studio, page) {
  const body = el("div.page", { "aria-busy": "true" }, el("p.loading", {}, "One moment …"));
  const take = (content) => {
    body.removeAttribute("aria-busy");
    fill(body, content);
  };
  Promise.resolve(page.build(studio)).then(take, (error) =>
    take(el("div.trouble", { role: "alert" }, icon("warning"), el("p", {}, error.message))));
  return el(
    "div.admin",
    {},
    el(
      "nav",
      { "aria-label": "Administration" },
      el("ul", {}, allowed(studio).map(({ name, title, icon: picture }) =>
        el("li", {}, el("a", { href: `#/admin/${name}`, "aria-current": name === page.name ? "page" : null }, icon(picture), el("span", {}, title))))),
    ),
    el("section", { "aria-labelledby": "admin-title" }, el("h1", { id: "admin-title" }, page.title), body),
  );
}
