/** Numbers, times and names as people read them. */
const whole = new Intl.NumberFormat("en");
const percentage = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export const number = (value) => (value === null || value === undefined ? "–" : whole.format(value));
export const percent = (share) => (share === null || share === undefined ? "–" : percentage.format(share));
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** A stretch of time, rounded as one would say it. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return plural(Math.round(seconds), "second");
  if (seconds < 5400) return plural(Math.round(seconds / 60), "minute");
  if (seconds < 172800) return plural(Math.round(seconds / 3600), "hour");
  return plural(Math.round(seconds / 86400), "day");
}

/** A measured time, exact. */
export const measured = (seconds) =>
  seconds === null || seconds === undefined ? "–" : seconds < 10 ? `${seconds.toFixed(2)} s` : `${Math.round(seconds)} s`;

export function bytes(count) {
  if (count === null || count === undefined) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let position = 0;
  while (count >= 1000 && position < units.length - 1) {
    count /= 1000;
    position += 1;
  }
  return `${count >= 100 || position === 0 ? Math.round(count) : count.toFixed(1)} ${units[position]}`;
}

export const date = (text) => (text ? moment.format(new Date(text)) : "–");

/** How long ago, as words; older than a week, the day. */
export function since(text) {
  if (!text) return "never";
  const seconds = (new Date(text) - Date.now()) / 1000;
  if (Math.abs(seconds) < 45) return "just now";
  if (Math.abs(seconds) < 3600) return ago.format(Math.round(seconds / 60), "minute");
  if (Math.abs(seconds) < 86400) return ago.format(Math.round(seconds / 3600), "hour");
  if (Math.abs(seconds) < 604800) return ago.format(Math.round(seconds / 86400), "day");
  return date(text);
}

const ordinals = ["next", "second", "third", "fourth", "fifth"];
/** A place in the queue: 1 is the next. */
export const place = (position) => `${capital(ordinals[Math.max(position, 1) - 1] ?? `number ${position}`)} in line`;

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** `guidance-end` or `guidance_end` as a label. */
export const label = (name) => capital(name.replaceAll(/[-_]/g, " "));

const shapes = { "1:1": "Square", "4:3": "Landscape", "3:2": "Photo", "16:9": "Wide", "21:9": "Cinema", "3:4": "Portrait", "2:3": "Tall photo", "9:16": "Phone" };
export const shapeName = (aspect) => shapes[aspect] ?? aspect;

/** What a file of this picture may be called. */
export const fileName = (picture) =>
  `${(picture.prompt ?? "picture").toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "").slice(0, 40) || "picture"}-${picture.seed ?? picture.id}.png`;
