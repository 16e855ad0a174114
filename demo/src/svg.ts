/** Owns how this page makes SVG elements. */

const SVG = 'http://www.w3.org/2000/svg';

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
  children: readonly Node[] = [],
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Text of a chart; as text alone. */
export function svgText(text: string, attributes: Readonly<Record<string, string | number>> = {}): SVGTextElement {
  return svg('text', attributes, [document.createTextNode(text)]);
}
