import { jobs } from "./jobs.js";

/** The pictures that the gallery shows, in its order: the viewer turns their pages. */
export const shelf = { pictures: [] };

/** All pictures that the page knows of, the gallery's or else those on the stage. */
function known(id) {
  const painted = jobs.all.flatMap((job) => job.pictures ?? []);
  return [shelf.pictures, painted].find((list) => list.some((picture) => picture.id === id)) ?? [];
}

export const find = (id) => known(id).find((picture) => picture.id === id);

/** The pictures before and behind this one, or undefined. */
export function neighbours(id) {
  const list = known(id);
  const position = list.findIndex((picture) => picture.id === id);
  return { previous: list[position - 1], next: position < 0 ? undefined : list[position + 1] };
}

/** Pictures that this one may be compared with, the nearest first. */
export const company = (id) => known(id).filter((picture) => picture.id !== id);

/** Takes over what has changed of a picture, and tells the gallery. */
export const changes = new EventTarget();
export function changed(picture) {
  const place = shelf.pictures.findIndex(({ id }) => id === picture.id);
  if (place >= 0) shelf.pictures[place] = picture;
  changes.dispatchEvent(new CustomEvent("picture", { detail: picture }));
}
export function gone(id) {
  shelf.pictures = shelf.pictures.filter((picture) => picture.id !== id);
  changes.dispatchEvent(new CustomEvent("gone", { detail: id }));
}
