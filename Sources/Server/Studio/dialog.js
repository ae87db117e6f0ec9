import { el, freshID, iconButton } from "./dom.js";

/**
 * Opens a dialog; the browser keeps the focus inside and gives it back.
 * @param spec classes of the dialog, such as "viewer".
 * @returns `close()`, and a promise that is kept when it has closed.
 */
export function dialog(title, content, { spec = "", onclose } = {}) {
  const id = freshID("title");
  const node = el(
    "dialog",
    { "aria-labelledby": id, class: spec },
    el("header", {}, el("h2", { id }, title), iconButton("close", "Close", () => node.close())),
    el("div.content", {}, content),
  );
  const closed = new Promise((resolve) => {
    node.addEventListener("close", () => {
      node.remove();
      onclose?.();
      resolve();
    });
  });
  // A press beside the dialog closes it, as people expect; one that began inside (selecting text) does not.
  let began = null;
  node.addEventListener("pointerdown", (event) => (began = event.target));
  node.addEventListener("click", (event) => {
    if (event.target === node && began === node) node.close();
  });
  document.body.append(node);
  node.showModal();
  return { node, close: () => node.close(), closed };
}
