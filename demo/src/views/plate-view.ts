/** Owns the large sign: loading, failed, empty, matched, no route, refused. Decides nothing itself. */

import type { LoadProgress } from 'synaptoroute/browser';
import type { Answer } from '../asker.ts';
import { button, byId, element, icon, setData, setText, type IconName } from '../dom.ts';
import type { EngineChoice, Failure } from '../engine.ts';
import { explain } from '../explain.ts';
import { formatMebibytes } from '../format.ts';

/** What the sign says at this moment. */
export type PlateState =
  | { readonly kind: 'loading'; readonly progress: LoadProgress | undefined; readonly hasText: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly choice: EngineChoice }
  | { readonly kind: 'empty' }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly failure: Failure };

interface PlateContent {
  readonly state: 'loading' | 'failed' | 'empty' | 'matched' | 'no-route' | 'refused';
  readonly route?: string;
  readonly icon: IconName;
  readonly eyebrow: string;
  readonly headline: string;
  readonly reason: string;
  readonly extra?: readonly Node[];
}

export interface PlateView {
  readonly show: (state: PlateState) => void;
}

/** `onRetry` is given what is to be other than at the failed try. */
export function createPlateView(onRetry: (change: Partial<EngineChoice>) => void): PlateView {
  const plate = byId('decision', HTMLElement);
  const pictogram = byId('pictogram', HTMLElement);
  const eyebrow = byId('eyebrow', HTMLElement);
  const headline = byId('headline', HTMLElement);
  const reason = byId('reason', HTMLElement);
  const extra = byId('plate-extra', HTMLElement);
  const progress = createProgress();
  let shownIcon: IconName | undefined;

  function show(state: PlateState): void {
    if (state.kind === 'loading') progress.update(state.progress);
    const content = toContent(state, progress.elements, onRetry);
    setData(plate, 'state', content.state);
    setData(plate, 'route', content.route ?? '');
    setText(eyebrow, content.eyebrow);
    setText(headline, content.headline);
    setText(reason, content.reason);
    if (shownIcon !== content.icon) pictogram.replaceChildren(icon(content.icon, 'large'));
    shownIcon = content.icon;
    // The progress bar stays where it is between two messages; putting it back would restart its motion.
    const isInPlace = content.extra?.[0] !== undefined && content.extra[0] === extra.firstChild;
    if (!isInPlace) extra.replaceChildren(...(content.extra ?? []));
  }

  return { show };
}

function toContent(
  state: PlateState,
  progress: readonly Node[],
  onRetry: (change: Partial<EngineChoice>) => void,
): PlateContent {
  switch (state.kind) {
    case 'loading':
      return {
        state: 'loading',
        icon: 'loading',
        eyebrow: 'Getting ready',
        headline: isRead(state.progress) ? 'Starting the engine' : 'Loading the model',
        reason: state.hasText
          ? 'Your sentence is routed as soon as the model is ready.'
          : 'It comes once from this site, then runs in a worker of this tab. You can type already.',
        extra: progress,
      };
    case 'failed':
      return {
        state: 'failed',
        icon: 'failed',
        eyebrow: 'Out of service',
        headline: 'The router is not running',
        reason: state.failure.message,
        extra: failureExtra(state.failure, state.choice, onRetry),
      };
    case 'empty':
      return {
        state: 'empty',
        icon: 'empty',
        eyebrow: 'Ready',
        headline: 'Type a sentence',
        reason: 'It goes to one of your routes, or to none. This sign changes with every key.',
      };
    case 'refused':
      return {
        state: 'refused',
        icon: 'failed',
        eyebrow: 'Not decided',
        headline: 'This query was refused',
        reason: state.failure.message,
        extra: [failureCode(state.failure)],
      };
    case 'answered':
      return toAnswerContent(state.answer);
  }
}

function toAnswerContent({ decision }: Answer): PlateContent {
  const reason = explain(decision);
  if (decision.reason === 'matched') {
    return {
      state: 'matched',
      route: decision.route,
      icon: 'matched',
      eyebrow: 'Route',
      headline: decision.route,
      reason,
    };
  }
  const eyebrow = {
    'below-threshold': 'Nothing is near enough',
    ambiguous: 'Too close to call',
    'no-routes': 'No routes',
  };
  return { state: 'no-route', icon: 'no-route', eyebrow: eyebrow[decision.reason], headline: 'No route', reason };
}

