import { el } from "./dom.js";
import { draft } from "./draft.js";
import { shapeName } from "./words.js";

/** The picture's shape, as shapes. */
export function shapes(studio) {
  const aspects = studio.options.aspects ?? [];
  if (!aspects.length) return null;
  const words = el("p.hint");
  const group = el(
    "fieldset.shapes",
    {},
    el("legend", {}, "Shape"),
    el(
      "div.cards",
      {},
      aspects.map(({ name, width, height }) =>
        el(
          "label.shape-card",
          { title: `${shapeName(name)}, ${width} × ${height} pixels` },
          el("input.unseen", {
            type: "radio", name: "aspect", value: name, "aria-label": `${shapeName(name)}, ${name}`,
            onchange: () => {
              // Exact pixels, of a picture whose settings were taken over, would count for more.
              const { width: wide, height: tall, ...settings } = draft.values.settings;
              if (wide || tall) draft.replace({ ...draft.values, aspect: name, settings });
              else draft.set({ aspect: name });
              tell();
            },
          }),
          el("i", { vars: { "--ratio": width / height, "--wide": width >= height ? 1 : width / height }, "aria-hidden": "true" }),
          el("span", { "aria-hidden": "true" }, name),
        ),
      ),
    ),
    words,
  );
  const tell = () => {
    const chosen = aspects.find(({ name }) => name === draft.values.aspect) ?? aspects[0];
    const { width, height } = draft.values.settings;
    // The chosen shape says its own name to who does not see it.
    if (width && height) words.removeAttribute("aria-hidden");
    else words.setAttribute("aria-hidden", "true");
    words.textContent = width && height
      ? `${width} × ${height}, as set under “More settings”`
      : shapeName(chosen.name);
  };
  const show = () => {
    const inputs = [...group.querySelectorAll("input")];
    (inputs.find((input) => input.value === draft.values.aspect) ?? inputs[0]).checked = true;
    tell();
  };
  draft.addEventListener("replace", show);
  draft.addEventListener("change", tell);
  show();
  return group;
}
