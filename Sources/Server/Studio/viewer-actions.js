import { api } from "./api.js";
import { button, el, icon } from "./dom.js";
import { compare } from "./compare.js";
import { changes, gone } from "./gallery-shelf.js";
import { takeOver } from "./inspect.js";
import { jobs } from "./jobs.js";
import { failed, notice } from "./notices.js";
import { flagDialog } from "./rating.js";
import { again, vary } from "./repeating.js";
import { restyleDialog } from "./restyle.js";
import { go } from "./router.js";
import { referTo } from "./uploads.js";
import { fileName } from "./words.js";

/** What can be done with a picture, for those who may. */
export function actions(studio, picture, changed, close) {
  const can = (name) => abilities(studio).includes(name);
  const paints = studio.may("paint");
  const leaveTo = (work) => async () => {
    if (await work()) close();
  };
  return el(
    "div.actions",
    {},
    paints && !picture.edit && button("again", "Again", () => again(studio, picture), { title: "The same words and settings, with a new seed" }),
    paints && !picture.edit && button("vary", "Vary", () => vary(studio, picture), { title: "Four more, with the next seeds" }),
    paints && !picture.edit && button("sliders", "Use its settings", () => { close(); takeOver(picture); }),
    paints && studio.may("use-reference") && button("image", "Use as a reference", leaveTo(() => referTo(studio, picture))),
    paints && can("enlarge") && button("enlarge", "Enlarge", () => enlarge(studio, picture)),
    paints && can("restyle") && button("palette", "Restyle …", () => restyleDialog(studio, picture, (error) => missing(studio, "restyle", error))),
    button("compare", "Compare …", () => compare(picture)),
    picture.command && button("copy", "Copy as command", () => copy(picture.command)),
    el("a.button", { href: picture.url, download: fileName(picture) }, icon("download"), el("span", {}, "Download")),
    studio.may("judge") && button("flag", picture.flagged ? "Change the flag" : "Flag …", () => flagDialog(picture, changed)),
    (picture.person === undefined || picture.person === studio.me.name || studio.may("prune")) && button("trash", "Delete", () => remove(picture, close), { class: "danger" }),
  );
}

/** What the program can do beside painting; where the server does not say, all of it until an answer says otherwise. */
const abilities = ({ options }) => options.abilities ?? ["enlarge", "restyle"];

/** Tells of an error; what the program turns out not to know is not offered again. */
function missing(studio, name, error) {
  if (error.status === 501) studio.options.abilities = abilities(studio).filter((each) => each !== name);
  failed(error);
}

async function enlarge(studio, picture) {
  try {
    jobs.put(await api.enlarge(picture.id, 2));
    notice("It is being enlarged to twice its size.", { action: { label: "Look", run: () => go("#/") } });
  } catch (error) {
    missing(studio, "enlarge", error);
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice("Copied. It paints the same picture in a terminal.");
  } catch {
    notice("The browser did not let it be copied: select the line under “How it was made”.", { kind: "wrong" });
  }
}

/** Gone from sight at once, from the disk when nobody has undone it. */
function remove(picture, close) {
  close();
  gone(picture.id);
  const finish = () => api.remove(picture.id).catch(failed);
  addEventListener("pagehide", finish, { once: true });
  notice("Deleted.", {
    ended: () => {
      removeEventListener("pagehide", finish);
      finish();
    },
    action: {
      label: "Undo",
      run: () => {
        removeEventListener("pagehide", finish);
        changes.dispatchEvent(new Event("back"));
      },
    },
  });
}
