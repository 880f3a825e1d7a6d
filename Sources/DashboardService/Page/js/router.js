// The eight views by the address after `#`: `#trend/binance:BTC-USDT?step=60000`. Each is loaded when it is first wanted.
import { arrange, h, setAttribute } from "./dom.js";
import { failed } from "./parts/empty.js";

/** Name, title and icon of each view, in the order of the keys 1 to 8. */
export const VIEWS = ["overview", "trend", "prediction", "history", "market", "alerts", "database", "system"];

/** What the address says: {view, series or "", query: Map-like URLSearchParams}. */
export function route() {
  const [, path = "", search = ""] = /^#?([^?]*)\??(.*)$/.exec(location.hash) || [];
  const [view, ...rest] = path.replace(/^\//, "").split("/");
  let series = rest.join("/");
  try {
    series = decodeURIComponent(series);
  } catch {
    series = "";  // somebody cut the address short
  }
  return { view: VIEWS.includes(view) ? view : "overview", series, query: new URLSearchParams(search) };
}

/** The address of a view: `href("trend", "binance:BTC-USDT", {step: 60000})`. */
export function href(view, series = "", query = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== ""));
  const path = series ? `${view}/${encodeURIComponent(series).replaceAll("%3A", ":")}` : view;
  return `#${path}${search.size ? `?${search}` : ""}`;
}

/** Goes to a view; `replace` leaves no step in the browser's history. */
export function go(view, series, query, { replace = false } = {}) {
  const address = href(view, series, query);
  if (!replace) location.hash = address;
  else if (location.hash !== address) {
    history.replaceState(null, "", address);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}

let current = null;  // {name, view, root}
let wanted = 0;
let anew = false;

/** The view that is shown, or null. */
export function shown() {
  return current?.view ?? null;
}

/** Makes the view that is shown anew: what it asked for before was refused. */
export function showAnew() {
  anew = true;
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Shows what the address says in `main`, now and whenever it changes. */
export function startRouter(main, context) {
  const show = async () => {
    const now = route();
    for (const link of document.querySelectorAll("nav a[data-view]")) {
      setAttribute(link, "aria-current", link.dataset.view === now.view ? "page" : null);
      if (link.dataset.view === now.view) link.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    }
    if (current?.name === now.view && !anew) return current.view.update?.({ ...nothing(), route: true });
    anew = false;
    const turn = ++wanted;
    let view;
    try {
      const [module] = await Promise.all([import(`./views/${now.view}.js`), sheet(now.view)]);
      view = module.default;
    } catch (error) {
      console.error(error);
      view = brokenView(now.view);
    }
    if (turn !== wanted) return;
    try {
      current?.view.unmount?.();
    } catch (error) {
      console.error(error);
    }
    const first = current === null;
    const root = h("div", { class: `view ${now.view}` });
    current = { name: now.view, view, root };
    document.title = `${view.title} · CryptoStream`;
    arrange(main, [root]);
    try {
      await view.mount(root, context);
    } catch (error) {
      console.error(error);
      root.append(failed({ message: "This view could not be shown." }, () => location.reload()));
    }
    if (first) return;
    scrollTo(0, 0);
    // Somebody who types already is not interrupted.
    if (!document.activeElement?.matches("input, textarea, select") && !document.querySelector("dialog[open]")) main.focus({ preventScroll: true });
  };
  addEventListener("hashchange", show);
  return show();
}

/** A change in which nothing changed: what a view's `update` is given beside `route` or `settings`. */
export function nothing() {
  return { snapshot: false, rows: new Map(), status: false, connection: false, events: [], tick: false };
}

// A view's style sheet, loaded once; a view without one goes on.
function sheet(name) {
  if (document.querySelector(`link[data-view="${name}"]`)) return undefined;
  return new Promise((resolve) => {
    document.head.append(h("link", { rel: "stylesheet", href: `css/${name}.css`, dataset: { view: name }, onload: resolve, onerror: resolve }));
  });
}

function brokenView(name) {
  return {
    title: name[0].toUpperCase() + name.slice(1),
    mount(root) {
      root.append(h("h1", { class: "hush" }, this.title), failed({ message: "This view did not come from the server." }, () => location.reload()));
    },
  };
}
