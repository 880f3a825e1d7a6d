// Alerts: comes next.
import { h } from "../dom.js";

export default {
  title: "Alerts",
  mount(root) {
    root.append(h("h1", {}, "Alerts"));
  },
};
