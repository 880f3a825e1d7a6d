// Asking the server: one place for the token, for errors in words, and for what is away.

const TOKEN = "cryptostream.token";
let token = "";
try {
  token = sessionStorage.getItem(TOKEN) || "";
} catch {
  // Without storage the token lasts as long as the page.
}

/** An answer that is none, with the server's sentence. `away` is `kafka`, `store` or nothing; `status` 0 means no answer. */
export class APIError extends Error {
  constructor(message, { status = 0, away, since } = {}) {
    super(message);
    Object.assign(this, { status, away, since });
  }
}

/** Keeps the token for this tab. */
export function setToken(text) {
  token = text.trim();
  try {
    sessionStorage.setItem(TOKEN, token);
  } catch {
    // See above.
  }
}

/** `api/x` with its query; values that are null or undefined are left out, lists are repeated. */
export function url(path, query = {}) {
  const address = new URL(path, document.baseURI);
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== null) address.searchParams.append(key, one);
  }
  return address;
}

/** The raw answer to a request, errors thrown as `APIError`. `timeoutMs` 0 waits as long as it takes. */
export async function request(path, { method = "GET", query, body, headers = {}, signal, timeoutMs = 15_000 } = {}) {
  const signals = [signal, timeoutMs ? AbortSignal.timeout(timeoutMs) : undefined].filter(Boolean);
  const own = { Accept: "application/json", ...headers };
  if (token) own.Authorization = `Bearer ${token}`;
  if (body !== undefined) own["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url(path, query), {
      method, headers: own, body: body === undefined ? undefined : JSON.stringify(body),
      signal: signals.length ? AbortSignal.any(signals) : undefined, cache: "no-store", credentials: "same-origin",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new APIError(error.name === "TimeoutError" ? "The server did not answer in time." : "The dashboard's server does not answer.");
  }
  if (response.ok) return response;
  let said = {};
  try {
    said = await response.json();
  } catch {
    // The answer came from something else, a proxy perhaps.
  }
  throw new APIError(said.error || `The server answered ${response.status}.`, { status: response.status, away: said.away, since: said.since });
}

/** The JSON at `path`. */
export async function get(path, query, options = {}) {
  return (await request(path, { ...options, query })).json();
}

/** The JSON that a body is answered with; null where there is no body. */
export async function post(path, body, options = {}) {
  const text = await (await request(path, { ...options, method: "POST", body })).text();
  return text ? JSON.parse(text) : null;
}

/** Deletes what is at `path`. */
export async function remove(path) {
  await request(path, { method: "DELETE" });
}

/** Saves `blob` under `name`. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name.replace(/[^\w.,()+-]+/g, "-");
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
