import { table } from "./admin-table.js";
import { api } from "./api.js";
import { el } from "./dom.js";
import { bytes } from "./words.js";

const every = 3000;

/** The models that the server finds. They are fetched by the command line; how far that is, is shown here. */
export async function modelsPage() {
  const body = el("div");
  const load = async () => {
    const { models } = await api.models();
    body.replaceChildren(table("Models", ["Name", "Kind", "Size", "State"], models.map((model) => [
      model.title && model.title !== model.name ? `${model.title} (${model.name})` : model.name,
      model.family ?? "–",
      bytes(model.bytes),
      state(model),
    ])));
    return models.some(({ pull }) => pull && pull.state !== "done");
  };
  let pulling = await load();
  const clock = setInterval(async () => {
    if (!page.isConnected) return clearInterval(clock);
    if (pulling) pulling = await load().catch(() => false);
  }, every);
  const page = el("div", {}, body, el("p.hint", {}, "Models are added on the command line, by whoever runs the server: put them where ", el("code", {}, "limn models"), " finds them. Nothing is fetched for a web page."));
  return page;
}

function state({ pull, loaded, default: usual }) {
  if (pull && pull.state !== "done") {
    const share = pull.total ? pull.bytes / pull.total : 0;
    return el("span.pull", {}, el("progress", { max: 1, value: share, "aria-label": "Fetched" }), ` ${bytes(pull.bytes)} of ${bytes(pull.total)}`);
  }
  return [loaded && "in memory", usual && "used by default"].filter(Boolean).join(", ") || "ready";
}
