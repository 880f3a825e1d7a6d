// Prediction: comes next.
import { h } from "../dom.js";

export default {
  title: "Prediction",
  mount(root) {
    root.append(h("h1", {}, "Prediction"));
  },
};
