import { keep, kept } from "./keep.js";

const empty = () => ({ prompt: "", style: null, aspect: null, count: 1, model: null, settings: {}, references: [] });

/**
 * What stands in the form, kept over reloads. `settings` holds those of the table that were changed, by name;
 * `references` uploads with their roles: `{id, url, name, width, height, role, mask: {id, url} | null}`.
 * Events: `change` after every change, `replace` where the form has to show other values than were typed into it.
 */
class Draft extends EventTarget {
  #key = "draft";
  values = empty();

  open(person) {
    this.#key = `draft.${person}`;
    this.values = { ...empty(), ...kept(this.#key, {}) };
    this.#tell("replace");
  }

  /** Takes single values, as somebody types. */
  set(values) {
    Object.assign(this.values, values);
    this.#save();
  }

  setting(name, value) {
    if (value === null || value === undefined || value === "") delete this.values.settings[name];
    else this.values.settings[name] = value;
    this.#save();
  }

  /** Takes over other values and has the form show them. @returns what was there, for undoing. */
  replace(values) {
    const before = structuredClone(this.values);
    this.values = { ...empty(), ...structuredClone(values) };
    this.#save();
    this.#tell("replace");
    return before;
  }

  clear() {
    return this.replace({ model: this.values.model });
  }

  #save() {
    keep(this.#key, this.values);
    this.#tell("change");
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

export const draft = new Draft();

/** Names that the form has places of their own for; everything else is a setting of the table. */
const own = new Set(["prompt", "style", "aspect", "count", "model", "reference", "references", "mask"]);
export const hasOwnPlace = (name) => own.has(name);

/** The form's values that a picture, a job or a file was made with. */
export function valuesOf({ prompt, settings = {}, seed, references = [] }) {
  const rest = Object.fromEntries(Object.entries(settings).filter(([name, value]) => !own.has(name) && value !== null && value !== ""));
  if (seed !== undefined && seed !== null) rest.seed ??= seed;
  return {
    prompt: prompt ?? settings.prompt ?? "",
    style: settings.style ?? null,
    aspect: settings.aspect ?? null,
    count: 1,
    model: settings.model ?? null,
    settings: rest,
    references: uploaded(references),
  };
}

/** References as the form has them, a mask with the picture before it. The server tells of them by id, or by id and role. */
function uploaded(references) {
  const known = [];
  for (const each of references) {
    const { id, role = "start", name = "the reference", kind, url } = typeof each === "string" ? { id: each } : each;
    const place = url ?? `/api/v1/uploads/${encodeURIComponent(id)}`;
    if (role === "mask" && known.length) known.at(-1).mask = { id, url: place };
    else if (id && role !== "mask") known.push({ id, role, name, url: place, mask: null, ...(kind ? { kind } : {}) });
  }
  return known;
}

/** How large the pictures of a job become, as far as its settings say. */
export function sizeOf(job, options) {
  const [picture] = job.pictures ?? [];
  const { width, height, aspect } = job.settings ?? {};
  const shape = options.aspects?.find(({ name }) => name === aspect) ?? options.aspects?.[0];
  const known = [picture, job, { width: Number(width), height: Number(height) }, shape].find((each) => each?.width && each?.height);
  return known ?? { width: 1, height: 1 };
}

/** What is sent to the server to have this painted. */
export function order(values) {
  const settings = { ...values.settings };
  const exact = settings.width && settings.height;
  // What says nothing without its counterpart is an error to the server, and would be a riddle to whoever uses the form.
  const idle = [
    ...(exact ? ["size", "megapixels"] : ["width", "height"]),
    ...(values.references.some(({ role }) => role === "start") ? [] : ["strength", "mask_blur", "outpaint"]),
  ];
  for (const name of idle) delete settings[name];
  return {
    ...settings,
    prompt: values.prompt.trim(),
    ...(values.style ? { style: values.style } : {}),
    ...(values.aspect && !exact ? { aspect: values.aspect } : {}),
    ...(values.model ? { model: values.model } : {}),
    count: values.count,
    references: values.references.flatMap(({ id, role, kind, mask }) => [role === "control" ? { id, role, kind: kind ?? "canny" } : { id, role }, ...(mask ? [{ id: mask.id, role: "mask" }] : [])]),
    preview: true,
  };
}
