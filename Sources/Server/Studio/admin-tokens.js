import { table } from "./admin-table.js";
import { api } from "./api.js";
import { button, choice, el, field, fill } from "./dom.js";
import { dialog } from "./dialog.js";
import { failed, notice } from "./notices.js";
import { date, since } from "./words.js";

const lives = [["30", "30 days"], ["90", "90 days"], ["365", "A year"], ["", "For ever"]];

/** Keys for people and programs: made here, shown once, taken back at any time. */
export async function tokensPage(studio) {
  const list = el("div");
  const load = async () => {
    const { tokens } = await api.tokens();
    fill(list, table("Tokens", ["Name", "Person", "Role", "Last used", "Ends", ""], tokens.map((token) => [
      token.name, token.person ?? "–", token.role, since(token.last_used), token.expires ? date(token.expires) : "never",
      button("trash", "Revoke", () => revoke(token, load), { class: "quiet", "aria-label": `Revoke ${token.name}` }),
    ]), "No tokens yet."));
  };
  await load();
  return [makeForm(studio, load), list];
}

function makeForm(studio, load) {
  const name = el("input", { type: "text", required: true, maxlength: 60, placeholder: "classroom tablet", autocomplete: "off" });
  const person = el("input", { type: "text", maxlength: 60, placeholder: studio.me.name, autocomplete: "off" });
  const role = choice(["viewer", "creator", "admin"], "creator");
  const life = choice(lives, "90");
  return el(
    "form.panel.inline",
    {
      "aria-label": "A new token",
      onsubmit: async (event) => {
        event.preventDefault();
        try {
          const made = await api.makeToken({
            name: name.value.trim(), person: person.value.trim() || studio.me.name, role: role.value,
            days: life.value ? Number(life.value) : null,
          });
          name.value = "";
          showOnce(made);
          await load();
        } catch (error) {
          failed(error);
        }
      },
    },
    field("Name", name),
    field("For whom", person),
    field("Role", role),
    field("Lasts", life),
    el("button.button.primary", { type: "submit" }, "Make a token"),
  );
}

function showOnce({ token, name }) {
  const box = el("input.secret", { type: "text", readonly: true, "aria-label": `The token ${name}`, spellcheck: "false" });
  box.value = token;
  dialog(`The token “${name}”`, [
    el("p", {}, "Copy it now: limn keeps only a fingerprint and cannot show it again."),
    box,
    el("footer", {}, button("copy", "Copy", async () => {
      box.select();
      await navigator.clipboard.writeText(token).then(() => notice("Copied."), () => {});
    }, { class: "primary" })),
  ], { spec: "small" });
  box.select();
}

function revoke(token, load) {
  const opened = dialog(`Revoke “${token.name}”?`, [
    el("p", {}, "Whoever uses it is signed out at once. This cannot be taken back."),
    el("footer", {}, button("trash", "Revoke it", async () => {
      try {
        await api.revokeToken(token.id);
        await load();
      } catch (error) {
        failed(error);
      }
      opened.close();
    }, { class: "danger" }), button(null, "Keep it", () => opened.close())),
  ], { spec: "small" });
}
