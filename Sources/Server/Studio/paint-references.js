import { api } from "./api.js";
import { camera, hasCamera } from "./camera.js";
import { button, choice, el, iconButton } from "./dom.js";
import { draft } from "./draft.js";
import { readSettings } from "./inspect.js";
import { failed, notice } from "./notices.js";
import { addReference, canMask, kindsFor, rolesFor } from "./uploads.js";

/** Pictures to go by: dropped, pasted, chosen or taken, each with what it is for. */
export function references(studio) {
  const list = el("ul.references");
  const chooser = el("input", {
    type: "file", accept: "image/*", multiple: true, hidden: true, id: "reference-file", "aria-label": "Choose pictures",
    onchange: async () => {
      for (const file of chooser.files) await addReference(studio, file, file.name);
      chooser.value = "";
    },
  });
  const settingsFile = el("input", {
    type: "file", accept: "image/*", hidden: true, "aria-label": "Choose a picture to read its settings",
    onchange: () => {
      if (settingsFile.files[0]) readSettings(studio, settingsFile.files[0]);
      settingsFile.value = "";
    },
  });
  const strength = strengthField(studio);
  const show = () => {
    list.replaceChildren(...draft.values.references.map((reference) => item(studio, reference)));
    strength.update();
  };
  draft.addEventListener("replace", show);
  show();
  return el(
    "fieldset.reference-box",
    {},
    el("legend", {}, "References"),
    list,
    strength.node,
    el(
      "div.drop",
      {},
      el("p.hint", {}, "Drop a picture anywhere, or paste it."),
      el(
        "div.row",
        {},
        button("upload", "Choose …", () => chooser.click()),
        hasCamera() && button("camera", "Camera", async () => {
          const blob = await camera();
          if (blob) addReference(studio, blob, "photo.jpg");
        }),
        button("sliders", "Read settings …", () => settingsFile.click(), { title: "Choose a picture that limn or another program has painted, to take its settings" }),
      ),
    ),
    chooser,
    settingsFile,
  );
}

function item(studio, reference) {
  const change = (values) => {
    Object.assign(reference, values);
    draft.replace({ ...draft.values, references: draft.values.references.map((each) => (each.id === reference.id ? reference : each)) });
  };
  const picture = el("img", {
    src: reference.url, alt: `Reference ${reference.name}`, width: 72, height: 72,
    onerror: () => {
      // The server keeps uploads for a while only.
      draft.replace({ ...draft.values, references: draft.values.references.filter(({ id }) => id !== reference.id) });
      notice(`The reference ${reference.name} is no longer on the server: choose it again.`, { kind: "wrong" });
    },
  });
  const possible = rolesFor(studio).map(({ name, title }) => [name, title]);
  return el(
    "li",
    {},
    el("span.thumb", {}, picture, reference.mask && el("img.over", { src: reference.mask.url, alt: "" })),
    el(
      "div",
      {},
      choice(possible, reference.role, (role) => change({ role }), { "aria-label": `What ${reference.name} is for` }),
      el(
        "div.row",
        {},
        reference.role === "control" && choice(kindsFor(studio), reference.kind ?? "canny", (kind) => change({ kind }), { "aria-label": `What to follow of ${reference.name}` }),
        ["start", "edit"].includes(reference.role) && canMask(studio) &&
          button("mask", reference.mask ? "Change mask" : "Mask", () => paintMask(studio, reference, change), { class: "quiet" }),
        reference.mask && button("close", "No mask", () => change({ mask: null }), { class: "quiet" }),
      ),
    ),
    iconButton("trash", `Remove the reference ${reference.name}`, () => {
      const before = draft.replace({ ...draft.values, references: draft.values.references.filter(({ id }) => id !== reference.id) });
      notice("Removed.", { action: { label: "Undo", run: () => draft.replace(before) } });
    }),
  );
}

async function paintMask(studio, reference, change) {
  const { maskPainter } = await import("./mask-painter.js");
  const mask = await maskPainter(reference);
  if (!mask) return;
  try {
    const { id, url } = await api.upload(mask);
    change({ mask: { id, url } });
  } catch (error) {
    failed(error);
  }
}

/** How far a reference to start from is left behind. */
function strengthField({ options }) {
  const setting = (options.settings ?? []).find(({ name }) => name === "strength");
  const out = el("output", { for: "strength" });
  const slider = el("input", {
    id: "strength", type: "range", min: 0.05, max: 1, step: 0.05,
    oninput: () => {
      draft.setting("strength", slider.valueAsNumber);
      tell();
    },
  });
  const tell = () => {
    const value = slider.valueAsNumber;
    const words = value < 0.35 ? "close to it" : value < 0.7 ? "freely after it" : "only a hint of it";
    out.textContent = words;
    slider.setAttribute("aria-valuetext", `${Math.round(value * 100)} percent, ${words}`);
  };
  const node = el("div.field.strength", {}, el("label", { for: "strength" }, "How far to leave it: ", out), slider);
  const update = () => {
    node.hidden = !draft.values.references.some(({ role }) => role === "start");
    slider.value = draft.values.settings.strength ?? setting?.default ?? 0.75;
    tell();
  };
  return { node, update };
}
