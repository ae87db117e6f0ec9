import { el, icon } from "./dom.js";

/** A picture in the gallery: a link with the prompt as its name, and what was thought of it. */
export function pictureCard(picture) {
  const marks = el("span.marks", {});
  const node = el(
    "li",
    { vars: { "--ratio": picture.width / picture.height } },
    el(
      "a.picture",
      { href: `#/picture/${encodeURIComponent(picture.id)}` },
      el("img", {
        src: picture.thumbnail, alt: picture.alt ?? picture.prompt, width: picture.width, height: picture.height,
        loading: "lazy", decoding: "async",
      }),
      el("span.caption", { "aria-hidden": "true" }, picture.prompt),
      marks,
    ),
  );
  const update = (now) => {
    marks.replaceChildren(
      ...[
        now.rating && el("span", { role: "img", "aria-label": `rated ${now.rating} of 5` }, icon("star"), String(now.rating)),
        now.flagged && el("span.flagged", { role: "img", "aria-label": `flagged: ${now.flagged.replaceAll("-", " ")}` }, icon("flag")),
      ].filter(Boolean),
    );
  };
  update(picture);
  return { node, update };
}
