import { api } from "./api.js";
import { definitions, el, fill, icon, iconButton } from "./dom.js";
import { find, neighbours } from "./gallery-shelf.js";
import { failed } from "./notices.js";
import { rating } from "./rating.js";
import { go } from "./router.js";
import { singleKeys } from "./shortcuts.js";
import { actions } from "./viewer-actions.js";
import { date, label, measured } from "./words.js";

let shown = null;

/** One picture, large, with how it was made and what can be done with it. Its address is `#/picture/ID`. */
export async function viewer(studio, id, back) {
  let picture;
  try {
    picture = find(id) ?? (await api.picture(id));
  } catch (error) {
    failed(error);
    return back();
  }
  shown ??= frame(back);
  shown.show(studio, picture);
}

const address = ({ id }) => `#/picture/${encodeURIComponent(id)}`;

/** The dialog, which stays open as pages are turned. */
function frame(back) {
  const stage = el("div.exhibit");
  const side = el("div.side");
  const node = el("dialog.viewer", { "aria-label": "Picture" }, stage, side);
  let stars = null;
  let around = {};

  addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#/picture/") && node.open) node.close();
  });
  node.addEventListener("close", () => {
    fill(stage);
    fill(side);
    if (location.hash.startsWith("#/picture/")) back();
  });
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio]), textarea, select")) return;
    const turned = { ArrowLeft: around.previous, ArrowRight: around.next }[event.key];
    if (turned && !event.target.matches("[type=radio]")) go(address(turned));
    else if (/^[1-5]$/.test(event.key) && singleKeys() && stars) stars.rate(Number(event.key));
  });
  document.body.append(node);

  const show = (studio, picture) => {
    around = neighbours(picture.id);
    const again = (now) => show(studio, now);
    stars = studio.may("judge") ? rating(picture, again) : null;
    const focused = node.contains(document.activeElement) ? document.activeElement.dataset.key ?? document.activeElement.value : null;
    node.setAttribute("aria-label", `Picture: ${picture.prompt}`);
    fill(
      stage,
      el("img", { src: picture.url, alt: picture.alt ?? picture.prompt, width: picture.width, height: picture.height }),
      turn("back", "The picture before", around.previous),
      turn("forward", "The next picture", around.next),
    );
    fill(
      side,
      el("div.closing", {}, stars?.node ?? el("span"), iconButton("close", "Close", () => node.close(), { "data-key": "close" })),
      el("h2.prompt-text", {}, picture.prompt),
      picture.flagged && el("p.flag-line", {}, icon("flag"), `Flagged: ${picture.flagged.replaceAll("-", " ")}`),
      (picture.warnings ?? []).map((warning) => el("p.flag-line", {}, icon("warning"), warning)),
      actions(studio, picture, again, () => node.close()),
      facts(picture),
    );
    if (!node.open) node.showModal();
    if (focused) [...node.querySelectorAll("[data-key], [name=rating]")].find((each) => [each.dataset.key, each.value].includes(focused))?.focus();
  };
  return { show };
}

const turn = (name, words, picture) =>
  picture && el("a.button.bare.turn", { href: address(picture), class: name, "aria-label": words, title: words, "data-key": name }, icon(name));

function facts(picture) {
  const { prompt, width, height, seed, style, model, count, ...rest } = picture.settings ?? {};
  return el(
    "div.facts-block",
    {},
    el("h3", {}, "How it was made"),
    definitions([
      ["Made by", { enlarge: "Enlarging another picture", restyle: "Restyling another picture" }[picture.edit]],
      ["Style", picture.style ?? style],
      ["Size", `${picture.width} × ${picture.height}`],
      ["Seed", picture.seed],
      ["Model", picture.model ?? model],
      ...Object.entries(rest).filter(([, value]) => typeof value !== "object").map(([name, value]) => [label(name), value]),
      ["Painted", date(picture.created)],
      ["In", measured(picture.seconds)],
      ["By", picture.person],
    ]),
    picture.command && el("pre.command", { tabindex: "0", role: "group", "aria-label": "The command that paints it" }, picture.command),
  );
}
