import { el } from "./dom.js";
import { composer } from "./composer.js";
import { stage } from "./stage.js";

/** The form on the left, on its right what is painted: on a narrow screen one below the other. */
export function paintView(studio) {
  if (!studio.may("paint")) {
    return el(
      "div.empty",
      {},
      el("h1", {}, "You may look, but not paint"),
      el("p", {}, "Your role here does not include painting. Whoever runs this server can change that: ", el("code", {}, `limn roles grant creator ${studio.me.name}`)),
    );
  }
  return el("div.studio", {}, composer(studio), stage(studio));
}
