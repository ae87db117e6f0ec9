import { button, el, fill, icon } from "./dom.js";
import { draft } from "./draft.js";
import { duration } from "./words.js";

/** The prompt cut at these words: every second part is one of them. */
function parts(prompt, words) {
  const escaped = words.filter(Boolean).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return escaped.length ? prompt.split(new RegExp(`(${escaped.join("|")})`, "iu")) : [prompt];
}

/** The prompt with the words that were objected to marked. */
export const marked = (prompt, words) => parts(prompt, words).map((part, position) => (position % 2 ? el("mark", {}, part) : part));

/** Why the guardrail refused, in words, with a wording that would pass where there is one. */
export function refusalText(refusal, prompt, use) {
  const { reason = "The guardrail refused this prompt.", words = [], suggestion } = refusal;
  const wording = without(prompt, words);
  return [
    el("p", {}, el("strong", {}, "Not painted. "), reason),
    words.length > 0 && el("p.quoted", {}, el("span.unseen", {}, `It objects to ${words.map((word) => `“${word}”`).join(", ")} in: `), marked(prompt, words)),
    suggestion && !reason.includes(suggestion) && el("p", {}, suggestion),
    use && wording && el("p", {}, "For example: ", el("q", {}, wording)),
    use && wording && button("check", "Use this wording", () => use(wording)),
  ];
}

/** The prompt without those words, and without what then hangs in the air; null where next to nothing is left. */
export function without(prompt, words) {
  if (!words.length) return null;
  const rest = parts(prompt, words).filter((part, position) => position % 2 === 0).join("")
    .replaceAll(/\s+/g, " ").replaceAll(/ ([,.;!?])/g, "$1").replace(/^(an?|the)?[\s,.;]*$/i, "")
    .replace(/([\s,.;]|\b(and|or|of|with|in|on|by|from|an?|the)\b)*$/i, "").trim();
  return /\p{L}{3}/u.test(rest) ? rest : null;
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
