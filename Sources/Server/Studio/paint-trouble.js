import { button, el, fill, icon } from "./dom.js";
import { draft } from "./draft.js";
import { duration } from "./words.js";

/** The prompt with the words that were objected to marked. */
export function marked(prompt, words) {
  const escaped = words.filter(Boolean).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!escaped.length) return [prompt];
  return prompt
    .split(new RegExp(`(${escaped.join("|")})`, "iu"))
    .map((part, position) => (position % 2 ? el("mark", {}, part) : part));
}

/** Why the guardrail refused, in words, with a wording that would pass where there is one. */
export function refusalText(refusal, prompt, use) {
  return [
    el("p", {}, el("strong", {}, "Not painted. "), refusal.reason ?? "The guardrail refused this prompt."),
    refusal.words?.length && el("p.quoted", {}, marked(prompt, refusal.words)),
    refusal.suggestion && el("p", {}, "This would do: ", el("q", {}, refusal.suggestion)),
    refusal.suggestion && use && button("check", "Use this wording", () => use(refusal.suggestion)),
  ];
}

/** Where the form says what is wrong: a refusal, a value out of range, a full queue. */
export function trouble() {
  const node = el("div.trouble", { role: "alert", hidden: true });
  const clear = () => {
    node.hidden = true;
    fill(node);
    document.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  };
  const show = (error) => {
    node.hidden = false;
    if (error.refusal) {
      const use = (prompt) => {
        draft.replace({ ...draft.values, prompt });
        clear();
        document.getElementById("prompt").focus();
      };
      return fill(node, refusalText(error.refusal, draft.values.prompt, use));
    }
    const wait = error.retryAfter ? ` Try again in ${duration(error.retryAfter)}.` : "";
    fill(node, icon("warning"), el("p", {}, error.message + wait));
    const field = error.field && document.getElementById(error.field === "prompt" ? "prompt" : `setting-${error.field}`);
    if (!field) return;
    field.setAttribute("aria-invalid", "true");
    const folded = field.closest("details");
    if (folded) folded.open = true;
    field.focus();
  };
  return { node, show, clear };
}
