/** Owns the meter of the page's own liveliness: frames a second, the longest pause between two, and a runner that stops with them. */

import { element, setText } from '../dom.ts';

export interface FrameMeter {
  readonly root: HTMLElement;
  readonly start: () => void;
  readonly stop: () => void;
  /** Forgets the longest pause. */
  readonly reset: () => void;
}

/** Numbers that change faster cannot be read. */
const REFRESH_MS = 500;

export function createFrameMeter(): FrameMeter {
  const rate = element('dd', { class: 'meter__value', text: '–', attributes: { 'data-testid': 'frame-rate' } });
  const pause = element('dd', { class: 'meter__value', text: '–', attributes: { 'data-testid': 'frame-pause' } });
  const runner = element('span', { class: 'meter__runner' });
  const track = element('div', { class: 'meter__track', attributes: { 'aria-hidden': 'true' }, children: [runner] });
  const root = element('dl', {
    class: 'meter',
    children: [
      cell('Frames a second', rate, 'Of this page, now'),
      cell('Longest pause', pause, 'Between two frames, in this test'),
      element('div', {
        class: 'meter__lane',
        children: [
          element('dt', { class: 'meter__label', text: 'The page' }),
          element('dd', { children: [track] }),
          element('dd', {
            class: 'meter__note',
            text: 'Moved by script at every frame: where something blocked, it would stop',
          }),
        ],
      }),
    ],
  });
  let handle: number | undefined;
  let [frames, countedFrom, lastFrame, longest] = [0, 0, 0, 0];

  function tick(now: number): void {
    handle = requestAnimationFrame(tick);
    if (lastFrame > 0) longest = Math.max(longest, now - lastFrame);
    lastFrame = now;
    frames++;
    if (now - countedFrom >= REFRESH_MS) {
      if (countedFrom > 0) {
        setText(rate, String(Math.round((frames * 1000) / (now - countedFrom))));
        setText(pause, `${Math.round(longest)} ms`);
      }
      [frames, countedFrom] = [0, now];
    }
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) {
      // There and back in two seconds.
      const share = Math.abs(((now / 1000) % 2) - 1);
      runner.style.transform = `translateX(${(share * (track.clientWidth - runner.offsetWidth)).toFixed(1)}px)`;
    }
  }

  return {
    root,
    start() {
      [frames, countedFrom, lastFrame, longest] = [0, 0, 0, 0];
      handle ??= requestAnimationFrame(tick);
    },
    stop() {
      if (handle !== undefined) cancelAnimationFrame(handle);
      handle = undefined;
    },
    reset() {
      longest = 0;
    },
  };
}

function cell(label: string, value: HTMLElement, note: string): HTMLElement {
  return element('div', {
    children: [
      element('dt', { class: 'meter__label', text: label }),
      value,
      element('dd', { class: 'meter__note', text: note }),
    ],
  });
}
