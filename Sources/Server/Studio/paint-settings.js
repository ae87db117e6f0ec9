import { choice, el, field, freshID, iconButton } from "./dom.js";
import { draft, hasOwnPlace } from "./draft.js";
import { label } from "./words.js";

/** Those that people look for first, in this order; the rest follow as the table has them. */
const first = ["negative", "size", "seed", "steps", "guidance"];

/** Everything else that the table of settings has, folded away. What was changed counts on the fold. */
export function settings(studio) {
  const { options } = studio;
  const known = (options.settings ?? []).filter(({ name }) => !hasOwnPlace(name));
  const rank = ({ name }) => (first.includes(name) ? first.indexOf(name) : first.length);
  const basic = known.filter((each) => first.includes(each.name) || each.group === "basic").sort((one, other) => rank(one) - rank(other));
  const advanced = known.filter((each) => !basic.includes(each));
  const count = el("span.count");
  const body = el("div.settings");
  const build = () => {
    const open = body.querySelector("details")?.open;
    body.replaceChildren(
      ...[
        studio.may("choose-model") && options.models?.length > 1 && modelField(options.models),
        ...basic.map(control),
        advanced.length &&
          el("details", { open }, el("summary", {}, "For experts"), el("div.settings", {}, advanced.map(control))),
      ].filter(Boolean),
    );
    tell();
  };
  const tell = () => {
    const changed = Object.keys(draft.values.settings).filter((name) => known.some((each) => each.name === name)).length;
    count.textContent = changed ? `${changed} changed` : "";
  };
  draft.addEventListener("replace", build);
  draft.addEventListener("change", tell);
  build();
  return el("details.more", {}, el("summary", {}, "More settings ", count), body);
}

function modelField(models) {
  const named = models.map((model) => [model.name, model.title ?? model.name]);
  const usual = models.find((model) => model.default)?.name;
  const select = choice(named, draft.values.model ?? usual, (model) => draft.set({ model: model === usual ? null : model }));
  return field("Model", select);
}

function control(setting) {
  const { name, kind, help } = setting;
  const value = draft.values.settings[name];
  const take = (own) => draft.setting(name, own);
  const id = `setting-${name}`;
  const title = name === "negative" ? "What to avoid" : setting.label ?? label(name);
  if (kind === "flag") {
    const hint = freshID("hint");
    const box = el("input", { id, type: "checkbox", checked: Boolean(value), "aria-describedby": hint, onchange: () => take(box.checked || null) });
    return el("div.field.tick", {}, box, el("label", { for: id }, title), el("p.hint", { id: hint }, help));
  }
  if (kind === "choice") {
    const left = ["model", "auto"].includes(setting.default) ? null : setting.default;
    const open = ["", left ? `Usual (${left})` : "The model’s own"];
    return field(title, choice([open, ...setting.choices.filter((each) => each !== setting.default)], value ?? "", take, { id }), help);
  }
  if (name === "seed") return seedField(id, value, take, help);
  if (kind === "text") {
    const box = el(name === "negative" ? "textarea" : "input", { id, rows: 2, spellcheck: String(name === "negative"), oninput: () => take(box.value) });
    box.value = value ?? "";
    return field(title, box, name === "negative" ? null : help);
  }
  return field(title, numberInput(setting, id, value, take), help);
}

function numberInput({ kind, minimum, maximum, default: usual, name }, id, value, take) {
  const step = kind === "integer" ? (["width", "height"].includes(name) ? 8 : 1) : "any";
  const input = el("input", {
    id, type: "number", min: minimum, max: maximum, step, inputmode: kind === "integer" ? "numeric" : "decimal",
    placeholder: usual ?? "the model’s own", value,
    oninput: () => take(input.value === "" ? null : input.valueAsNumber),
  });
  return input;
}

/** Left empty, each picture gets a seed of its own; a seed is text, because it may be longer than JavaScript's numbers. */
function seedField(id, value, take, help) {
  const input = el("input", {
    id, type: "text", inputmode: "numeric", pattern: "[0-9]*", placeholder: "a new one each time", value,
    oninput: () => take(/^\d+$/.test(input.value) ? exact(input.value) : null),
  });
  const dice = iconButton("dice", "Draw a seed", () => {
    input.value = crypto.getRandomValues(new Uint32Array(1))[0];
    take(Number(input.value));
  });
  const both = field("Seed", input, help);
  const row = el("div.row");
  input.replaceWith(row);
  row.append(input, dice);
  return both;
}

const exact = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
