import { button, el, field } from "./dom.js";
import { dialog } from "./dialog.js";
import { maskKeys } from "./mask-keys.js";
import { Strokes } from "./mask-strokes.js";
import { say } from "./notices.js";
import { percent } from "./words.js";

const tools = [["brush", "Brush"], ["eraser", "Eraser"], ["lasso", "Lasso"]];
const colour = "#e0206c";
/** Masks of this visit, to go on with. */
const remembered = new Map();

/** Lets somebody paint what shall be painted anew. @returns the mask as a PNG, or null where it was left. */
export async function maskPainter({ id, url, width, height, name }) {
  const strokes = remembered.get(id) ?? new Strokes(width, height);
  const scale = Math.min(1, 1024 / Math.max(width, height));
  const canvas = el("canvas", {
    width: Math.round(width * scale), height: Math.round(height * scale), tabindex: "0", role: "application",
    "aria-label": "The mask. Arrows move the brush, with Shift further; Space paints or sets a corner; Enter closes the lasso. Or use the rectangle below.",
  });
  const context = canvas.getContext("2d");
  const cursor = el("i.cursor", { hidden: true, "aria-hidden": "true" });
  const share = el("output.hint");
  let tool = "brush";
  let stroke = null;
  const size = el("input", { type: "range", min: 1, max: 40, step: 1, oninput: () => place(at) });
  size.value = 10;
  const brush = () => (size.valueAsNumber / 100) * Math.max(width, height);
  let at = null;

  const draw = () => strokes.draw(context, colour);
  const settle = () => {
    draw();
    share.textContent = `${percent(strokes.share)} of the picture will be painted anew.`;
    undo.disabled = !strokes.done.length;
    redo.disabled = !strokes.undone.length;
    ready.disabled = !strokes.done.length;
  };
  const place = (point) => {
    at = point;
    cursor.hidden = !point;
    if (!point) return;
    cursor.style.setProperty("--x", `${(100 * point[0]) / width}%`);
    cursor.style.setProperty("--y", `${(100 * point[1]) / height}%`);
    const wide = tool === "lasso" ? 1.5 : (100 * brush()) / width;
    cursor.style.setProperty("--size", `${wide}%`);
  };
  const begin = (point) => {
    stroke = strokes.add({ kind: tool, size: brush(), points: [point] });
    draw();
  };
  const extend = (point) => {
    stroke?.points.push(point);
    draw();
  };
  const finish = () => {
    stroke = null;
    settle();
  };

  const pointOf = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) * width) / box.width, ((clientY - box.top) * height) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    begin(pointOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    place(pointOf(event));
    if (stroke && event.buttons) for (const each of event.getCoalescedEvents?.() ?? [event]) extend(pointOf(each));
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => stroke && finish());
  canvas.addEventListener("pointerleave", () => place(null));
  maskKeys(canvas, { width, height, tool: () => tool, size: brush, begin, extend, finish, moved: place, say });

  const act = (kind) => {
    strokes.add({ kind });
    settle();
  };
  const undo = button("undo", "Undo", () => { strokes.undo(); settle(); }, { "aria-keyshortcuts": "Control+Z" });
  const redo = button("redo", "Redo", () => { strokes.redo(); settle(); }, { "aria-keyshortcuts": "Control+Shift+Z" });
  const ready = button("check", "Use this mask", async () => {
    remembered.set(id, strokes);
    result = await strokes.png();
    opened.close();
  }, { class: "primary" });
  let result = null;

  const opened = dialog(`Mask of ${name}`, [
    el("p.hint", {}, "Paint over what shall be made anew. The rest stays as it is."),
    el(
      "div.toolbar",
      { role: "group", "aria-label": "Tools" },
      el("div.choice", { role: "radiogroup", "aria-label": "Tool" }, tools.map(([value, title]) => toolButton(value, title, () => (tool = value)))),
      el("label.size", {}, el("span", {}, "Size"), size),
      undo,
      redo,
      button("invert", "Invert", () => act("invert")),
      button("trash", "Clear", () => act("clear")),
    ),
    el("div.easel", { vars: { "--ratio": width / height } }, el("img", { src: url, alt: `The reference ${name}` }), canvas, cursor),
    share,
    rectangle(width, height, (points) => {
      strokes.add({ kind: "rectangle", points });
      settle();
      say("Rectangle added.");
    }),
    el("footer", {}, ready),
  ], { spec: "mask" });
  opened.node.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.type === "number") return;
    event.preventDefault();
    if (event.shiftKey) strokes.redo();
    else strokes.undo();
    settle();
  });
  settle();
  await opened.closed;
  return result;
}

function toolButton(value, title, take) {
  const input = el("input.unseen", { type: "radio", name: "mask-tool", value, onchange: take, checked: value === "brush" });
  return el("label.button", {}, input, el("span", {}, title));
}

/** A rectangle by numbers, for those who do not draw. */
function rectangle(width, height, add) {
  const inputs = [["Left", 25], ["Top", 25], ["Right", 75], ["Bottom", 75]].map(([title, value]) => {
    const input = el("input", { type: "number", min: 0, max: 100, value, inputmode: "numeric" });
    return { input, node: field(`${title}, %`, input) };
  });
  const take = () => {
    const [left, top, right, bottom] = inputs.map(({ input }) => Math.min(Math.max(input.valueAsNumber || 0, 0), 100) / 100);
    add([[Math.min(left, right) * width, Math.min(top, bottom) * height], [Math.max(left, right) * width, Math.max(top, bottom) * height]]);
  };
  return el("details.rectangle", {}, el("summary", {}, "A rectangle by numbers"), el("div.row", {}, inputs.map(({ node }) => node), button("rectangle", "Add it", take)));
}