/** Ways on, by what went wrong; none of them deletes anything. */
const WAYS_ON: Readonly<Record<string, readonly (readonly [text: string, change: Partial<EngineChoice>])[]>> = {
  STORAGE_FAILED: [['Go on in this tab only', { storage: 'memory' }]],
  STORAGE_CORRUPT: [
    ['Mend what can be mended', { recovery: 'reencode' }],
    ['Go on in this tab only', { storage: 'memory' }],
  ],
  ENCODER_MISMATCH: [
    ['Encode the sentences anew', { recovery: 'reencode' }],
    ['Go on in this tab only', { storage: 'memory' }],
  ],
};

const FIRST_CHOICE: Partial<EngineChoice> = { options: {}, storage: 'kept', fillWith: undefined };

function failureExtra(
  failure: Failure,
  { options }: EngineChoice,
  onRetry: (change: Partial<EngineChoice>) => void,
): readonly Node[] {
  const retry = button('Try again', { kind: 'primary', testId: 'retry' }, () => onRetry({}));
  const others = (WAYS_ON[failure.code] ?? []).map(([text, change]) => button(text, {}, () => onRetry(change)));
  const isOther = options.model !== undefined || (options.device ?? 'wasm') !== 'wasm';
  const back = button('Back to the embedded model on WebAssembly', { testId: 'back' }, () => onRetry(FIRST_CHOICE));
  return [retry, ...others, ...(isOther ? [back] : []), failureCode(failure)];
}

function failureCode({ code }: Failure): HTMLElement {
  return element('code', { class: 'plate__code', text: code, attributes: { 'data-testid': 'failure-code' } });
}

interface Progress {
  readonly elements: readonly Node[];
  readonly update: (progress: LoadProgress | undefined) => void;
}

function createProgress(): Progress {
  const bar = element('progress', {
    class: 'progress',
    attributes: { 'aria-label': 'Model loaded', 'data-testid': 'progress' },
  });
  const label = element('p', { class: 'progress__label' });
  let first: { readonly at: number; readonly bytes: number } | undefined;

  /** Bytes a second since the first; `undefined` where that is too short a time to tell. */
  function speedOf(progress: LoadProgress | undefined): number | undefined {
    if (!progress || (first && progress.loadedBytes < first.bytes)) first = undefined;
    if (!progress) return undefined;
    first ??= { at: performance.now(), bytes: progress.loadedBytes };
    const elapsedMs = performance.now() - first.at;
    return elapsedMs < 100 ? undefined : (1000 * (progress.loadedBytes - first.bytes)) / elapsedMs;
  }

  function update(progress: LoadProgress | undefined): void {
    const { loadedBytes, totalBytes } = progress ?? { loadedBytes: 0, totalBytes: undefined };
    if (totalBytes === undefined || isRead(progress)) {
      bar.removeAttribute('value');
    } else {
      bar.max = totalBytes;
      bar.value = loadedBytes;
    }
    setText(label, describeProgress(progress, speedOf(progress)));
  }

  return { elements: [bar, label], update };
}

function describeProgress(progress: LoadProgress | undefined, bytesPerSecond: number | undefined): string {
  if (!progress) return 'Asking for the model';
  const loaded = formatMebibytes(progress.loadedBytes);
  if (progress.totalBytes === undefined) return `${loaded} MiB so far`;
  if (isRead(progress)) return `${loaded} MiB read; compiling for this device`;
  const speed = bytesPerSecond === undefined ? '' : `, ${formatMebibytes(bytesPerSecond)} MiB/s`;
  return `${loaded} of ${formatMebibytes(progress.totalBytes)} MiB${speed}`;
}

/** The files are here; what follows (runtime, compiling, a first run) reports no progress. */
function isRead(progress: LoadProgress | undefined): boolean {
  return progress !== undefined && progress.loadedBytes === progress.totalBytes;
}
