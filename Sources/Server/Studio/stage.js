import { button, el } from "./dom.js";
import { draft } from "./draft.js";
import { jobs, isOver } from "./jobs.js";
import { keep, kept } from "./keep.js";
import { jobCard } from "./stage-job.js";

const ideas = ["a red apple", "an owl at night", "three apples and a banana", "a castle by the sea", "a fox", "a rocket"];
const most = 24;

/** What is being painted and what has been, newest first. */
export function stage(studio) {
  const key = `cleared.${studio.me.name}`;
  const cards = new Map();
  const list = el("div.jobs");
  const tidy = button("check", "Clear what is finished", () => {
    const cleared = jobs.all.filter(isOver).map(({ id }) => id);
    keep(key, [...cleared, ...kept(key, [])].slice(0, 400));
    show();
  }, { class: "quiet" });
  const node = el("section.stage", { "aria-label": "Pictures" }, el("h1.unseen", {}, "Paint"), welcome(), list, el("div.tidy", {}, tidy));

  const show = () => {
    const cleared = new Set(kept(key, []));
    const shown = jobs.all.filter((job) => !cleared.has(job.id) || !isOver(job)).slice(0, most);
    for (const [id, card] of cards) {
      if (shown.some((job) => job.id === id)) continue;
      card.leave();
      cards.delete(id);
    }
    shown.forEach((job, position) => {
      let card = cards.get(job.id);
      if (!card) cards.set(job.id, (card = jobCard(studio, job)));
      else card.update(job);
      card.node.setAttribute("aria-posinset", position + 1);
      card.node.setAttribute("aria-setsize", shown.length);
      card.node.classList.toggle("first", position === 0);
      if (list.children[position] !== card.node) list.insertBefore(card.node, list.children[position] ?? null);
    });
    node.classList.toggle("bare", !shown.length);
    // A feed without articles is none.
    if (shown.length) {
      list.setAttribute("role", "feed");
      list.setAttribute("aria-label", "Orders");
    } else {
      list.removeAttribute("role");
      list.removeAttribute("aria-label");
    }
    tidy.hidden = !shown.some(isOver);
  };
  const preview = ({ detail }) => cards.get(detail.job)?.preview(detail);
  const tick = setInterval(() => {
    if (!node.isConnected) return leave();
    cards.forEach((card) => card.tick());
  }, 1000);
  const leave = () => {
    clearInterval(tick);
    jobs.removeEventListener("change", show);
    jobs.removeEventListener("removed", show);
    jobs.removeEventListener("preview", preview);
  };
  jobs.addEventListener("change", show);
  jobs.addEventListener("removed", show);
  jobs.addEventListener("preview", preview);
  show();
  return node;
}

/** The first thing that somebody new sees. */
function welcome() {
  const take = (prompt) => {
    draft.replace({ ...draft.values, prompt });
    document.getElementById("prompt").focus();
  };
  return el(
    "div.welcome",
    {},
    el("p.motto", {}, "Say it, and it is painted."),
    el("p", {}, "Write what you would like to see, choose a style, and press Paint. Everything stays on this machine."),
    el("ul.ideas", { "aria-label": "Ideas to begin with" }, ideas.map((idea) => el("li", {}, button("sparkle", idea, () => take(idea))))),
  );
}
