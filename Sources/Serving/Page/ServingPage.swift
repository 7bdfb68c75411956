/// The page at `/`: type a text, and see its classes. It is one document, and asks nobody but this server.
enum ServingPage {
    /// What the browser may load: the document's own style and script, and answers of this server.
    static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static let document = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>apr serve</title>
        <link rel="icon" href="data:,">
        <style>\(style)</style>
        </head>
        <body>
        <main>
        <h1>Classify a text</h1>
        <form>
        <label for="text">Text</label>
        <textarea id="text" rows="6" autofocus spellcheck="false" aria-describedby="hint"></textarea>
        <p id="hint">Ctrl+Enter classifies.</p>
        <div class="row">
        <span id="models" hidden><label for="model">Model</label> <select id="model"></select></span>
        <span id="keys" hidden><label for="key">Key</label> <input id="key" type="password" autocomplete="off"></span>
        <button type="submit">Classify</button>
        </div>
        </form>
        <section aria-live="polite">
        <p id="message" role="status"></p>
        <ol id="classes"></ol>
        </section>
        <p><a href="/openapi.json">Routes</a> <a href="/metrics">Metrics</a></p>
        </main>
        <script>\(script)</script>
        </body>
        </html>

        """

    private static let style = """
        :root { color-scheme: light dark; --bar: #2a78d6; --track: #e4e4e4; --line: #b5b5b5; }
        @media (prefers-color-scheme: dark) { :root { --bar: #3987e5; --track: #383838; --line: #5c5c5c; } }
        * { box-sizing: border-box; }
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
        main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
        h1 { font-size: 1.4rem; margin: 0 0 1rem; }
        textarea { width: 100%; font: 15px/1.4 ui-monospace, monospace; padding: .5rem; resize: vertical; }
        textarea, input, select, button { border: 1px solid var(--line); border-radius: 4px; }
        input, select, button { font: inherit; padding: .35rem .7rem; max-width: 100%; }
        #hint { margin: .2rem 0 .8rem; font-size: .85rem; }
        .row { display: flex; flex-wrap: wrap; gap: .8rem; align-items: center; }
        ol { list-style: none; padding: 0; margin: 0; }
        li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; margin: .6rem 0; }
        li span { overflow-wrap: anywhere; }
        li b { font-variant-numeric: tabular-nums; font-weight: 600; }
        .track { grid-column: 1 / -1; height: .6rem; background: var(--track); border-radius: 3px; overflow: hidden; }
        .track div { height: 100%; background: var(--bar); }
        a { margin-right: 1rem; }
        """

    private static let script = """
        "use strict";
        const part = (id) => document.getElementById(id);
        const headers = () => {
          const key = part("key").value;
          return key ? {"content-type": "application/json", "authorization": "Bearer " + key} : {"content-type": "application/json"};
        };
        async function showModels() {
          const answer = await fetch("v1/models", {headers: headers()});
          part("keys").hidden = part("keys").hidden && answer.status !== 401;
          if (!answer.ok) return;
          const names = (await answer.json()).data.map((model) => model.id);
          if (names.length === part("model").options.length) return;
          part("model").replaceChildren(...names.map((name) => new Option(name)));
          part("models").hidden = names.length < 2;
        }
        function show(scores) {
          part("classes").replaceChildren(...scores.map(({label, score}) => {
            const [row, name, share, track, bar] = ["li", "span", "b", "div", "div"].map((tag) => document.createElement(tag));
            name.textContent = label;
            share.textContent = (100 * score).toFixed(1) + " %";
            track.className = "track";
            bar.style.width = 100 * score + "%";
            track.append(bar);
            row.append(name, share, track);
            return row;
          }));
        }
        async function classify() {
          part("message").textContent = "…";
          const start = performance.now();
          try {
            await showModels();
            const model = part("model").value;
            const path = model ? "models/" + encodeURIComponent(model) : "";
            const answer = await fetch("/" + path, {
              method: "POST", headers: headers(), body: JSON.stringify({inputs: part("text").value}),
            });
            const content = await answer.json();
            if (!answer.ok) throw new Error(content.error || answer.status);
            show(content[0]);
            const tokens = answer.headers.get("x-compute-tokens");
            const cut = answer.headers.get("x-truncated") !== "0" ? " (the text is longer; the model read only these)" : "";
            part("message").textContent = tokens + " tokens" + cut + ", " + Math.round(performance.now() - start) + " ms";
          } catch (error) {
            show([]);
            part("message").textContent = error.message;
          }
        }
        document.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); classify(); });
        part("text").addEventListener("keydown", (event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); classify(); }
        });
        showModels();
        """
}
