/** Owns the choice of another model or device, and opens the router anew with it. */

import type { Route } from 'synaptoroute/browser';
import { element, field } from '../dom.ts';
import { toFailure, type Engine, type EngineChoice } from '../engine.ts';
import { formatBytes } from '../format.ts';
import type { NoticeView } from '../views/notice-view.ts';

export interface EngineFormOptions {
  readonly engine: Engine;
  readonly notice: NoticeView;
  /** What another model begins with: the routes as they are. */
  readonly routes: () => readonly Route[];
}

type ModelKind = 'embedded' | 'hub' | 'files';
type DeviceKind = 'wasm' | 'auto' | 'webgpu';

const LARGEST_MODEL = 512 * 2 ** 20;
/** Where a mirror of the hub's files would lie beside this page. */
const MIRROR = 'hub/';

export function createEngineForm({ engine, notice, routes }: EngineFormOptions): HTMLElement {
  const model = select('engine-model', [
    ['embedded', 'The embedded one: Universal Sentence Encoder Lite'],
    ['hub', 'A model of the hub, mirrored on this site'],
    ['files', 'Files of my own'],
  ]);
  const repo = input('text', 'engine-repo', {
    value: 'Xenova/all-MiniLM-L6-v2',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const onnx = input('file', 'engine-onnx', { accept: '.onnx' });
  const tokenizer = input('file', 'engine-tokenizer', { accept: '.json' });
  const device = select('engine-device', [
    ['wasm', 'WebAssembly'],
    ['auto', 'The quickest, as measured'],
    ['webgpu', 'WebGPU'],
  ]);
  const threads = input('number', 'engine-threads', {
    min: '1',
    max: String(navigator.hardwareConcurrency),
    placeholder: '1, or as measured',
  });
  threads.disabled = !crossOriginIsolated;
  const hubField = field(
    'Owner and name',
    repo,
    `This page may reach no server but its own, so it looks in ${MIRROR}owner/name/resolve/main of this site. In an app of yours, model: 'owner/name' downloads from the hub once, and works offline from then on.`,
  );
  const filesField = element('div', {
    class: 'row',
    children: [field('ONNX model', onnx), field('tokenizer.json', tokenizer)],
  });
  const threadsNote = crossOriginIsolated
    ? 'Left empty it is one, and “the quickest” measures whether more help.'
    : 'This page is not isolated: its host sets no headers.';
  const form = element('form', {
    class: 'stack',
    attributes: { 'aria-labelledby': 'engine-title' },
    children: [
      element('h3', { class: 'section-title', text: 'Run it another way', attributes: { id: 'engine-title' } }),
      field('Model', model),
      hubField,
      filesField,
      element('div', {
        class: 'row',
        children: [
          field('Device', device, 'WebGPU loads another 27 MB of runtime.'),
          field('Threads', threads, threadsNote),
        ],
      }),
      element('p', {
        class: 'field__note',
        text: 'Another model has vectors of its own: your routes are encoded for it in this tab’s memory, and those on the device stay as they are.',
      }),
      element('button', {
        class: 'button button--primary',
        text: 'Open the router anew',
        attributes: { type: 'submit', 'data-testid': 'engine-apply' },
      }),
    ],
  });

  function showFields(): void {
    hubField.hidden = model.value !== 'hub';
    filesField.hidden = model.value !== 'files';
  }

  async function apply(): Promise<void> {
    try {
      const chosen = await readModel(model.value as ModelKind, { repo, onnx, tokenizer });
      const devices = await readDevice(device.value as DeviceKind);
      const wanted = threads.value === '' ? {} : { threads: threads.valueAsNumber };
      const options = { ...chosen, ...devices, ...wanted };
      const isOther = model.value !== 'embedded';
      await engine.start({
        options,
        storage: isOther ? 'memory' : 'kept',
        fillWith: isOther ? routes() : undefined,
      });
    } catch (error) {
      notice.fail(toFailure(error));
    }
  }

  model.addEventListener('change', showFields);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void apply();
  });
  showFields();
  return form;
}

type ModelOptions = Pick<EngineChoice['options'], 'model' | 'tokenizer' | 'dtype'>;

interface ModelControls {
  readonly repo: HTMLInputElement;
  readonly onnx: HTMLInputElement;
  readonly tokenizer: HTMLInputElement;
}

async function readModel(kind: ModelKind, { repo, onnx, tokenizer }: ModelControls): Promise<ModelOptions> {
  if (kind === 'embedded') return {};
  if (kind === 'hub') {
    return { model: { repo: repo.value.trim(), baseUrl: new URL(MIRROR, document.baseURI) }, dtype: 'q8' };
  }
  const [modelFile] = onnx.files ?? [];
  const [tokenizerFile] = tokenizer.files ?? [];
  if (!modelFile || !tokenizerFile)
    throw new Error('Choose both files: the ONNX model, and the tokenizer.json beside it.');
  if (modelFile.size > LARGEST_MODEL) {
    throw new Error(
      `The model has ${formatBytes(modelFile.size)}; this page takes up to ${formatBytes(LARGEST_MODEL)}.`,
    );
  }
  return {
    model: new Uint8Array(await modelFile.arrayBuffer()),
    tokenizer: new Uint8Array(await tokenizerFile.arrayBuffer()),
  };
}

/** The worker that has WebGPU is loaded by those who choose it. */
async function readDevice(device: DeviceKind): Promise<Pick<EngineChoice['options'], 'device' | 'worker'>> {
  if (device === 'wasm') return { device };
  const { startWebgpuWorker } = await import('synaptoroute/browser/webgpu');
  return { device, worker: startWebgpuWorker };
}

function select(id: string, options: readonly (readonly [value: string, text: string])[]): HTMLSelectElement {
  return element('select', {
    class: 'select',
    attributes: { id, 'data-testid': id },
    children: options.map(([value, text]) => element('option', { text, attributes: { value } })),
  });
}

function input(type: string, id: string, attributes: Readonly<Record<string, string>>): HTMLInputElement {
  return element('input', { class: 'input', attributes: { type, id, 'data-testid': id, ...attributes } });
}
