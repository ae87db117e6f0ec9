import { api, bytes } from "./api.js";
import { button, el } from "./dom.js";
import { dialog } from "./dialog.js";
import { company } from "./gallery-shelf.js";
import { jobs } from "./jobs.js";
import { failed, notice } from "./notices.js";
import { go } from "./router.js";

/**
 * Paints a picture again in the style of another: one of the gallery, or a file.
 * @param missing told of an error of the server.
 */
export function restyleDialog(studio, picture, missing) {
  const send = async (blob) => {
    try {
      const { id } = await api.upload(blob);
      jobs.put(await api.restyle(picture.id, id));
      opened.close();
      notice("It is being painted in that style.", { action: { label: "Look", run: () => go("#/") } });
    } catch (error) {
      missing(error);
    }
  };
  const take = async (other) => {
    try {
      await send(await bytes(other.url));
    } catch (error) {
      failed(error);
    }
  };
  const chooser = el("input", {
    type: "file", accept: "image/*", hidden: true, "aria-label": "Choose a picture for its style",
    onchange: () => chooser.files[0] && send(chooser.files[0]),
  });
  const others = company(picture.id).slice(0, 18);
  const opened = dialog("In the style of", [
    others.length ? el("ul.strip", {}, others.map((other) =>
      el("li", {}, el("button.thumb-button", { type: "button", onclick: () => take(other) }, el("img", { src: other.thumbnail, alt: other.prompt, width: 88, height: 88, loading: "lazy" }))))) : null,
    chooser,
    el("footer", {}, button("upload", "Choose a file …", () => chooser.click())),
  ], { spec: "medium" });
}
