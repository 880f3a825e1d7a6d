// The page's beginning: frame, router, live data.
//
// A view is a module in js/views whose default export has
//   title                 what the tab and the heading say
//   mount(root, context)  fills `root`; may be async
//   update(change)        at most once a frame: what changed (see live.js), or {route: true}, or {settings: key}
//   unmount()             ends timers, requests and charts
// and context is {live: {state, now, subscribe, retry}, api, settings, route, go, href}.
import * as api from "./api.js";
import { startFrame } from "./frame/frame.js";
import * as live from "./live.js";
import { go, href, nothing, route, showAnew, shown, startRouter } from "./router.js";
import { settings } from "./settings.js";

const context = { live, api, settings, route, go, href };

function tell(change) {
  try {
    shown()?.update?.(change);
  } catch (error) {
    console.error(error);
  }
}

let wasLocked = false;
live.subscribe((change) => {
  if (live.state.connection === "token") wasLocked = true;
  else if (wasLocked && live.state.connection === "live") {
    wasLocked = false;
    return showAnew();
  }
  tell(change);
});
settings.onChange((key) => tell({ ...nothing(), settings: key }));
live.start();
startFrame(context);
startRouter(document.getElementById("main"), context);
