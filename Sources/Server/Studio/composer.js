import { el, icon, iconButton } from "./dom.js";
import { draft } from "./draft.js";
import { notice } from "./notices.js";
import { painting } from "./painting.js";
import { counter } from "./paint-count.js";
import { presets } from "./paint-presets.js";
import { promptBox } from "./paint-prompt.js";
import { references } from "./paint-references.js";
import { settings } from "./paint-settings.js";
import { shapes } from "./paint-shape.js";
import { styleCards } from "./paint-styles.js";
import { trouble } from "./paint-trouble.js";

/** The form: words, style, shape, references, and folded away, everything else. */
export function composer(studio) {
  const problem = trouble();
  const submit = el("button.button.primary", { type: "submit", "aria-keyshortcuts": "Control+Enter" }, icon("brush"), el("span", {}, "Paint"));
  const form = el(
    "form.composer",
    {
      "aria-label": "What to paint",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        send();
      },
      onkeydown: (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          send();
        }
      },
    },
    el(
      "div.scroll",
      {},
      promptBox(studio),
      problem.node,
      styleCards(studio),
      shapes(studio),
      studio.may("use-reference") && references(studio),
      settings(studio),
    ),
    el(
      "footer",
      {},
      counter(studio),
      submit,
      presets(studio),
      iconButton("trash", "Clear the form", () => {
        const before = draft.clear();
        problem.clear();
        notice("The form is empty again.", { action: { label: "Undo", run: () => draft.replace(before) } });
      }),
    ),
  );

  let sending = false;
  async function send() {
    if (sending) return;
    sending = true;
    submit.setAttribute("aria-disabled", "true");
    problem.clear();
    try {
      await painting(draft.values);
      // What is new stands at the top of the stage, which on a narrow screen lies below the form.
      if (matchMedia("(max-width: 56rem)").matches) document.querySelector(".stage").scrollIntoView();
      else scrollTo(0, 0);
    } catch (error) {
      problem.show(error);
    } finally {
      sending = false;
      submit.removeAttribute("aria-disabled");
    }
  }
  return form;
}
