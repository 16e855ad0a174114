/**
 * What every runtime's reader of models must do with a hub that behaves, and with one that does not, as cases that Node
 * and a page can run. They import no test runner and no platform; a case that is not met throws.
 */

import { sha256Hex } from '../../src/encoder/model-source.ts';
import { checkWhole } from '../../src/encoder/onnx-file.ts';
import { parseJson } from '../../src/encoder/json-file.ts';
import { COMMIT, MODEL, Visit, matches, same, type HubPlace } from './hub-visit.ts';

export interface HubCase {
  readonly name: string;
  readonly run: (place: HubPlace) => Promise<void>;
}

/** The default. */
const MAX_TRIES = 5;

export const HUB_CASES: readonly HubCase[] = [
  {
    name: 'a file is read through a redirect, with progress, kept, and asked for once',
    async run(place) {
      const visit = new Visit(place, 'good');
      const seen: (number | undefined)[] = [];
      await visit.readWhole({ onProgress: (loaded, total) => seen.push(loaded, total) });
      same(seen.slice(-2), [place.byteLength, place.byteLength], 'the last progress');
      await visit.readWhole();
      await visit.readWhole({ offline: true });
      same((await visit.requests()).length, 1, 'requests');
      same(visit.clock.silences, 0, 'timers left');
    },
  },
  {
    name: 'a file that is missing is refused at once; of a commit it is not asked for again, of a branch it is',
    async run(place) {
      const visit = new Visit(place, 'good');
      for (const [revision, requests] of [
        [COMMIT, 1],
        ['main', 3],
      ] as const) {
        for (let i = 0; i < 2; i++) {
          matches(await visit.refused('onnx/model_q4.onnx', { revision }), 'MODEL_LOAD_FAILED', /model_q4\.onnx/);
        }
        same((await visit.requests('onnx/model_q4.onnx')).length, requests, `requests at ${revision}`);
      }
      same(visit.clock.pauses, [], 'pauses');
    },
  },
  {
    name: 'a refusal that another try would not mend is told at once',
    async run(place) {
      const visit = new Visit(place, 'refuses-access');
      matches(await visit.refused(MODEL), 'MODEL_LOAD_FAILED', /HTTP status 403/);
      same((await visit.requests()).length, 1, 'requests');
    },
  },
  {
    name: 'a server that fails twice is asked a third time, after 0.5 s and 1 s',
    async run(place) {
      const visit = new Visit(place, 'fails-twice');
      await visit.readWhole();
      same(visit.clock.pauses, [500, 1000], 'pauses');
      same((await visit.requests()).length, 3, 'requests');
    },
  },
  {
    name: 'a server that always fails is given up after five tries, with its status',
    async run(place) {
      const visit = new Visit(place, 'fails-always');
      matches(await visit.refused(MODEL), 'MODEL_LOAD_FAILED', /each of 5 tries.*503/);
      same(visit.clock.pauses, [500, 1000, 2000, 4000], 'pauses');
      await visit.expectNotKept();
    },
  },
  {
    name: 'a download cut at half is resumed from where it was cut',
    async run(place) {
      const visit = new Visit(place, 'cut-once');
      await visit.readWhole();
      const from = await visit.startOf(2);
      if (!(from > 0 && from <= place.byteLength / 2)) throw new Error(`resumed from ${from}`);
      same((await visit.requests()).length, 2, 'requests');
    },
  },
  {
    name: 'a download cut at half begins anew where the server sends the whole, whatever it is asked for',
    async run(place) {
      const visit = new Visit(place, 'cut-without-ranges');
      await visit.readWhole();
      same((await visit.requests()).length, 2, 'requests');
    },
  },
  {
    name: 'a file that changes between a cut and its resumption is read from its beginning',
    async run(place) {
      const visit = new Visit(place, 'cut-and-changed');
      const bytes = await visit.read(MODEL);
      // Nothing of what was read before.
      same(await sha256Hex(new Uint8Array(bytes.slice('changed'.length))), place.sha256, 'the hash of the rest');
      same(await visit.startOf(3), 0, 'where the third request began');
    },
  },
  {
    name: 'a file that is shorter than what was read of it before is read from its beginning',
    async run(place) {
      const visit = new Visit(place, 'cut-and-shortened');
      same((await visit.read(MODEL)).byteLength, 1000, 'the bytes read');
      same(await visit.startOf(3), 0, 'where the third request began');
    },
  },
  {
    name: 'a server that announces more than it sends is given up, and nothing is kept',
    async run(place) {
      const visit = new Visit(place, 'announces-more');
      matches(await visit.refused(MODEL), 'MODEL_LOAD_FAILED', /each of 5 tries/);
      await visit.expectNotKept();
    },
  },
  {
    name: 'a file cut at half whose length nobody said is refused by what it means, not kept, and read whole the next time',
    async run(place) {
      const visit = new Visit(place, 'cut-without-length');
      matches(await visit.refused(MODEL, { parse: checkWhole }), 'MODEL_LOAD_FAILED', /no whole ONNX file/);
      await visit.expectNotKept();
      await visit.readWhole({ parse: checkWhole });
      const options = { parse: parseJson };
      matches(await visit.refused('tokenizer.json', options), 'MODEL_LOAD_FAILED', /no JSON object/);
      await visit.expectNotKept('tokenizer.json');
      await visit.read('tokenizer.json', options);
    },
  },
  {
    name: 'a file of more bytes than may come is refused as soon as that is known, whether its server said so or not',
    async run(place) {
      for (const behaviour of ['good', 'compresses'] as const) {
        const visit = new Visit(place, behaviour);
        const error = await visit.refused(MODEL, { download: { maxFileBytes: 100_000 } });
        matches(error, 'MODEL_LOAD_FAILED', /more than 100000 bytes.*download\.maxFileBytes/);
        same((await visit.requests()).length, 1, 'requests');
        await visit.expectNotKept();
      }
    },
  },
  {
    name: 'a host that is not on the list is not read from, and one that is on it is',
    async run(place) {
      const visit = new Visit(place, 'good');
      const error = await visit.refused(MODEL, { download: { allowedHosts: ['huggingface.co', '*.hf.co'] } });
      matches(error, 'MODEL_LOAD_FAILED', /huggingface\.co, \*\.hf\.co.*download\.allowedHosts/);
      same(await visit.requests(), [], 'requests');
      await visit.readWhole({ download: { allowedHosts: ['huggingface.co', new URL(place.hubUrl).host] } });
    },
  },
  {
    name: 'a file of another length than was said is refused with both, and not kept',
    async run(place) {
      const visit = new Visit(place, 'good');
      const error = await visit.refused(MODEL, { wanted: { byteLength: 1000 } });
      matches(error, 'MODEL_LOAD_FAILED', new RegExp(`${place.byteLength} bytes.*expected 1000`));
      same((await visit.requests()).length, 1, 'requests');
      await visit.expectNotKept();
    },
  },
  {
    name: 'a file of another hash than was said is refused with both, and not kept',
    async run(place) {
      const visit = new Visit(place, 'good');
      const error = await visit.refused(MODEL, { wanted: { sha256: '0'.repeat(64) } });
      matches(error, 'MODEL_LOAD_FAILED', new RegExp(`${place.sha256}.*expected 0{64}`));
      same((await visit.requests()).length, 1, 'requests');
      await visit.expectNotKept();
    },
  },
  {
    name: 'a server that falls silent for 30 s is asked again for the rest, five times in all, and the time is told',
    async run(place) {
      const visit = new Visit(place, 'falls-silent');
      const error = await visit.refused(MODEL, { onProgress: () => visit.clock.passSilence() });
      matches(error, 'MODEL_LOAD_FAILED', /each of 5 tries.*nothing came for 30000 ms/);
      const starts = await Promise.all(Array.from({ length: MAX_TRIES }, (_, i) => visit.startOf(i + 1)));
      same(starts, [0, 2000, 4000, 6000, 8000], 'where the tries began');
      await visit.expectNotKept();
    },
  },
  {
    name: 'an HTML page in place of JSON, or of a model, is refused by name, and not kept',
    async run(place) {
      const visit = new Visit(place, 'sends-html');
      for (const path of ['config.json', MODEL]) {
        const error = await visit.refused(path);
        matches(error, 'MODEL_LOAD_FAILED', /HTML/);
        matches(error, 'MODEL_LOAD_FAILED', new RegExp(path));
        await visit.expectNotKept(path);
      }
    },
  },
  {
    name: 'a file that is sent compressed is read whole, though its length is not known before',
    async run(place) {
      const visit = new Visit(place, 'compresses');
      await visit.readWhole();
      same((await visit.requests()).length, 1, 'requests');
    },
  },
  {
    name: 'offline nothing is asked for, and what is missing is told by its URL',
    async run(place) {
      const visit = new Visit(place, 'good');
      const error = await visit.refused(MODEL, { offline: true });
      matches(error, 'MODEL_LOAD_FAILED', /offline: true/);
      if (!error.message.includes(visit.base)) throw new Error(`expected the URL in: ${error.message}`);
      same(await visit.requests(), [], 'requests');
    },
  },
  {
    name: 'an abort ends a download at once',
    async run(place) {
      const visit = new Visit(place, 'falls-silent');
      const abort = new AbortController();
      const error = await visit.refused(MODEL, { signal: abort.signal, onProgress: () => abort.abort() });
      matches(error, 'ABORTED', /./);
      same((await visit.requests()).length, 1, 'requests');
      same(visit.clock.silences, 0, 'timers left');
    },
  },
];
