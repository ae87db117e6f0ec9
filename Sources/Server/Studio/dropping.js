import { el, icon } from "./dom.js";
import { readSettings } from "./inspect.js";
import { addReference } from "./uploads.js";

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
const picturesOf = (list) => [...list].filter((file) => file.type.startsWith("image/"));

/** Pictures may be dropped anywhere, in one of two places that then appear, and pasted. Buttons do the same. */
export function acceptDrops(studio) {
  const zone = (name, title, help, take) => {
    const node = el("div.zone", {}, icon(name), el("strong", {}, title), el("span", {}, help));
    node.addEventListener("dragover", (event) => {
      event.preventDefault();
      node.classList.add("here");
    });
    node.addEventListener("dragleave", () => node.classList.remove("here"));
    node.addEventListener("drop", (event) => {
      event.preventDefault();
      hide();
      take(picturesOf(event.dataTransfer.files));
    });
    return node;
  };
  const asReference = async (files) => {
    for (const file of files) await addReference(studio, file, file.name);
  };
  const overlay = el(
    "div.dropping",
    { hidden: true },
    studio.may("use-reference") && zone("image", "Use as a reference", "to start from, to change, for its style", asReference),
    zone("sliders", "Read its settings", "prompt, seed and all, to paint it again", (files) => files[0] && readSettings(studio, files[0])),
  );
  const hide = () => {
    overlay.hidden = true;
    overlay.querySelectorAll(".here").forEach((node) => node.classList.remove("here"));
  };
  document.body.append(overlay);

  addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) overlay.hidden = false;
  });
  addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (carriesFiles(event)) event.preventDefault();
    hide();
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) hide();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  addEventListener("paste", (event) => {
    const files = picturesOf(event.clipboardData?.files ?? []);
    if (!files.length || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    asReference(files);
  });
}
