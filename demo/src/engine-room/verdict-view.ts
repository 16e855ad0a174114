/** Owns the measured verdict between devices: what each took for one text and for a batch, and which is used. */

import type { DeviceReading, EncoderStatus } from 'synaptoroute/browser';
import { element } from '../dom.ts';
import { formatMs } from '../format.ts';

export interface VerdictView {
  readonly root: HTMLElement;
  readonly show: (encoder: EncoderStatus) => void;
}

export function createVerdict(): VerdictView {
  const body = element('div', { attributes: { 'data-testid': 'verdict' } });
  const root = element('section', {
    class: 'stack',
    attributes: { 'aria-labelledby': 'verdict-title' },
    children: [
      element('h3', { class: 'section-title', text: 'Measured on this device', attributes: { id: 'verdict-title' } }),
      body,
    ],
  });
  let shown = '';
  return {
    root,
    show(encoder) {
      const key = JSON.stringify([
        encoder.measured,
        encoder.device,
        encoder.threads,
        encoder.batchDevice,
        encoder.batchThreads,
        encoder.note,
      ]);
      if (key === shown) return;
      shown = key;
      body.replaceChildren(encoder.measured ? createTable(encoder.measured, encoder) : describeNone(encoder));
    },
  };
}

function describeNone({ note }: EncoderStatus): HTMLElement {
  return element('p', {
    class: 'field__note',
    text:
      note ??
      'Nothing was compared: WebAssembly alone was asked for. Choose “the quickest”, and all are timed in the background, for one text and for 32.',
  });
}

function createTable(
  readings: readonly DeviceReading[],
  { device, threads, batchDevice = device, batchThreads = threads }: EncoderStatus,
): HTMLElement {
  const head = ['Device', 'One text', '32 texts'].map((text) => element('th', { text, attributes: { scope: 'col' } }));
  const rows = readings.map((reading) =>
    element('tr', {
      children: [
        element('th', { text: nameOf(reading), attributes: { scope: 'row' } }),
        element('td', {
          text: `${formatMs(reading.oneTextMs)}${reading.device === device && reading.threads === threads ? ', used' : ''}`,
        }),
        element('td', {
          text: `${formatMs(reading.batchMs)}${reading.device === batchDevice && reading.threads === batchThreads ? ', used' : ''}`,
        }),
      ],
    }),
  );
  return element('table', {
    class: 'sums',
    children: [
      element('thead', { children: [element('tr', { children: head })] }),
      element('tbody', { children: rows }),
    ],
  });
}

function nameOf({ device, threads }: DeviceReading): string {
  if (device === 'webgpu') return 'WebGPU';
  return threads === 1 ? 'WebAssembly' : `WebAssembly, ${threads} threads`;
}
