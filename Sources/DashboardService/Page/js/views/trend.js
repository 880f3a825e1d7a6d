// Trend: comes next.
import { h } from "../dom.js";

export default {
  title: "Trend",
  mount(root) {
    root.append(h("h1", {}, "Trend"));
  },
};
