import { el } from "./dom.js";
import { draft } from "./draft.js";
import { number } from "./words.js";

/** The words. Grows with them, says how many are left when few are, and keeps them as they are typed. */
export function promptBox(studio) {
  const most = studio.options.limits?.prompt_characters ?? 4000;
  const left = el("p.hint", { id: "prompt-left", "aria-live": "polite" });
  const box = el("textarea", {
    id: "prompt",
    rows: 3,
    maxlength: most,
    "aria-describedby": "prompt-left",
    placeholder: "a red fox in the snow",
    enterkeyhint: "enter",
    oninput: () => {
      draft.set({ prompt: box.value });
      count();
    },
  });
  const count = () => {
    const rest = most - box.value.length;
    left.textContent = rest < 200 ? `${number(rest)} characters left` : "";
  };
  const show = () => {
    if (box.value !== draft.values.prompt) box.value = draft.values.prompt;
    count();
  };
  draft.addEventListener("replace", show);
  show();
  return el("div.field.prompt", {}, el("label", { for: "prompt" }, "What shall it be?"), box, left);
}
