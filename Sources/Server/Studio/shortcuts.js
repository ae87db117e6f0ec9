import { definitions, el } from "./dom.js";
import { dialog } from "./dialog.js";
import { keep, kept } from "./keep.js";
import { go } from "./router.js";

const keys = {
  p: ["Paint: to the words", () => focusOn("", "prompt")],
  g: ["Gallery", () => go("#/gallery")],
  "/": ["Search the gallery", () => focusOn("gallery", "search")],
  "?": ["These keys", () => showShortcuts()],
};
const elsewhere = [
  ["Ctrl Enter", "Paint, from anywhere in the form"],
  ["Esc", "Close what is open"],
  ["← →", "In a picture: the one before, the next"],
  ["1 … 5", "In a picture: rate it"],
];

function focusOn(view, id) {
  go(`#/${view}`);
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(id)?.focus()));
}

const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]");
/** Keys of one letter can be switched off, for those who speak to their computer or slip on keys (WCAG 2.1.4). */
export const singleKeys = () => kept("keys", true);

export function shortcuts() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys() || typing(event.target)) return;
    if (document.querySelector("dialog[open]") || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key][1]();
  });
}

export function showShortcuts() {
  const key = (text) => el("kbd", {}, text);
  const rows = [...Object.entries(keys).map(([name, [words]]) => [name, words]), ...elsewhere];
  const box = el("input", { type: "checkbox", id: "single-keys", checked: singleKeys(), onchange: () => keep("keys", box.checked) });
  dialog("Keys and help", [
    definitions(rows.map(([name, words]) => [words, key(name)]), "dl.facts.keys"),
    el("p.tick", {}, box, el("label", { for: "single-keys" }, "Keys of one letter")),
    el("h3", {}, "How it works"),
    el(
      "ul.hints",
      {},
      el("li", {}, "Pictures are painted on the machine that runs this page, one after another; nothing is sent anywhere else."),
      el("li", {}, "The same words, settings and seed give the same picture. Without a seed, each picture gets a new one."),
      el("li", {}, "Words are checked by a guardrail before anything is painted. It says which ones it minds."),
      el("li", {}, "Drop a picture on the page to start from it, or to read with what settings it was painted."),
      el("li", {}, "“Copy as command” gives the line that paints the same picture in a terminal."),
    ),
  ], { spec: "small" });
}
