import { table } from "./admin-table.js";
import { api } from "./api.js";
import { el, field, fill } from "./dom.js";
import { failed } from "./notices.js";
import { marked } from "./paint-trouble.js";
import { label, percent } from "./words.js";

/** What the guardrail refuses, and a place to ask it about prompts. Nothing tried here is painted or recorded. */
export async function policyPage() {
  const policy = await api.policy();
  const lists = [["allow", "Always allowed"], ["deny", "Always refused"]].filter(([name]) => policy[name]?.length);
  return [
    tryOut(),
    el(
      "section.panel",
      {},
      el("h2", {}, "What holds"),
      el("p", {}, policy.switch === "off" ? "The guardrail is off." : "The guardrail is on.", ` Unsafe pictures are ${policy.pictures === "blur" ? "blurred" : "withheld"}.`),
      table("Thresholds", ["Category", "Refused from", "Warned from"], (policy.thresholds ?? []).map(({ category, block, warn }) => [label(category), percent(block), percent(warn)])),
      lists.map(([name, title]) => [el("h3", {}, title), el("ul.words", {}, policy[name].map((word) => el("li", {}, word)))]),
      el("p.hint", {}, "Changed on the command line, and then in the audit: ", el("code", {}, "limn guard policy threshold hate 0.7"), ", ", el("code", {}, "limn guard policy allow \"shooting star\""), "."),
    ),
  ];
}

const decisions = { allow: "It would be painted.", warn: "It would be painted, with a warning.", block: "It would be refused." };

function tryOut() {
  const prompt = el("textarea", { rows: 2, required: true, placeholder: "a shooting star over a battlefield" });
  const verdict = el("div.verdict", { role: "status" });
  return el(
    "form.panel",
    {
      "aria-label": "Try a prompt",
      onsubmit: async (event) => {
        event.preventDefault();
        try {
          fill(verdict, judged(prompt.value, await api.judge(prompt.value, "")));
        } catch (error) {
          failed(error);
        }
      },
    },
    el("h2", {}, "Try a prompt"),
    field("Prompt", prompt, "Only judged: not painted, not recorded."),
    el("button.button.primary", { type: "submit" }, "Ask the guardrail"),
    verdict,
  );
}

function judged(prompt, { decision, categories = {}, reasons = [], answer }) {
  const words = reasons.flatMap((reason) => reason.words ?? []);
  const scores = Object.entries(categories).sort(([, one], [, other]) => other - one).slice(0, 4);
  return [
    el("p", { class: decision }, el("strong", {}, decisions[decision] ?? decision)),
    words.length > 0 && el("p.quoted", {}, marked(prompt, words)),
    answer && el("p", {}, answer),
    el("ul.bars", {}, scores.map(([name, score]) => el("li", { vars: { "--share": score } }, el("span", {}, label(name)), el("span.figure", {}, percent(score))))),
    reasons.length > 0 && el("ul.hints", {}, reasons.map(({ category, by, rule, words: own }) =>
      el("li", {}, `${label(category)}: ${by === "rule" ? `the rule ${rule}` : by.replaceAll("_", " ")}${own?.length ? `, by ${own.map((word) => `“${word}”`).join(", ")}` : ""}`))),
  ];
}
