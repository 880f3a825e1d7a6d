// Database: comes next.
import { h } from "../dom.js";

export default {
  title: "Database",
  mount(root) {
    root.append(h("h1", {}, "Database"));
  },
};
