import { paths } from "./icons.js";

/**
 * Makes an element: `el("div.card", { id: "x", onclick: f, vars: { "--ratio": 1.5 } }, "text", child, null)`.
 * Text becomes text nodes only; nothing here ever parses HTML.
 */
export function el(spec, properties = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function set(node, name, value) {
  if (value === undefined || value === null) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "vars") Object.entries(value).forEach(([key, text]) => node.style.setProperty(key, text));
  else if (name === "text") node.textContent = value;
  else if (name === "class") node.className += ` ${value}`;
  else if (typeof value === "boolean" && !name.startsWith("aria-")) node.toggleAttribute(name, value);
  else node.setAttribute(name, value);
}

const svgSpace = "http://www.w3.org/2000/svg";

/** An element of SVG, with attributes. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** A picture that says nothing by itself: the text beside it, or the button's label, does. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: paths[name] }));
}

/** A button with an icon and its words. */
export function button(name, label, onclick, properties = {}) {
  return el("button.button", { type: "button", onclick, ...properties }, name && icon(name), el("span", {}, label));
}

/** A button that shows its icon only; the label is its accessible name and its tooltip. */
export function iconButton(name, label, onclick, properties = {}) {
  return el(
    "button.button.bare",
    { type: "button", "aria-label": label, title: label, onclick, ...properties },
    icon(name),
  );
}

let numbers = 0;
/** An id that no other element has. */
export const freshID = (stem) => `${stem}-${++numbers}`;

/** A labelled field: the label above, the control, and a hint that screen readers read with it. */
export function field(label, control, hint) {
  control.id ||= freshID("field");
  const help = hint ? el("p.hint", { id: freshID("hint") }, hint) : null;
  if (help) control.setAttribute("aria-describedby", help.id);
  return el("div.field", {}, el("label", { for: control.id }, label), control, help);
}

/** A list of choices; each is a value, or a pair of value and words. */
export function choice(choices, value, onchange, properties = {}) {
  const select = el("select", { onchange: () => onchange?.(select.value), ...properties });
  for (const each of choices) {
    const [own, words] = Array.isArray(each) ? each : [each, each];
    select.append(el("option", { value: own, selected: String(own) === String(value ?? "") }, words));
  }
  return select;
}

/** Pairs of a term and what it is, without the empty ones. */
export function definitions(pairs, spec = "dl.facts") {
  return el(
    spec,
    {},
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value instanceof Node ? value : String(value)))),
  );
}

/** Puts these children in place of what was there. */
export const fill = (node, ...children) =>
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
