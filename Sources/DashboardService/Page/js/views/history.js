// History: comes next.
import { h } from "../dom.js";

export default {
  title: "History",
  mount(root) {
    root.append(h("h1", {}, "History"));
  },
};
