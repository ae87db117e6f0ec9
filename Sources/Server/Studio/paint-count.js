import { el, iconButton } from "./dom.js";
import { draft } from "./draft.js";

/** How many pictures at once: a number between two buttons. */
export function counter(studio) {
  const most = studio.options.limits?.count ?? 8;
  const take = (value) => {
    const count = Math.min(Math.max(Math.round(value) || 1, 1), most);
    input.value = count;
    draft.set({ count });
  };
  const input = el("input", {
    id: "count", type: "number", min: 1, max: most, inputmode: "numeric", "aria-label": "How many pictures",
    onchange: () => take(input.valueAsNumber),
  });
  const show = () => (input.value = Math.min(draft.values.count, most));
  draft.addEventListener("replace", show);
  show();
  return el(
    "div.stepper",
    { role: "group", "aria-label": "How many" },
    iconButton("minus", "One picture fewer", () => take(input.valueAsNumber - 1)),
    input,
    iconButton("plus", "One picture more", () => take(input.valueAsNumber + 1)),
  );
}
