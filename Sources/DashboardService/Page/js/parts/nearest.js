// Names that are nearly what was typed.

/** The `most` names that share most pairs of letters with `typed`; none where they share too few. */
export function nearest(typed, names, most = 3) {
  const wanted = pairs(typed.toUpperCase());
  if (!wanted.size) return [];
  return names.map((name) => [likeness(wanted, name), name]).filter(([likeness]) => likeness >= 0.4).sort(([a], [b]) => b - a).slice(0, most).map(([, name]) => name);
}

// The best of base, symbol and source, by twice the pairs in common over the pairs of both.
function likeness(wanted, name) {
  const [source, symbol = ""] = name.toUpperCase().split(/:(.*)/s);
  return Math.max(...[symbol.split("-")[0], symbol, source].map((word) => {
    const own = pairs(word);
    let common = 0;
    for (const pair of own) if (wanted.has(pair)) common += 1;
    return own.size ? 2 * common / (own.size + wanted.size) : 0;
  }));
}

function pairs(word) {
  const found = new Set();
  for (let at = 0; at + 2 <= word.length; at += 1) found.add(word.slice(at, at + 2));
  return found;
}
