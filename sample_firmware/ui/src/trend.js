// One channel's last hour as a line.

import { scaleLinear, scaleUtc } from "d3-scale";
import { line } from "d3-shape";
import { timeFormat } from "d3-time-format";
import { html } from "./html.js";

const WIDTH = 240;
const HEIGHT = 60;
const clock = timeFormat("%H:%M");

function extent(values) {
  return [Math.min(...values), Math.max(...values)];
}

export function Trend({ samples }) {
  if (samples.length < 2) return null;
  const x = scaleUtc(extent(samples.map(([time]) => time)), [0, WIDTH]);
  const y = scaleLinear(extent(samples.map(([, value]) => value)), [
    HEIGHT,
    0,
  ]).nice();
  const path = line(
    ([time]) => x(time),
    ([, value]) => y(value),
  );
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}">
    <title>${clock(samples[0][0])} to ${clock(samples.at(-1)[0])}</title>
    <path class="trend" d=${path(samples)} />
  </svg>`;
}
