// Where the power goes: meters named "from/to" as a Sankey diagram.

import { sankey, sankeyLinkHorizontal } from "d3-sankey";
import { html } from "./html.js";

const layout = sankey()
  .nodeId((node) => node.name)
  .size([600, 200]);

export function Flow({ samples }) {
  const links = samples
    .filter(({ channel, value }) => channel.includes("/") && value > 0)
    .map(({ channel, value }) => {
      const [source, target] = channel.split("/", 2);
      return { source, target, value };
    });
  if (!links.length) return null;
  const names = new Set(
    links.flatMap(({ source, target }) => [source, target]),
  );
  const graph = layout({ nodes: [...names].map((name) => ({ name })), links });
  const path = sankeyLinkHorizontal();
  return html`<svg viewBox="0 0 600 200">
    ${graph.links.map((link) => html`<path class="flow" d=${path(link)} stroke-width=${link.width} />`)}
    ${graph.nodes.map((node) => html`<text x=${node.x0} y=${(node.y0 + node.y1) / 2}>${node.name}</text>`)}
  </svg>`;
}
