import { api } from "./api.js";
import { button, choice, el, field, icon } from "./dom.js";
import { dialog } from "./dialog.js";
import { changed } from "./gallery-shelf.js";
import { failed, say } from "./notices.js";

/** One to five stars, as radio buttons; the same star again takes the rating away. */
export function rating(picture, taken) {
  const rate = async (value) => {
    try {
      const now = (await api.rate(picture.id, value)) ?? { ...picture, rating: value };
      changed(now);
      taken(now);
      say(value ? `Rated ${value} of 5.` : "No rating.");
    } catch (error) {
      failed(error);
    }
  };
  const star = (value) =>
    el(
      "label.star",
      { class: value <= (picture.rating ?? 0) ? "lit" : "", title: `${value} of 5` },
      el("input.unseen", {
        type: "radio", name: "rating", value, checked: value === picture.rating, "aria-label": `${value} of 5 stars`,
        onchange: () => rate(value),
        onclick: () => value === picture.rating && rate(null),
      }),
      icon("star"),
    );
  const node = el("fieldset.rating", {}, el("legend.unseen", {}, "Rating"), [1, 2, 3, 4, 5].map(star));
  return { node, rate };
}

const reasons = ["Not what I asked for", "Looks broken", "Not suitable for others", "Something else"];

/** Marks a picture, with a reason, for whoever looks after this server. */
export function flagDialog(picture, taken) {
  const reason = choice(reasons, picture.flagged);
  const words = el("input", { type: "text", maxlength: 200 });
  const send = async (flag) => {
    try {
      const now = (await api.flag(picture.id, flag)) ?? { ...picture, flagged: flag };
      changed(now);
      taken(now);
      opened.close();
    } catch (error) {
      failed(error);
    }
  };
  const opened = dialog("Flag this picture", [
    field("Why", reason),
    field("In your words", words, "Whoever looks after this server reads it."),
    el(
      "footer",
      {},
      button("flag", "Flag it", () => send(words.value.trim() || reason.value), { class: "primary" }),
      picture.flagged && button("close", "Take the flag away", () => send(null)),
    ),
  ], { spec: "small" });
}
