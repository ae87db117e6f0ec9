import { api } from "./api.js";
import { button, definitions, el } from "./dom.js";
import { dialog } from "./dialog.js";
import { draft, valuesOf } from "./draft.js";
import { failed, notice } from "./notices.js";
import { go } from "./router.js";
import { addReference } from "./uploads.js";
import { label } from "./words.js";

/** Shows what a picture's file says about how it was made, limn's or another program's, and offers to take it over. */
export async function readSettings(studio, file) {
  let found;
  try {
    found = await api.inspect(file);
  } catch (error) {
    return failed(error);
  }
  const url = URL.createObjectURL(file);
  const { notes = [] } = found;
  const settings = typed(found.settings ?? {}, studio.options.styles ?? []);
  const { prompt, ...rest } = settings;
  const known = Object.keys(settings).length > 0;
  const take = () => {
    takeOver({ settings });
    opened.close();
  };
  const refer = () => {
    addReference(studio, file, file.name);
    opened.close();
    go("#/");
  };
  const opened = dialog(`Settings of ${file.name || "the picture"}`, [
    el(
      "div.inspected",
      {},
      el("img", { src: url, alt: prompt ?? file.name ?? "The picture" }),
      el(
        "div",
        {},
        found.made_by && el("p.hint", {}, `Made by ${found.made_by}.`),
        prompt && el("p.prompt-text", {}, prompt),
        known
          ? definitions(Object.entries(rest).map(([name, value]) => [label(name), typeof value === "object" ? JSON.stringify(value) : value]))
          : el("p", {}, "This picture says nothing about how it was made."),
        notes.length > 0 && el("ul.hints", {}, notes.map((note) => el("li", {}, note))),
      ),
    ),
    el(
      "footer",
      {},
      known && button("check", "Use these settings", take, { class: "primary" }),
      studio.may("use-reference") && button("image", "Use as a reference", refer),
    ),
  ], { spec: "medium", onclose: () => URL.revokeObjectURL(url) });
}

/** A file holds the prompt with its style's words around it; the form adds those itself. */
export function typed(settings, styles) {
  const template = styles.find(({ name }) => name === settings.style)?.description ?? "";
  const [before, after] = template.split("{prompt}");
  const { prompt = "" } = settings;
  if (after === undefined || !prompt.startsWith(before) || !prompt.endsWith(after)) return settings;
  return { ...settings, prompt: prompt.slice(before.length, prompt.length - after.length) };
}

/** Puts a picture's settings into the form, and offers to put back what stood there. */
export function takeOver(made) {
  const before = draft.replace(valuesOf(made));
  go("#/");
  notice("The form has its settings now.", { action: { label: "Undo", run: () => draft.replace(before) } });
}
