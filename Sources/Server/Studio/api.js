/** What the server answered where it did not do what was asked. `code` is a word, `message` a sentence for people. */
export class APIError extends Error {
  constructor(status, error, retryAfter) {
    super(error?.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = error?.code ?? "unknown";
    this.field = error?.field ?? null;
    this.refusal = error?.refusal ?? null;
    this.retryAfter = retryAfter;
  }
}

const base = "/api/v1/";

async function call(method, path, { json, body, type, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (type) headers["Content-Type"] = type;
  let answer;
  try {
    answer = await fetch(base + path, {
      method, headers, signal, body: json === undefined ? body : JSON.stringify(json), credentials: "same-origin",
      // A deletion that waited for its undoing may be sent as the page goes.
      keepalive: method === "DELETE",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new APIError(0, { code: "unreachable", message: "The server does not answer. Is it still running?" });
  }
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => null);
  if (answer.ok) return content;
  if (answer.status === 401) location.replace("/?refused=session");
  throw new APIError(answer.status, content?.error, Number(answer.headers.get("Retry-After")) || null);
}

/** A path of which each part is escaped: ids are opaque, people's names are anything. */
const path = (...parts) => parts.map(encodeURIComponent).join("/");

const query = (values) => {
  const parts = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return parts.length ? `?${new URLSearchParams(parts)}` : "";
};

/** limn's own interface (docs: openapi.json of the server), a function a route. */
export const api = {
  me: () => call("GET", "me"),
  options: () => call("GET", "options"),
  leave: () => fetch("/leave", { method: "POST", credentials: "same-origin" }),

  upload: (blob) => call("POST", "uploads", { body: blob, type: blob.type || "application/octet-stream" }),
  inspect: (blob) => call("POST", "inspect", { body: blob, type: blob.type || "application/octet-stream" }),

  paint: (order) => call("POST", "jobs", { json: order }),
  jobs: () => call("GET", "jobs"),
  stop: (id) => call("DELETE", path("jobs", id)),

  pictures: (filter, signal) => call("GET", `pictures${query(filter)}`, { signal }),
  picture: (id) => call("GET", path("pictures", id)),
  rate: (id, rating) => call("PATCH", path("pictures", id), { json: { rating } }),
  flag: (id, flag) => call("PATCH", path("pictures", id), { json: { flag } }),
  remove: (id) => call("DELETE", path("pictures", id)),
  enlarge: (id, factor) => call("POST", path("pictures", id, "enlarge"), { json: { factor } }),
  restyle: (id, upload) => call("POST", path("pictures", id, "restyle"), { json: { style_from: upload } }),

  report: (period) => call("GET", `report${query({ period })}`),
  health: () => call("GET", "health"),
  people: () => call("GET", "people"),
  setRole: (name, role) => call("PUT", path("people", name), { json: { role } }),
  tokens: () => call("GET", "tokens"),
  makeToken: (wish) => call("POST", "tokens", { json: wish }),
  revokeToken: (id) => call("DELETE", path("tokens", id)),
  audit: (before) => call("GET", `audit${query({ before })}`),
  policy: () => call("GET", "policy"),
  judge: (prompt, negative) => call("POST", "guard/check", { json: { prompt, negative } }),
  models: () => call("GET", "models"),
};

/** A picture that the server has, as bytes: to upload it again as a reference, or to look into it. */
export async function bytes(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new APIError(answer.status, { message: "That picture is no longer there." });
  return answer.blob();
}
