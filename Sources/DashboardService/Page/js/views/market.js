// Market: comes next.
import { h } from "../dom.js";

export default {
  title: "Market",
  mount(root) {
    root.append(h("h1", {}, "Market"));
  },
};
