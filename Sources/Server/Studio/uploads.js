import { api, APIError, bytes } from "./api.js";
import { draft } from "./draft.js";
import { failed, notice, say } from "./notices.js";
import { bytes as size, fileName, plural } from "./words.js";

/** What a reference can be for, in the words of the form, and what a model must support for it. */
const roles = [
  { name: "start", title: "Start from it", needs: "reference" },
  { name: "edit", title: "Change it as I say", needs: "edit" },
  { name: "style", title: "Paint in its style", needs: "style" },
  { name: "control", title: "Follow its shapes", needs: "control" },
];

export function modelInUse({ options }) {
  return options.models?.find(({ name }) => name === draft.values.model) ?? options.models?.find((model) => model.default) ?? options.models?.[0];
}

export function rolesFor(studio) {
  const supported = modelInUse(studio)?.supports;
  const possible = roles.filter(({ needs }) => !supported || supported.includes(needs));
  return possible.length ? possible : roles.slice(0, 1);
}

/** What of a picture can be followed: what limn makes of any picture first, then what has to be such a picture already. */
const kinds = [
  ["canny", "Its edges"], ["scribble", "Drawn lines"], ["grey", "Light and dark"], ["blur", "Rough shapes"], ["invert", "Its negative"], ["tile", "All of it"],
  ["pose", "It is a pose"], ["depth", "It is a depth map"], ["soft-edges", "It is soft edges"], ["lines", "It is lines"], ["normals", "It is normals"],
  ["segments", "It is segments"], ["ready", "It is ready"],
];
export const kindsFor = ({ options }) => kinds.filter(([name]) => options.control?.kinds?.includes(name) ?? true);

export const canMask = (studio) => modelInUse(studio)?.supports?.includes("mask") ?? true;

/** Uploads a picture and takes it into the form. @returns the reference, or null where it was not to be. */
export async function addReference(studio, blob, name) {
  const { limits } = studio.options;
  try {
    if (!studio.may("use-reference")) throw new APIError(403, { message: "Your role here does not include references." });
    if (blob.type && !blob.type.startsWith("image/")) throw new APIError(400, { message: `${name} is not a picture.` });
    if (limits?.upload_bytes && blob.size > limits.upload_bytes) {
      throw new APIError(413, { message: `${name} has ${size(blob.size)}; at most ${size(limits.upload_bytes)} are taken.` });
    }
    if (limits?.references && draft.values.references.length >= limits.references) {
      throw new APIError(400, { message: `At most ${plural(limits.references, "reference")} at a time. Remove one first.` });
    }
    const { id, url, width, height } = await api.upload(blob);
    const reference = { id, url, width, height, name, role: rolesFor(studio)[0].name, mask: null };
    draft.replace({ ...draft.values, references: [...draft.values.references, reference] });
    say(`${name} is a reference now.`);
    return reference;
  } catch (error) {
    failed(error);
    return null;
  }
}

/** A picture of the gallery as a reference: the server gets it once more, as an upload of mine. */
export async function referTo(studio, picture) {
  try {
    const reference = await addReference(studio, await bytes(picture.url), fileName(picture));
    if (reference) notice("It is in the form, as a reference.", { action: { label: "Go there", run: () => (location.hash = "#/") } });
    return reference;
  } catch (error) {
    failed(error);
    return null;
  }
}
