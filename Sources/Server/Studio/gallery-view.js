import { api } from "./api.js";
import { button, el, fill } from "./dom.js";
import { pictureCard } from "./gallery-card.js";
import { filters, narrowed } from "./gallery-filters.js";
import { changes, shelf } from "./gallery-shelf.js";
import { jobs } from "./jobs.js";
import { failed } from "./notices.js";
import { plural } from "./words.js";

const page = 60;

/** Everything that was painted, newest first, in rows of even height. */
export function galleryView(studio) {
  const cards = new Map();
  const list = el("ul.wall", { "aria-label": "Pictures" });
  const found = el("p.hint", { role: "status" });
  const more = button("plus", "Show more", () => load(false), { hidden: true });
  const nothing = el("div");
  let next = null;
  let asking = null;
  const filter = filters(studio, () => load(true));

  async function load(anew) {
    asking?.abort();
    asking = new AbortController();
    list.setAttribute("aria-busy", "true");
    try {
      const before = anew ? null : next;
      const answer = await api.pictures({ ...filter.values, before, limit: page }, asking.signal);
      next = answer.next;
      show(answer.pictures, anew);
    } catch (error) {
      failed(error);
    }
    list.removeAttribute("aria-busy");
  }

  function show(pictures, anew) {
    if (anew) {
      cards.clear();
      shelf.pictures = [];
      list.replaceChildren();
    }
    const first = pictures[0]?.id;
    for (const picture of pictures) {
      if (cards.has(picture.id)) continue;
      const card = pictureCard(picture);
      cards.set(picture.id, card);
      shelf.pictures.push(picture);
      list.append(card.node);
    }
    more.hidden = !next;
    const count = cards.size;
    found.textContent = count ? `${next ? "The newest " : ""}${plural(count, "picture")}${narrowed(filter.values) ? " found" : ""}` : "";
    fill(nothing, !count && (narrowed(filter.values) ? noMatch() : noPictures()));
    if (!anew && first) cards.get(first).node.querySelector("a").focus();
  }

  const update = ({ detail }) => cards.get(detail.id)?.update(detail);
  const gone = ({ detail: id }) => {
    cards.get(id)?.node.remove();
    cards.delete(id);
  };
  const back = () => load(true);
  const painted = ({ detail: job }) => {
    if (!node.isConnected) return leave();
    if (job.pictures?.length && !narrowed(filter.values)) load(true);
  };
  changes.addEventListener("picture", update);
  changes.addEventListener("gone", gone);
  changes.addEventListener("back", back);
  jobs.addEventListener("over", painted);
  const leave = () => {
    changes.removeEventListener("picture", update);
    changes.removeEventListener("gone", gone);
    changes.removeEventListener("back", back);
    jobs.removeEventListener("over", painted);
  };

  const node = el("section.gallery", { "aria-labelledby": "gallery-title" }, el("div.heading", {}, el("h1", { id: "gallery-title" }, "Gallery"), found), filter.node, nothing, list, el("div.tidy", {}, more));
  load(true);
  return node;
}

const noMatch = () => el("div.empty", {}, el("h2", {}, "Nothing fits"), el("p", {}, "Try fewer words, or set the filters back to “Any”."));
const noPictures = () =>
  el("div.empty", {}, el("h2", {}, "No pictures yet"), el("p", {}, "What you paint is kept here."), el("a.button.primary", { href: "#/" }, el("span", {}, "Paint the first")));
