/**
 * Views by the address: `#/`, `#/gallery`, `#/picture/ID`, `#/admin/tokens`. Other fragments are places on the page.
 * A picture opens over the view that was there before.
 */
const views = new Map();
let current = null;
let behind = "#/";

export const route = (name, show) => views.set(name, show);
export const go = (address) => (location.hash = address);
/** Where closing a picture leads. */
export const back = () => go(behind);

export function parts(hash = location.hash) {
  return hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
}

async function follow() {
  if (location.hash && !location.hash.startsWith("#/")) return;
  const [name, ...rest] = parts();
  const over = name === "picture";
  if (!over) behind = location.hash || "#/";
  if (over && current === null) await show("", []);
  await show(name, rest);
}

async function show(name, rest) {
  const view = views.get(name) ?? views.get("");
  if (name !== "picture") {
    current = name;
    for (const link of document.querySelectorAll("[data-view]")) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
  await view(...rest);
}

export function start() {
  addEventListener("hashchange", follow);
  return follow();
}
