import { table } from "./admin-table.js";
import { api } from "./api.js";
import { choice, el } from "./dom.js";
import { failed, notice } from "./notices.js";
import { number, since } from "./words.js";

const usual = ["viewer", "creator", "admin"];

/** Who is here, with which role, and what each role may do. */
export async function peoplePage(studio) {
  const { people, roles = [] } = await api.people();
  const names = roles.length ? roles.map(({ name }) => name) : usual;
  const roleChoice = (person) => {
    const select = choice(names, person.role, (role) => change(person, role, select), { "aria-label": `Role of ${person.name}` });
    // Who takes the last admin's role away from themselves is locked out.
    if (person.name === studio.me.name) select.disabled = true;
    return select;
  };
  return [
    table("People", ["Name", "Role", "Today", "Last seen", "Given by"], people.map((person) => [
      person.name,
      roleChoice(person),
      quota(person),
      since(person.last_seen),
      person.granted_by ?? "–",
    ])),
    el("p.hint", {}, "People come by ", el("code", {}, "limn tokens create"), " or the page Tokens. Your own role is changed on the command line: ", el("code", {}, "limn roles"), "."),
    roles.length > 0 && el("section.panel", {}, el("h2", {}, "What each role may do"), permissions(roles)),
  ];
}

async function change(person, role, select) {
  const before = person.role;
  try {
    await api.setRole(person.name, role);
    person.role = role;
    notice(`${person.name} is ${role} now.`, {
      action: {
        label: "Undo",
        run: () => {
          select.value = before;
          change(person, before, select);
        },
      },
    });
  } catch (error) {
    select.value = before;
    failed(error);
  }
}

function quota({ pictures_today: made, quota: allowed }) {
  if (made === undefined) return "–";
  return allowed?.pictures ? `${number(made)} of ${number(allowed.pictures)}` : number(made);
}

function permissions(roles) {
  const all = [...new Set(roles.flatMap(({ permissions }) => permissions))];
  const mark = (has) => el("span", { class: has ? "yes" : "no" }, has ? "yes" : "–");
  return table("Permissions by role", ["Permission", ...roles.map(({ name }) => name)], all.map((permission) => [
    permission,
    ...roles.map(({ permissions }) => mark(permissions.includes(permission))),
  ]));
}
