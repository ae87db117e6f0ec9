import { button, el, icon, iconButton } from "./dom.js";

/** What is outside of an open dialog is neither seen nor read: notices move into it, and out again when it closes. */
function follow(closing) {
  const open = [...document.querySelectorAll("dialog[open]")].filter((dialog) => dialog !== closing);
  (open.at(-1) ?? document.body).append(document.getElementById("notices"), document.getElementById("said"));
}
document.addEventListener("close", (event) => follow(event.target), true);

/** Says something to screen readers only: progress, what a key did. */
export function say(text) {
  follow();
  const place = document.getElementById("said");
  place.textContent = "";
  // An unchanged text would not be read again.
  setTimeout(() => (place.textContent = text), 30);
}

/**
 * A card at the foot of the page that goes away by itself; never while it is pointed at or holds the focus.
 * @param action a label and what it does, such as undoing; the notice then stays longer.
 * @param ended called when the notice has gone without its action.
 */
export function notice(text, { kind = "plain", action, ended, seconds = action ? 8 : 5 } = {}) {
  let over = false;
  const close = (acted) => {
    if (over) return;
    over = true;
    clearInterval(clock);
    card.remove();
    if (!acted) ended?.();
  };
  const card = el(
    "div.notice",
    { class: kind },
    icon(kind === "wrong" ? "warning" : "check"),
    el("p", {}, text),
    action && button(null, action.label, () => { close(true); action.run(); }),
    iconButton("close", "Dismiss", () => close(false)),
  );
  const busy = () => card.matches(":hover") || card.contains(document.activeElement);
  let left = seconds;
  const clock = setInterval(() => { if (!busy() && --left <= 0) close(false); }, 1000);
  follow();
  document.getElementById("notices").append(card);
  return () => close(false);
}

/** The sentence of an error, in a notice. */
export function failed(error) {
  if (error.name === "AbortError") return;
  notice(error.message, { kind: "wrong", seconds: 9 });
}
