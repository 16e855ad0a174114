/** Owns motion that style sheets cannot do: rows that change places. Still where less motion is wanted. */

const MOVE_MS = 220;
/** Who types sees rows change places with every key; to measure and move them each time would cost more than the answer. */
const PAUSE_MS = 400;
let lastMoveAt = -Infinity;

/** Makes `items` the children of `list`, and lets those that change places glide there. */
export function moveRows(list: HTMLElement, items: readonly HTMLElement[]): void {
  const isInPlace = list.children.length === items.length && items.every((item, i) => list.children[i] === item);
  if (isInPlace) return;
  const isHurried = performance.now() - lastMoveAt < PAUSE_MS;
  lastMoveAt = performance.now();
  if (isHurried) {
    list.replaceChildren(...items);
    return;
  }
  const before = new Map(items.filter((item) => item.isConnected).map((item) => [item, item.offsetTop]));
  list.replaceChildren(...items);
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  for (const item of items) {
    const top = before.get(item);
    const distance = top === undefined ? 0 : top - item.offsetTop;
    if (distance === 0) continue;
    item.animate([{ transform: `translateY(${distance}px)` }, { transform: 'none' }], {
      duration: MOVE_MS,
      easing: 'cubic-bezier(0.2, 0, 0, 1)',
    });
  }
}
