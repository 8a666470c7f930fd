// The page: newest values with their trends, and the energy flow.

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { lastHour, latest } from "./api.js";
import { Flow } from "./flow.js";
import { html } from "./html.js";
import { Trend } from "./trend.js";

const PERIOD = 5_000;

async function read() {
  const samples = await latest();
  const trends = await Promise.all(
    samples.map(({ channel }) => lastHour(channel)),
  );
  return samples.map((sample, i) => ({ ...sample, trend: trends[i] }));
}

function App() {
  const [samples, setSamples] = useState([]);
  const [error, setError] = useState("");
  useEffect(() => {
    const update = () =>
      read()
        .then(setSamples)
        .catch((reason) => setError(String(reason)));
    update();
    const timer = setInterval(update, PERIOD);
    return () => clearInterval(timer);
  }, []);
  return html`
    <h1>Sensor gateway</h1>
    ${error && html`<p role="alert">${error}</p>`}
    <section class="values">
      ${samples.map(
        ({ channel, value, trend }) =>
          html`<div class="value" key=${channel}>
            ${channel}<strong>${value.toFixed(1)}</strong>
            <${Trend} samples=${trend} />
          </div>`,
      )}
    </section>
    <${Flow} samples=${samples} />
  `;
}

render(html`<${App} />`, document.getElementById("app"));
