/** Owns how this page makes and finds elements. Text goes in as text alone; nothing here parses HTML. */

const SVG = 'http://www.w3.org/2000/svg';

export interface ElementOptions {
  readonly class?: string;
  readonly text?: string;
  /** Attributes by name; `undefined` leaves one out. */
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  readonly children?: readonly Node[];
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions = {},
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (options.class !== undefined) made.className = options.class;
  if (options.text !== undefined) made.textContent = options.text;
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  if (options.children) made.append(...options.children);
  return made;
}

export type IconName = 'matched' | 'no-route' | 'empty' | 'loading' | 'failed' | 'check' | 'cross';

/** A decoration from the sheet in index.html; what it means must also be written. */
export function icon(name: IconName, size: 'small' | 'large'): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', `icon icon--${size}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('focusable', 'false');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** The element of index.html with this id. Throws where page and script do not belong together. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type))
    throw new Error(`Expected #${id} to be a ${type.name}, got ${found?.nodeName ?? 'nothing'}`);
  return found;
}

/** Writes only what differs, so that a live region stays silent when nothing changed. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
