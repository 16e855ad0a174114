/** Owns motion that style sheets cannot do: rows that change places. Still where less motion is wanted. */

const MOVE_MS = 220;
/** Who types, however slowly, sees routes change places with every key: to have them glide each time costs more than the answer. */
const PAUSE_MS = 1000;
let lastMoveAt = -Infinity;

export interface MovingRow {
  readonly item: HTMLElement;
  /** The one that it shows, once it was told. */
  readonly route: () => string | undefined;
}

/** Makes `rows` the children of `list` and has them `fill`ed anew; a route that then stands elsewhere glides there. */
export function moveRows(list: HTMLElement, rows: readonly MovingRow[], fill: () => void): void {
  const isStill = performance.now() - lastMoveAt < PAUSE_MS || matchMedia('(prefers-reduced-motion: reduce)').matches;
  const routesBefore = rows.map(({ item, route }) => (item.parentNode === list ? route() : undefined));
  const topsBefore = isStill ? [] : rows.map(({ item }) => item.offsetTop);
  fill();
  for (const { item } of rows) if (item.parentNode !== list) list.append(item);
  while (list.children.length > rows.length) list.lastElementChild?.remove();
  if (rows.every(({ route }, i) => route() === routesBefore[i])) return;
  lastMoveAt = performance.now();
  if (isStill) return;
  for (const { item, route } of rows) {
    const top = topsBefore[routesBefore.indexOf(route())];
    const distance = top === undefined ? 0 : top - item.offsetTop;
    if (distance === 0) continue;
    item.animate([{ transform: `translateY(${distance}px)` }, { transform: 'none' }], {
      duration: MOVE_MS,
      easing: 'cubic-bezier(0.2, 0, 0, 1)',
    });
  }
}
