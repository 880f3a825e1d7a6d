// Sets theme and candle colours before the style sheets come, so that the page never flashes in the other theme.
(function () {
  var stored = {};
  try {
    stored = JSON.parse(localStorage.getItem("cryptostream") || "{}") || {};
  } catch (_) {
    // A page without storage starts with the defaults.
  }
  var theme = stored.theme || "light";
  if (theme === "system") theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = theme === "dark" ? "dark" : "light";
  document.documentElement.dataset.candles = stored.candles || "teal";
})();
