import { api, APIError } from "./api.js";
import { order } from "./draft.js";
import { jobs } from "./jobs.js";
import { say } from "./notices.js";
import { duration, place } from "./words.js";

/** Has the server paint this. @throws APIError with the sentence to show. */
export async function painting(values) {
  if (!values.prompt.trim()) {
    throw new APIError(400, { code: "empty", field: "prompt", message: "Say in a few words what to paint." });
  }
  const job = await api.paint(order(values));
  jobs.put(job);
  const time = job.seconds_expected ? `, about ${duration(job.seconds_expected)}` : "";
  say(job.position > 1 ? `${place(job.position)}${time}.` : `Painting${time}.`);
  return job;
}
