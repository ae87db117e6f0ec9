import { api } from "./api.js";
import { button, el } from "./dom.js";
import { draft, order } from "./draft.js";
import { jobs } from "./jobs.js";
import { failed } from "./notices.js";
import { modelInUse } from "./uploads.js";
import { capital } from "./words.js";

const few = 9;

/** A card a style, with a picture that the model itself has painted in it. */
export function styleCards(studio) {
  const styles = allStyles(studio.options);
  if (!styles.length) return null;
  const card = (name, title, sample, help) =>
    el(
      "label.style-card",
      { title: help },
      el("input.unseen", { type: "radio", name: "style", value: name, onchange: () => draft.set({ style: name || null }) }),
      sample ? picture(sample) : el("span.blank", { "aria-hidden": "true" }, name ? title.charAt(0) : "–"),
      el("span", {}, title),
    );
  const group = el(
    "fieldset.styles",
    {},
    el("legend", {}, "Style"),
    el(
      "div.cards",
      {},
      card("", "None", null, "As the model paints by itself"),
      styles.map((style) => card(style.name, style.title ?? (style.name === "3d" ? "3D" : capital(style.name)), style.sample, style.description)),
    ),
  );
  const more = button(null, `All ${styles.length} styles`, () => {
    const open = group.classList.toggle("all");
    more.setAttribute("aria-expanded", open);
    more.querySelector("span").textContent = open ? "Fewer styles" : `All ${styles.length} styles`;
  }, { class: "quiet", "aria-expanded": "false" });
  if (styles.length > few) group.append(more);
  else group.classList.add("all");

  const show = () => {
    const wanted = draft.values.style ?? "";
    const inputs = [...group.querySelectorAll("input")];
    const chosen = inputs.find((input) => input.value === wanted) ?? inputs[0];
    chosen.checked = true;
    if (inputs.indexOf(chosen) > few && !group.classList.contains("all")) more.click();
  };
  /** Only what the chosen model knows. */
  const narrow = () => {
    const known = modelInUse(studio)?.styles;
    for (const input of group.querySelectorAll("input")) {
      input.parentElement.hidden = Boolean(known && input.value && !known.includes(input.value));
    }
    group.hidden = known?.length === 0;
    if (known && draft.values.style && !known.includes(draft.values.style)) {
      draft.set({ style: null });
      show();
    }
  };
  draft.addEventListener("replace", show);
  draft.addEventListener("change", narrow);
  show();
  narrow();
  const bare = styles.some(({ sample }) => !sample);
  // The server paints them while it has nothing else to do, or leaves it to whoever wishes.
  if (bare && studio.options.paints_samples) jobs.addEventListener("style", ({ detail }) => take(group, detail));
  else if (bare) samples(group);
  return group;
}

/** A sample that was painted meanwhile. */
function take(group, { name, sample }) {
  const input = [...group.querySelectorAll("input")].find(({ value }) => value === name);
  input?.parentElement.querySelector(".blank")?.replaceWith(picture(sample));
}

/** Styles without a sample get one from the gallery; where it has none either, whoever wishes has one painted of each. */
function samples(group) {
  const bare = () => [...group.querySelectorAll("input")].filter((input) => input.value && input.parentElement.querySelector(".blank"));
  const offer = button("brush", "Paint an example of each", async () => {
    offer.hidden = true;
    const prompt = draft.values.prompt.trim() || "a fox";
    try {
      for (const { value } of bare()) jobs.put(await api.paint(order({ ...draft.values, prompt, style: value, count: 1, references: [] })));
    } catch (error) {
      failed(error);
    }
  }, { class: "quiet", hidden: true });
  const fill = async () => {
    await fromGallery(group);
    offer.hidden = !bare().length || jobs.waiting.length > 0;
  };
  const painted = () => (group.isConnected ? fill() : jobs.removeEventListener("over", painted));
  jobs.addEventListener("over", painted);
  group.append(offer);
  fill();
}

/** The server tells of one model's styles in full, of the others' by name. */
function allStyles({ styles = [], models = [] }) {
  const others = new Set(models.flatMap((model) => model.styles ?? []));
  styles.forEach(({ name }) => others.delete(name));
  return [...styles, ...[...others].map((name) => ({ name }))];
}

const picture = (source) => el("img", { src: source, alt: "", width: 72, height: 72, loading: "lazy", decoding: "async" });

/** Styles without a sample show the latest picture that was painted in them. */
async function fromGallery(group) {
  const { pictures } = await api.pictures({ limit: 200 }).catch(() => ({ pictures: [] }));
  for (const input of group.querySelectorAll("input")) {
    const latest = pictures.find(({ style, flagged }) => (style ?? "") === input.value && !flagged);
    const blank = input.parentElement.querySelector(".blank");
    if (latest && blank) blank.replaceWith(picture(latest.thumbnail));
  }
}
