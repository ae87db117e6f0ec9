import { choice, el, field, icon } from "./dom.js";
import { keep, kept } from "./keep.js";
import { capital } from "./words.js";

const empty = { query: "", style: "", model: "", rating: "", flagged: "", everyone: "" };

/** Search and filters; what is set stays set until it is cleared. */
export function filters(studio, apply) {
  const key = `gallery.${studio.me.name}`;
  const values = { ...empty, ...kept(key, {}) };
  let timer = null;
  const take = (change) => {
    Object.assign(values, change);
    keep(key, values);
    apply(values);
  };
  const search = el("input", {
    id: "search", type: "search", placeholder: "Words of the prompt", "aria-label": "Search the gallery",
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => take({ query: search.value.trim() }), 250);
    },
  });
  search.value = values.query;
  const { styles = [], models = [] } = studio.options;
  const everyone = studio.may("see-all-history") && studio.may("see-prompts");
  const node = el(
    "form.filters",
    { role: "search", "aria-label": "Gallery", onsubmit: (event) => event.preventDefault() },
    el("div.search", {}, icon("search"), search),
    field("Style", choice([["", "Any"], ...styles.map(({ name, title }) => [name, title ?? capital(name)])], values.style, (style) => take({ style }))),
    models.length > 1 && field("Model", choice([["", "Any"], ...models.map(({ name, title }) => [name, title ?? name])], values.model, (model) => take({ model }))),
    field("Rating", choice([["", "Any"], ["5", "5 stars"], ["4", "4 and more"], ["3", "3 and more"], ["1", "Any stars"]], values.rating, (rating) => take({ rating }))),
    field("Flags", choice([["", "All"], ["true", "Flagged"]], values.flagged, (flagged) => take({ flagged }))),
    everyone && field("Whose", choice([["", "Mine"], ["true", "Everyone’s"]], values.everyone, (everyone) => take({ everyone }))),
  );
  return { node, values };
}

/** Whether anything is narrowed down. */
export const narrowed = (values) => Object.values(values).some(Boolean);
