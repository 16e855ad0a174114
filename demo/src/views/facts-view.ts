/** Owns "What runs where": the router's own account of itself, asked anew after every decision. */

import type { Router, RouterStatus } from 'synaptoroute/browser';
import { byId, element, setText } from '../dom.ts';
import { formatCount } from '../format.ts';

export interface FactsView {
  /** Asks the router. Calls while one is under way become one more. */
  readonly refresh: (router: Router) => Promise<void>;
  /** There is no router. */
  readonly clear: () => void;
}

interface Fact {
  readonly id: string;
  readonly label: string;
  readonly read: (status: RouterStatus) => string;
  /** What the value means here, or why it is not another. */
  readonly explain: (status: RouterStatus) => string;
  /** The value whole, where `read` shortens it. */
  readonly whole?: (status: RouterStatus) => string;
}

const NOTHING = '–';

const DEVICES: Readonly<Record<RouterStatus['encoder']['device'], string>> = {
  cpu: 'CPU',
  wasm: 'WebAssembly, CPU',
  webgpu: 'WebGPU',
  remote: 'elsewhere',
  unknown: 'unknown',
};

const FACTS: readonly Fact[] = [
  {
    id: 'runtime',
    label: 'Runtime',
    read: ({ encoder }) => encoder.runtime,
    explain: ({ encoder }) => encoder.note ?? 'In a worker of this tab',
  },
  {
    id: 'device',
    label: 'Device',
    read: ({ encoder }) => DEVICES[encoder.device],
    explain: ({ encoder }) => `${encoder.dimensions} numbers for each sentence`,
  },
  {
    id: 'threads',
    label: 'Threads',
    read: ({ encoder }) => String(encoder.threads),
    explain: () => (crossOriginIsolated ? 'More are possible' : 'More need an isolated page'),
  },
  {
    id: 'isolated',
    label: 'Cross-origin isolated',
    read: () => (crossOriginIsolated ? 'Yes' : 'No'),
    explain: () => (crossOriginIsolated ? 'Memory may be shared' : 'COOP and COEP headers are missing'),
  },
  {
    id: 'encoder',
    label: 'Encoder',
    read: ({ encoder }) => shorten(encoder.id),
    explain: () => 'Fingerprint of the model',
    whole: ({ encoder }) => encoder.id,
  },
  {
    id: 'storage',
    label: 'Storage',
    read: ({ storage }) => storage.kind,
    explain: ({ storage }) => (storage.persistent ? 'Kept on this device' : 'Gone when the tab closes'),
  },
  {
    id: 'routes',
    label: 'In the index',
    read: (status) => formatCount(status.routes, 'route'),
    explain: (status) => formatCount(status.utterances, 'utterance'),
  },
  {
    id: 'queries',
    label: 'Answered',
    read: (status) => (status.queries === 1 ? '1 query' : `${status.queries.toLocaleString('en')} queries`),
    explain: (status) => `in ${formatCount(status.queryRuns, 'encoder run')}`,
  },
];

export function createFactsView(): FactsView {
  const cells = FACTS.map(createCell);
  byId('facts', HTMLElement).append(...cells.map(({ group }) => group));
  let wanted: Router | undefined;
  let isAsking = false;

  async function refresh(router: Router): Promise<void> {
    wanted = router;
    if (isAsking) return;
    isAsking = true;
    try {
      while (wanted) {
        const asked = wanted;
        wanted = undefined;
        // A router that is lost says so to its queries; here its last account stays until `clear`.
        const status = await asked.status().catch(() => undefined);
        if (status) for (const { update } of cells) update(status);
      }
    } finally {
      isAsking = false;
    }
  }

  function clear(): void {
    wanted = undefined;
    for (const { update } of cells) update(undefined);
  }

  return { refresh, clear };
}

function createCell({ id, label, read, explain, whole }: Fact): {
  readonly group: HTMLElement;
  readonly update: (status: RouterStatus | undefined) => void;
} {
  const value = element('dd', { class: 'fact__value', text: NOTHING, attributes: { 'data-testid': `fact-${id}` } });
  const note = element('dd', { class: 'fact__note' });
  const term = element('dt', { class: 'fact__label', text: label });

  function update(status: RouterStatus | undefined): void {
    setText(value, status ? read(status) : NOTHING);
    setText(note, status ? explain(status) : '');
    if (status && whole) value.title = whole(status);
    else value.removeAttribute('title');
  }

  return { group: element('div', { class: 'fact', children: [term, value, note] }), update };
}

function shorten(id: string): string {
  return id.length > 16 ? `${id.slice(0, 15)}…` : id;
}
