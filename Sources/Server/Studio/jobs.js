import { api } from "./api.js";

const over = new Set(["done", "stopped", "refused", "failed"]);
export const isOver = (job) => over.has(job.state);

/**
 * My jobs, newest first, as the server tells of them.
 * Events: `change` (detail: job), `preview` (detail: job's id, index, data), `removed` (detail: id), `over` (detail: job),
 * `style` (detail: a style's name and
 * sample), `connection` (detail: whether the stream of events is there).
 */
class Jobs extends EventTarget {
  #jobs = new Map();
  #previews = new Map();
  #stream = null;

  get all() {
    return [...this.#jobs.values()].sort((one, other) => (one.created < other.created ? 1 : -1));
  }

  get waiting() {
    return this.all.filter((job) => !isOver(job));
  }

  previews(id) {
    return this.#previews.get(id) ?? [];
  }

  put(job) {
    const before = this.#jobs.get(job.id);
    this.#jobs.set(job.id, job);
    this.#tell("change", job);
    if (isOver(job)) {
      this.#previews.delete(job.id);
      if (before && !isOver(before)) this.#tell("over", job);
    }
  }

  remove(id) {
    if (this.#jobs.delete(id)) this.#tell("removed", id);
  }

  async load() {
    const answer = await api.jobs();
    for (const job of (answer.jobs ?? answer).toReversed()) this.put(job);
  }

  /** One stream for everything of mine; the browser connects again by itself. */
  connect() {
    const stream = new EventSource("/api/v1/events");
    this.#stream = stream;
    stream.addEventListener("open", () => this.#tell("connection", true));
    stream.addEventListener("error", () => {
      this.#tell("connection", false);
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => this.#again(), 3000);
    });
    stream.addEventListener("job", (event) => this.put(JSON.parse(event.data)));
    stream.addEventListener("removed", (event) => this.remove(JSON.parse(event.data).id));
    stream.addEventListener("style", (event) => this.#tell("style", JSON.parse(event.data)));
    stream.addEventListener("preview", (event) => {
      const preview = JSON.parse(event.data);
      const known = this.#previews.get(preview.job) ?? [];
      known[preview.index ?? 0] = preview.data;
      this.#previews.set(preview.job, known);
      this.#tell("preview", preview);
    });
    addEventListener("pagehide", () => stream.close(), { once: true });
  }

  async #again() {
    this.#stream.close();
    // Tells a server that has gone from a session that has ended: the latter leads to the sign-in page.
    await this.load().catch(() => {});
    this.connect();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

export const jobs = new Jobs();
