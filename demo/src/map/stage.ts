/** Owns the map as one sees it: the canvas, its size and theme, motion between projections, and what is pointed at. */

import { element } from '../dom.ts';
import { listenToGestures, ZOOM_STEP } from './gestures.ts';
import type { Placement, Projection } from './messages.ts';
import { createScatter, textAt, type Scene } from './scatter.ts';
import { WHOLE, panned, toScreen, zoomedAt, type Size, type View } from './view.ts';

export interface Stage {
  readonly root: HTMLElement;
  readonly showProjection: (projection: Projection | undefined) => void;
  readonly showQuery: (query: Placement | undefined) => void;
  readonly chooseRoute: (route: number | undefined) => void;
}

const MOVE_MS = 400;

/** @param say reads out a text that was pointed at by key */
export function createStage(say: (text: string) => void): Stage {
  const canvas = element('canvas', {
    class: 'map__canvas',
    attributes: {
      tabindex: '0',
      role: 'application',
      'aria-roledescription': 'map',
      'aria-label':
        'Map of sentences. Arrow keys move it, plus and minus zoom, 0 shows all, N and P go from sentence to sentence.',
      'data-testid': 'map-canvas',
    },
  });
  const tip = element('p', { class: 'map__tip', attributes: { hidden: '', 'data-testid': 'map-tip' } });
  const scatter = createScatter(canvas);
  let scene: Scene | undefined;
  let size: Size = { width: 0, height: 0 };
  let isDrawn = true;
  let motion: { readonly startedAt: number; readonly from: Float32Array; readonly fromQuery?: Placement } | undefined;

  function change(next: Partial<Scene>): void {
    if (!scene) return;
    scene = { ...scene, ...next };
    redraw();
  }

  function redraw(): void {
    if (!isDrawn) return;
    isDrawn = false;
    requestAnimationFrame((now) => {
      isDrawn = true;
      if (!scene || size.width === 0) return;
      const isWhole = scatter.draw(inMotion(scene, now), size);
      showTip();
      if (motion || !isWhole) redraw();
    });
  }

  /** The scene on its way from the one before. */
  function inMotion(target: Scene, now: number): Scene {
    if (!motion) return target;
    const { startedAt, from } = motion;
    const t = Math.min(1, Math.max(0, (now - startedAt) / MOVE_MS));
    if (t === 1) motion = undefined;
    const eased = 1 - (1 - t) ** 3;
    const positions = target.projection.positions.map(
      (value, i) => (from[i] as number) + (value - (from[i] as number)) * eased,
    );
    return { ...target, positions };
  }

  function showTip(): void {
    const at = scene?.pointedAt;
    if (!scene || at === undefined) {
      tip.hidden = true;
      return;
    }
    const { texts, routes, owners, positions } = scene.projection;
    tip.replaceChildren(
      element('strong', { text: routes[owners[at] as number] ?? '' }),
      element('span', { text: texts[at] ?? '' }),
    );
    tip.hidden = false;
    const [x, y] = toScreen(scene.view, size, positions[at * 2] as number, positions[at * 2 + 1] as number);
    const left = Math.min(Math.max(8, x - tip.offsetWidth / 2), Math.max(8, size.width - tip.offsetWidth - 8));
    const side = y > tip.offsetHeight + 24 ? 'above' : 'below';
    tip.dataset['side'] = side;
    const top = side === 'above' ? y - tip.offsetHeight - 18 : y + 18;
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  function changeView(toNext: (view: View) => View): void {
    if (scene) change({ view: toNext(scene.view) });
  }

  const zoom = (factor: number, at?: readonly [number, number]): void =>
    changeView((view) => zoomedAt(view, size, factor, at ?? [size.width / 2, size.height / 2]));
  const reset = (): void => change({ view: WHOLE });

  function step(by: 1 | -1): void {
    if (!scene) return;
    const { texts, routes, owners, positions } = scene.projection;
    const next = ((scene.pointedAt ?? (by === 1 ? -1 : 0)) + by + texts.length) % texts.length;
    const { view } = scene;
    const isWhole = view.zoom === 1;
    const centred = { ...view, x: positions[next * 2] as number, y: positions[next * 2 + 1] as number };
    change({ pointedAt: next, view: isWhole ? view : centred });
    say(`${routes[owners[next] as number]}: ${texts[next]}`);
  }

  listenToGestures(canvas, {
    zoom,
    pan: (byX, byY) => changeView((view) => panned(view, size, byX, byY)),
    reset,
    step,
    pointAt(at) {
      const pointedAt = at && scene ? textAt(scene, size, at) : undefined;
      if (pointedAt !== scene?.pointedAt) change({ pointedAt });
    },
  });
  canvas.addEventListener('blur', () => change({ pointedAt: undefined }));

  const frame = element('div', {
    class: 'map__frame',
    children: [canvas, tip, createButtons(zoom, reset)],
  });
  new ResizeObserver(([entry]) => {
    const { width = 0, height = 0 } = entry?.contentRect ?? {};
    size = { width, height };
    redraw();
  }).observe(canvas);
  for (const query of ['(prefers-color-scheme: dark)', '(resolution: 1dppx)']) {
    matchMedia(query).addEventListener('change', () => {
      scatter.refresh();
      redraw();
    });
  }

  return {
    root: frame,
    showProjection(projection) {
      const before = scene?.projection;
      motion =
        projection && before && before.positions.length === projection.positions.length && !isStill()
          ? { startedAt: performance.now(), from: before.positions }
          : undefined;
      scene = projection && {
        projection,
        positions: projection.positions,
        view: scene?.view ?? WHOLE,
        query: undefined,
        chosenRoute: undefined,
        pointedAt: undefined,
      };
      // It had no place in the page, and with it no colours, when it was made.
      scatter.refresh();
      redraw();
    },
    showQuery: (query) => change({ query }),
    chooseRoute: (chosenRoute) => change({ chosenRoute }),
  };
}

function createButtons(zoom: (factor: number) => void, reset: () => void): HTMLElement {
  const acts: readonly (readonly [label: string, sign: string, act: () => void])[] = [
    ['Zoom in', '+', () => zoom(ZOOM_STEP)],
    ['Zoom out', '−', () => zoom(1 / ZOOM_STEP)],
    ['Show all', '⤢', reset],
  ];
  return element('div', {
    class: 'map__buttons',
    attributes: { role: 'group', 'aria-label': 'Zoom' },
    children: acts.map(([label, sign, act]) => {
      const button = element('button', {
        class: 'map__button',
        text: sign,
        attributes: { type: 'button', 'aria-label': label, title: label },
      });
      button.addEventListener('click', act);
      return button;
    }),
  });
}

function isStill(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
