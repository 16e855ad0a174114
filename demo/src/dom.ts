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

export type IconName = 'matched' | 'no-route' | 'empty' | 'loading' | 'failed' | 'check' | 'cross' | 'plus' | 'undo';

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

/**
 * Writes only what differs, so that a live region stays silent when nothing changed; and into the text that is there,
 * for another one would be styled and laid out as new.
 */
export function setText(target: HTMLElement, text: string): void {
  const { firstChild } = target;
  const isOneText = firstChild instanceof Text && firstChild === target.lastChild && text !== '';
  if (!isOneText) {
    if (target.textContent !== text) target.textContent = text;
  } else if (firstChild.data !== text) firstChild.data = text;
}

/** The same for a `data-` attribute: writing it, even alike, has the browser look at the styles of all below. */
export function setData(target: HTMLElement, name: string, value: string): void {
  if (target.dataset[name] !== value) target.dataset[name] = value;
}

export interface ButtonOptions {
  readonly kind?: 'primary' | 'plain' | 'danger' | 'bare';
  /** What it does, where its text alone does not say of what. */
  readonly label?: string;
  readonly testId?: string;
  readonly icon?: IconName;
}

export function button(text: string, options: ButtonOptions, onClick: () => void): HTMLButtonElement {
  const { kind = 'plain', label, testId, icon: name } = options;
  const made = element('button', {
    class: `button button--${kind}`,
    attributes: { type: 'button', 'aria-label': label, 'data-testid': testId },
    children: [...(name ? [icon(name, 'small')] : []), ...(text === '' ? [] : [document.createTextNode(text)])],
  });
  made.addEventListener('click', onClick);
  return made;
}

/** A control with its label above, and a note below. */
export function field(label: string, control: HTMLElement, note?: HTMLElement | string): HTMLElement {
  const id = control.id === '' ? `field-${crypto.randomUUID()}` : control.id;
  const noteElement = typeof note === 'string' ? element('p', { class: 'field__note', text: note }) : note;
  if (noteElement) {
    noteElement.id ||= `${id}-note`;
    control.setAttribute('aria-describedby', noteElement.id);
  }
  Object.assign(control, { id });
  return element('div', {
    class: 'field',
    children: [
      element('label', { class: 'field__label', text: label, attributes: { for: id } }),
      control,
      ...(noteElement ? [noteElement] : []),
    ],
  });
}

export interface Row<T> {
  readonly item: HTMLElement;
  readonly update: (value: T) => void;
}

/** Makes a list show values, one row a key; rows of keys that stay are kept, and with them the focus. */
export function createRows<T>(
  list: HTMLElement,
  keyOf: (value: T) => string,
  create: (value: T) => Row<T>,
): (values: readonly T[]) => void {
  let rows = new Map<string, Row<T>>();
  return (values) => {
    const next = new Map<string, Row<T>>();
    for (const value of values) {
      const key = keyOf(value);
      const row = rows.get(key) ?? create(value);
      row.update(value);
      next.set(key, row);
    }
    rows = next;
    const items = Array.from(next.values(), ({ item }) => item);
    const isInPlace = list.children.length === items.length && items.every((item, i) => list.children[i] === item);
    if (!isInPlace) list.replaceChildren(...items);
  };
}
