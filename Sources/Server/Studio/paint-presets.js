import { button, el, field, icon, iconButton } from "./dom.js";
import { dialog } from "./dialog.js";
import { draft } from "./draft.js";
import { keep, kept } from "./keep.js";
import { notice } from "./notices.js";

/** Sets of values with a name, kept in this browser. A preset has no references: uploads do not last. */
export function presets(studio) {
  const key = `presets.${studio.me.name}`;
  return iconButton("bookmark", "Presets", () => {
    const list = el("ul.presets");
    const name = el("input", { type: "text", maxlength: 60, placeholder: "ink, wide", required: true });
    const opened = dialog("Presets", [
      el(
        "form.inline",
        {
          onsubmit: (event) => {
            event.preventDefault();
            save(name.value.trim());
          },
        },
        field("Keep the form’s settings as", name),
        el("button.button.primary", { type: "submit" }, "Keep"),
      ),
      list,
    ], { spec: "small" });
    const save = (title) => {
      if (!title) return name.focus();
      const { references, ...values } = structuredClone(draft.values);
      keep(key, [{ title, values }, ...kept(key, []).filter((preset) => preset.title !== title)]);
      name.value = "";
      show();
    };
    const use = ({ title, values }) => {
      const before = draft.replace({ ...values, prompt: draft.values.prompt || values.prompt, references: draft.values.references });
      opened.close();
      notice(`Set as “${title}”.`, { action: { label: "Undo", run: () => draft.replace(before) } });
    };
    const remove = (preset) => {
      keep(key, kept(key, []).filter(({ title }) => title !== preset.title));
      show();
    };
    const show = () => {
      const all = kept(key, []);
      list.replaceChildren(
        ...all.map((preset) =>
          el(
            "li",
            {},
            button(null, preset.title, () => use(preset), { class: "wide" }),
            el("span.hint", {}, summary(preset.values)),
            iconButton("trash", `Delete the preset ${preset.title}`, () => remove(preset)),
          ),
        ),
      );
      if (!all.length) list.append(el("li.hint", {}, icon("bookmark"), " Nothing kept yet. A preset holds style, shape and settings; your words stay as they are."));
    };
    show();
  });
}

const summary = ({ style, aspect, model, settings }) =>
  [style, aspect, model, ...Object.entries(settings).map(([name, value]) => `${name} ${value}`)].filter(Boolean).join(", ") || "as usual";
