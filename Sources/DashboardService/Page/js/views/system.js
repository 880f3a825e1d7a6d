// System: comes next.
import { h } from "../dom.js";

export default {
  title: "System",
  mount(root) {
    root.append(h("h1", {}, "System"));
  },
};
