import { api } from "./api.js";
import { button, el, fill, icon } from "./dom.js";
import { draft } from "./draft.js";
import { acceptDrops } from "./dropping.js";
import { galleryView } from "./gallery-view.js";
import { jobs } from "./jobs.js";
import { failed, say } from "./notices.js";
import { paintView } from "./paint-view.js";
import { back, route, start } from "./router.js";
import { shortcuts, showShortcuts } from "./shortcuts.js";
import { plural } from "./words.js";
import { viewer } from "./viewer.js";

const work = document.getElementById("work");

async function begin() {
  // Who may not paint gets no options, and needs none.
  const [me, options] = await Promise.all([api.me(), api.options().catch((error) => (error.status === 403 ? {} : Promise.reject(error)))]);
  const studio = { me, options, may: (permission) => me.permissions.includes(permission) };
  draft.open(me.name);
  top(studio);
  routes(studio);
  shortcuts();
  acceptDrops(studio);
  listen();
  await start();
  await jobs.load().catch(failed);
  jobs.connect();
}

function routes(studio) {
  let shown = null;
  const show = (name, title, view) => {
    document.title = title;
    if (shown === name) return;
    const first = shown === null;
    shown = name;
    fill(work, view());
    work.dataset.view = name;
    scrollTo(0, 0);
    if (!first) work.focus({ preventScroll: true });
  };
  route("", () => show("paint", "limn", () => paintView(studio)));
  route("gallery", () => show("gallery", "Gallery · limn", () => galleryView(studio)));
  route("admin", async (page = "report") => {
    const { adminView, allowed } = await import("./admin-view.js");
    const own = allowed(studio).find((each) => each.name === page) ?? allowed(studio)[0];
    show(`admin/${own.name}`, `${own.title} · limn`, () => adminView(studio, own));
  });
  route("picture", (id) => viewer(studio, id, back));
}

function top(studio) {
  const links = [["", "brush", "Paint"], ["gallery", "grid", "Gallery"]];
  if (["see-all-history", "grant-roles", "change-policy"].some(studio.may)) links.push(["admin", "chart", "Admin"]);
  fill(
    document.getElementById("views"),
    links.map(([name, picture, title]) => el("a", { href: `#/${name}`, "data-view": name }, icon(picture), el("span", {}, title))),
  );
  const { me } = studio;
  const left = me.quota?.pictures_left;
  fill(
    document.getElementById("person"),
    el(
      "details.menu",
      {},
      el("summary", { "aria-label": `${me.name}, ${me.role}: menu` }, icon("person"), el("span", {}, me.name)),
      el(
        "div",
        {},
        el("p", {}, el("strong", {}, me.name), el("br"), `${me.role} · limn ${me.version}`),
        left !== null && left !== undefined && el("p", {}, `${plural(left, "picture")} left today`),
        button("help", "Keys and help", showShortcuts),
        button("back", "Sign out", async () => {
          await api.leave().catch(() => {});
          location.replace("/");
        }),
      ),
    ),
  );
  const menu = document.querySelector("details.menu");
  addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

/** What is told wherever one is: that a picture is done, and that the server is away. */
function listen() {
  jobs.addEventListener("over", ({ detail: job }) => {
    const made = plural(job.pictures?.length ?? 0, "picture");
    say({ done: `Done: ${job.prompt}, ${made}.`, stopped: "Stopped.", refused: "Refused.", failed: "Failed." }[job.state]);
  });
  let away = null;
  const bar = document.getElementById("connection");
  jobs.addEventListener("connection", ({ detail: connected }) => {
    clearTimeout(away);
    if (connected) bar.textContent = "";
    else away = setTimeout(() => (bar.textContent = "The server does not answer. Trying again …"), 1500);
  });
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  work.focus();
});

begin().catch((error) => {
  if (error.status === 401) return;
  fill(work, el("div.empty", {}, el("h1", {}, "The studio did not open"), el("p", {}, error.message), button("again", "Try again", () => location.reload())));
});
