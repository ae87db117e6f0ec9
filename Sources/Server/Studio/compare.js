import { el } from "./dom.js";
import { dialog } from "./dialog.js";
import { company } from "./gallery-shelf.js";
import { notice } from "./notices.js";

/** Two pictures over each other, with a slider between them, or side by side. */
export function compare(picture) {
  const others = company(picture.id).slice(0, 24);
  if (!others.length) return notice("There is no other picture to compare it with yet.");
  const over = el("img.over", {});
  const caption = el("p.hint.captions");
  const slider = el("input", {
    type: "range", min: 0, max: 100, step: 1, "aria-label": "Where one picture ends and the other begins",
    oninput: () => move(),
  });
  slider.value = 50;
  const under = el("img", { src: picture.url, alt: picture.alt ?? picture.prompt });
  const frame = el("div.frame", { vars: { "--ratio": picture.width / picture.height } }, under, over, el("i.seam", { "aria-hidden": "true" }));
  const sides = el("input", { type: "checkbox", id: "side-by-side", onchange: () => body.classList.toggle("beside", sides.checked) });
  const move = () => {
    frame.style.setProperty("--at", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value} percent of the first, ${100 - slider.value} of the second`);
  };
  const take = (other) => {
    over.src = other.url;
    over.alt = other.alt ?? other.prompt;
    caption.replaceChildren(el("span", {}, name(picture)), el("span", {}, name(other)));
  };
  // A drag moves the seam too; the slider is the way without one.
  frame.addEventListener("pointermove", (event) => {
    if (!event.buttons || sides.checked) return;
    const box = frame.getBoundingClientRect();
    slider.value = (100 * (event.clientX - box.left)) / box.width;
    move();
  });
  const body = el(
    "div.comparison",
    {},
    frame,
    caption,
    slider,
    el("p.tick", {}, sides, el("label", { for: "side-by-side" }, "Side by side")),
    el(
      "fieldset.strip",
      {},
      el("legend", {}, "Compare with"),
      el("div.cards", {}, others.map((other, position) =>
        el(
          "label.style-card",
          { title: other.prompt },
          el("input.unseen", { type: "radio", name: "other", checked: position === 0, "aria-label": name(other), onchange: () => take(other) }),
          el("img", { src: other.thumbnail, alt: "", width: 72, height: 72, loading: "lazy" }),
        ))),
    ),
  );
  move();
  take(others[0]);
  dialog("Compare", body, { spec: "compare" });
}

const name = ({ prompt, seed, style }) => `${prompt}${style ? `, ${style}` : ""} · ${seed}`;
