/* Elements of the page. Text is always text: nothing here makes markup from a string. */

const SVG = "http://www.w3.org/2000/svg";

const filled = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};

export const el = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);
export const byId = (id) => document.getElementById(id);

/* Styles that follow from numbers are set one by one: the policy refuses them as attributes. */
export const styled = (node, styles) => {
  for (const [name, value] of Object.entries(styles)) node.style.setProperty(name, value);
  return node;
};

export const field = (label, control, hint) => {
  control.id ||= `field-${Math.random().toString(36).slice(2)}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control, hint ? el("p", { class: "hint" }, hint) : null);
};

export const fold = (title, ...children) => el("details", {}, el("summary", {}, title), ...children);

export const table = (caption, head, rows) =>
  el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("caption", { class: "unseen" }, caption),
      el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, String(cell))))))));

export const key = (entries) =>
  el("div", { class: "key", "aria-hidden": "true" }, ...entries.map(([name, text]) => el("span", { class: name }, text)));

/* A field that a file is dropped on or chosen with; `take` gets the file. */
export const dropField = (title, hint, accept, take) => {
  const shown = el("div", {}, el("strong", {}, title), el("span", { class: "hint" }, hint));
  const input = el("input", { type: "file", accept, "aria-label": title });
  const drop = el("label", { class: "drop" }, shown, input);
  input.addEventListener("change", () => input.files.length && take(input.files[0]));
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, () => drop.classList.add("over"));
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
  drop.addEventListener("dragover", (event) => event.preventDefault());
  return { node: drop, input, say: (...children) => shown.replaceChildren(...children) };
};

/* What a person can mend; its message is shown as it is. */
export class Mistake extends Error {}
