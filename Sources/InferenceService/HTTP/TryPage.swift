internal import HTTPServer

/// The page at `/`: a form with the fields of a model, to try it. It loads nothing from elsewhere.
enum TryPage {
    static var routes: [HTTPRoute] {
        [
            .get("/") { _ in
                page(html, "text/html; charset=utf-8", [("Content-Security-Policy", StaticFiles.strictPolicy)])
            },
            .get("/try.css") { _ in page(style, "text/css; charset=utf-8") },
            .get("/try.js") { _ in page(script, "text/javascript; charset=utf-8") },
        ]
    }

    private static func page(_ text: String, _ type: String, _ more: [(name: String, value: String)] = [])
        -> HTTPResponse
    {
        .text(
            text, contentType: type,
            headers: [("Cache-Control", "no-cache"), ("Referrer-Policy", "no-referrer")] + more)
    }

    private static let html = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Ask a model</title>
        <link rel="stylesheet" href="/try.css">
        <script src="/try.js" defer></script>
        </head>
        <body>
        <main>
        <h1>Ask a model</h1>
        <p id="about" role="status">One moment.</p>
        <form id="form" hidden>
        <p id="choice" hidden><label for="model">model</label> <select id="model"></select></p>
        <div id="fields"></div>
        <p><button>Predict</button></p>
        </form>
        <section id="answer" aria-live="polite"></section>
        <h2>The same from a shell</h2>
        <pre id="curl"></pre>
        <p><a href="/model">/model</a> <a href="/openapi.json">/openapi.json</a> <a href="/v2">/v2</a>
        <a href="/metrics">/metrics</a> <a href="/health/ready">/health/ready</a></p>
        </main>
        </body>
        </html>

        """

    private static let style = """
        :root { color-scheme: light dark; --text: #1a1c1f; --page: #fff; --soft: #5c6470; --line: #767e8a; --fill: #f3f5f8;
          --mark: #1f5fbf; --on: #fff; --bad: #9c2b1c; }
        @media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --page: #14171b; --soft: #a2abb8; --line: #7d8794;
          --fill: #1d2127; --mark: #7fb0ff; --on: #14171b; --bad: #f0917f; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 44rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.4rem; margin: 1rem 0 .5rem; }
        h2 { font-size: 1rem; margin: 2rem 0 .5rem; color: var(--soft); font-weight: 500; }
        #fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem 1rem; }
        label { display: block; color: var(--soft); font-size: .875rem; }
        input, select, button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line);
          border-radius: .375rem; padding: .5rem .625rem; width: 100%; min-height: 2.75rem; }
        input[type=checkbox] { width: 1.5rem; }
        button { background: var(--mark); border-color: var(--mark); color: var(--on); font-weight: 600; width: auto;
          padding: .5rem 1.5rem; cursor: pointer; }
        :focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
        #answer { min-height: 6rem; }
        .number { font-size: 2rem; font-weight: 600; font-variant-numeric: tabular-nums; margin: 0; }
        meter { width: 100%; height: 1rem; }
        .error { color: var(--bad); overflow-wrap: anywhere; }
        pre { background: var(--fill); padding: .75rem; border-radius: .375rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        a { color: var(--mark); margin-right: 1rem; }

        """

    private static let script = """
        "use strict";
        const get = id => document.getElementById(id);
        let models = {};

        function make(tag, text, attributes = {}) {
          const element = document.createElement(tag);
          if (text !== undefined) element.textContent = text;
          for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
          return element;
        }

        function chosen() { return models[get("model").value]; }

        function features() {
          const row = {};
          for (const input of get("fields").querySelectorAll("input"))
            row[input.name] = input.type === "checkbox" ? input.checked : input.valueAsNumber;
          return row;
        }

        function show() {
          const model = chosen(), until = model.training.until;
          get("about").textContent = model.name + ", version " + model.version + ": " + model.trees + " trees"
            + (until ? ", trained on what happened until " + new Date(until).toISOString().slice(0, 16) + " UTC" : "") + "."
            + (model.target ? " 1 means: " + model.target + "." : "");
          get("fields").replaceChildren(...model.features.map((name, i) => {
            const field = make("div");
            field.append(make("label", name, { for: "f" + i }), make("input", undefined, name === "is_buy"
              ? { id: "f" + i, name, type: "checkbox" }
              : { id: "f" + i, name, type: "number", step: "any", required: "", value: "1" }));
            return field;
          }));
          get("answer").replaceChildren();
          curl();
        }

        function curl() {
          const url = location.origin + "/predict" + (chosen().default ? "" : "?model=" + get("model").value);
          get("curl").textContent = "curl " + url + " -d '" + JSON.stringify(features()) + "'";
        }

        async function ask(event) {
          event.preventDefault();
          const answer = get("answer");
          try {
            const reply = await fetch("/predict?model=" + encodeURIComponent(get("model").value),
              { method: "POST", body: JSON.stringify(features()) });
            const said = await reply.json();
            if (!reply.ok) throw new Error(said.error);
            answer.replaceChildren(
              make("p", "predicts " + said.prediction, { class: "number" }),
              make("p", "probability of 1: " + said.probability.toFixed(4)),
              make("meter", undefined, { min: 0, max: 1, value: said.probability, "aria-label": "probability of 1" }));
          } catch (error) { answer.replaceChildren(make("p", error.message, { class: "error" })); }
        }

        async function begin() {
          try {
            const said = await (await fetch("/model")).json();
            if (said.model === null) {
              get("about").textContent = "No model is served yet. " + (said.problem || "Train one: " + said.train);
              return;
            }
            // A model that cannot be served has no features.
            models = said.features ? { [said.name]: said }
              : Object.fromEntries(Object.entries(said).filter(([, model]) => model.features));
          } catch (error) { get("about").textContent = error.message; return; }
          get("model").replaceChildren(...Object.values(models).map(m => {
            const option = make("option", m.name, { value: m.name });
            option.selected = m.default;
            return option;
          }));
          get("choice").hidden = Object.keys(models).length < 2;
          get("form").hidden = false;
          get("form").addEventListener("submit", ask);
          get("form").addEventListener("input", event => event.target === get("model") ? show() : curl());
          show();
        }
        begin();

        """
}
