import { order, valuesOf } from "./draft.js";
import { api } from "./api.js";
import { jobs } from "./jobs.js";
import { failed, notice, say } from "./notices.js";
import { go } from "./router.js";

async function send(values, text) {
  try {
    jobs.put(await api.paint(order(values)));
    // On the stage one sees it come.
    if (/^#\/(gallery|picture)/.test(location.hash)) notice(text, { action: { label: "Look", run: () => go("#/") } });
    else say(text);
  } catch (error) {
    failed(error);
  }
}

/** What was painted with an upload that is gone cannot be painted anew. */
function complete(made) {
  const whole = !(made.references ?? []).some((each) => typeof each !== "string" && !each.id);
  if (!whole) notice("Its reference is no longer on the server: add it to the form again.", { kind: "wrong" });
  return whole;
}

/** The same order with a seed of its own. */
export function again(studio, made) {
  if (!complete(made)) return;
  const values = valuesOf(made);
  delete values.settings.seed;
  values.count = made.count ?? 1;
  return send(values, "Once more, with a new seed.");
}

/** Four with the seeds that follow. */
export function vary(studio, made) {
  if (!complete(made)) return;
  const values = valuesOf(made);
  const seed = made.pictures?.at(-1)?.seed ?? made.seed ?? values.settings.seed;
  if (seed !== undefined && seed !== null) values.settings.seed = typeof seed === "number" ? seed + 1 : String(BigInt(seed) + 1n);
  values.count = Math.min(4, studio.options.limits?.count ?? 4);
  return send(values, "Four relatives, with the next seeds.");
}
