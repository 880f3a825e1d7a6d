// Making and changing elements. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: `h("td", {class: "number", title: "…"}, "text", node)`.
 * `on…` are listeners, `dataset` and `style` objects; other keys are attributes: null, undefined and false leave one out, true sets it empty.
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  set(node, attributes);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  set(node, attributes);
  node.append(...children);
  return node;
}

function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "dataset" || key === "style") Object.assign(node[key], value);
    else node.setAttribute(key, value === true ? "" : value);
  }
}

/** An icon of the sprite in index.html; without `label` it is decoration. */
export function icon(name, label) {
  const node = svg("svg", label ? { class: "icon", role: "img", "aria-label": label } : { class: "icon", "aria-hidden": "true" });
  node.append(svg("use", { href: `#i-${name}` }));
  return node;
}

/** Writes `text` where it is another; says whether it was. */
export function setText(node, text) {
  const first = node.firstChild;
  if (first && first.nodeType === 3 && !first.nextSibling) {
    if (first.data === text) return false;
    first.data = text;
    return true;
  }
  if (!first && text === "") return false;
  node.textContent = text;
  return true;
}

/** Sets an attribute where it is another; null takes it away. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Sets the whole class where it is another. */
export function setClass(node, name) {
  if (node.className !== name) node.className = name;
}

/** Brings the children of `parent` to be `nodes` in this order, moving only those that stand elsewhere. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const node of nodes) {
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
}
