// Overview: comes next.
import { h } from "../dom.js";

export default {
  title: "Overview",
  mount(root) {
    root.append(h("h1", {}, "Overview"));
  },
};
