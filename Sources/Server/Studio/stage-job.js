import { api } from "./api.js";
import { button, el, fill, freshID, icon } from "./dom.js";
import { draft, sizeOf, valuesOf } from "./draft.js";
import { takeOver } from "./inspect.js";
import { isOver, jobs } from "./jobs.js";
import { failed, say } from "./notices.js";
import { again, vary } from "./repeating.js";
import { refusalText } from "./paint-trouble.js";
import { capital, duration, place, plural, since } from "./words.js";

/** One order on the stage: its frames, in which pictures form; how far it is; what can be done with it. */
export function jobCard(studio, first) {
  let job = first;
  let heardAt = performance.now();
  let spoken = 0;
  const title = freshID("job");
  /** Many cards have the same buttons: each says which card it belongs to. */
  const about = { "aria-describedby": title };
  const frames = el("div.frames");
  const bar = el("progress", { max: 1, "aria-label": `Progress of ${heading(job)}` });
  const status = el("p.status");
  const actions = el("div.row.deeds");
  const details = el("p.hint");
  const node = el(
    "article.job",
    { "aria-labelledby": title, tabindex: "-1" },
    el("header", {}, el("h2", { id: title }, heading(job)), details),
    el("div.progress", {}, bar, status),
    actions,
    frames,
  );

  const update = (now) => {
    if (now === job && actions.children.length) return;
    const before = job;
    job = now;
    heardAt = performance.now();
    node.dataset.state = job.state;
    const { style, model } = job.settings ?? {};
    const [picture] = job.pictures ?? [];
    details.textContent = [style && capital(style), model, picture && `${picture.width} × ${picture.height}`, isOver(job) && since(job.created)]
      .filter(Boolean).join(" · ");
    if (before.state !== job.state || before.pictures?.length !== job.pictures?.length || !frames.children.length) drawFrames();
    if (before.state !== job.state || !actions.children.length) drawActions();
    tick();
    announce();
  };

  const drawFrames = () => {
    const { width, height } = sizeOf(job, studio.options);
    node.style.setProperty("--ratio", width / height);
    node.dataset.count = Math.min(job.count ?? 1, 4);
    const made = job.pictures ?? [];
    const count = isOver(job) ? made.length : Math.max(job.count ?? 1, made.length);
    const previews = jobs.previews(job.id);
    const kept = Array.from({ length: count }, (_, index) =>
      made[index] ? finished(made[index]) : el("div.frame.forming", {}, previews[index] && el("img", { src: previews[index], alt: "" })));
    fill(frames, kept);
    if (job.state === "refused" && job.refusal) {
      const use = (prompt) => {
        draft.replace({ ...valuesOf(job), prompt });
        document.getElementById("prompt")?.focus();
      };
      fill(frames, el("div.trouble", {}, refusalText(job.refusal, job.prompt, use)));
    }
    if (job.state === "failed") {
      fill(frames, kept, el("div.trouble", {}, icon("warning"), el("p", {}, job.error?.message ?? job.error ?? "It could not be painted.")));
    }
  };

  const drawActions = () => {
    fill(
      actions,
      !isOver(job) && button("stop", job.state === "waiting" ? "Take back" : "Stop", stop, about),
      job.state === "done" && !job.edit && button("again", "Again", () => again(studio, job), about),
      job.state === "done" && !job.edit && button("vary", "Vary", () => vary(studio, job), about),
      isOver(job) && !job.edit && button("sliders", "Use these settings", () => takeOver(job), about),
    );
  };

  const stop = async () => {
    const focused = actions.contains(document.activeElement);
    try {
      await api.stop(job.id);
    } catch (error) {
      failed(error);
    }
    if (focused) node.focus();
  };

  /** Seconds pass between two words of the server. */
  const tick = () => {
    const passed = (performance.now() - heardAt) / 1000;
    const left = (seconds) => (seconds === null || seconds === undefined ? "" : ` · about ${duration(Math.max(seconds - passed, 1))}`);
    node.classList.toggle("busy", !isOver(job));
    if (job.state === "waiting") {
      bar.removeAttribute("value");
      status.textContent = `${place(job.position ?? 1)}${left(job.seconds_expected)}`;
    } else if (job.state === "painting") {
      const made = job.pictures?.length ?? 0;
      const share = job.steps ? (job.step ?? 0) / job.steps : 0;
      bar.value = Math.min((made + share) / (job.count ?? 1), 1);
      const which = job.count > 1 ? `Picture ${Math.min(made + 1, job.count)} of ${job.count}, step` : "Step";
      status.textContent = `${job.steps ? `${which} ${job.step ?? 0} of ${job.steps}` : "Getting ready"}${left(job.seconds_left)}${job.seconds_left ? " left" : ""}`;
    } else {
      status.textContent = { done: "", stopped: `Stopped${job.pictures?.length ? ` after ${plural(job.pictures.length, "picture")}` : ""}.`, refused: "Refused.", failed: "Failed." }[job.state];
    }
  };

  /** A screen reader hears of the half and of long waits, not of every step; the end is told by the page. */
  const announce = () => {
    if (job.state !== "painting" || !job.steps) return;
    const quarter = Math.floor((4 * (job.step ?? 0)) / job.steps);
    if (quarter <= spoken || quarter > 3 || (job.seconds_left ?? 0) < 4) return;
    spoken = quarter;
    say(`${quarter * 25} percent, about ${duration(job.seconds_left)} left.`);
  };

  const preview = ({ index = 0, data }) => {
    const frame = frames.querySelectorAll(".frame")[index];
    if (!frame?.classList.contains("forming")) return;
    const image = frame.querySelector("img");
    if (image) image.src = data;
    else frame.append(el("img", { src: data, alt: "" }));
  };

  update(job);
  return { node, update, tick, preview, leave: () => node.remove() };
}

const deeds = { enlarge: "larger", restyle: "restyled" };
/** What a card is about: the words, and what was done to a picture of them. */
const heading = ({ prompt, edit }) => (edit ? `${prompt || "A picture"}, ${deeds[edit]}` : prompt);

const finished = (picture) =>
  el(
    "a.frame",
    { href: `#/picture/${encodeURIComponent(picture.id)}` },
    el("img", { src: picture.url, alt: picture.alt ?? picture.prompt, width: picture.width, height: picture.height, decoding: "async" }),
  );
