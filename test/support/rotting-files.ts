/** Databases with random damage: each must be refused by name, or answer as it did before. */

import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { RouterError, openRouter, type Router } from 'synaptoroute/node';
import { createHashEncoder } from './encoders.ts';
import type { Folder } from './folder.ts';

const PAGE = 16_384;
const SECTOR = 4096;
const encoder = createHashEncoder({ dimensions: 16 });
const TOPICS = [
  'money',
  'parcel',
  'address',
  'plan',
  'invoice',
  'password',
  'refund',
  'address book',
  'car',
  'table',
  'tea',
  'rain',
];
const PROBES = TOPICS.flatMap((topic) => [`where is my ${topic}`, `I do not want a ${topic}`, `${topic} number 7`]);

export interface Specimen {
  readonly path: string;
  /** What a router says that was opened on it. */
  readonly answers: string;
  readonly texts: readonly string[];
}

export interface Specimens {
  readonly closed: Specimen;
  /** As it lay there while a router had it open: most of it is in the log. */
  readonly open: Specimen;
}

/** Each damages what it is given, whole bytes of a file. */
type Damage = (bytes: Buffer, below: (count: number) => number, texts: readonly string[]) => Buffer;

function flip(bytes: Buffer, at: number, bit: number): Buffer {
  bytes[at] = (bytes[at] as number) ^ (1 << bit);
  return bytes;
}

const flipAnywhere: Damage = (bytes, below) => flip(bytes, below(bytes.length), below(8));
const zeroSector: Damage = (bytes, below) => {
  const at = below(Math.ceil(bytes.length / SECTOR)) * SECTOR;
  return bytes.fill(0, at, Math.min(at + SECTOR, bytes.length));
};
const cut: Damage = (bytes, below) => bytes.subarray(0, below(bytes.length));

/** By name: to which file, of which specimen, what is done. */
export const DAMAGES: Readonly<
  Record<string, { readonly of: keyof Specimens; readonly suffix: string; readonly damage: Damage }>
> = {
  'bit anywhere': { of: 'closed', suffix: '', damage: flipAnywhere },
  'bit in a page with texts': {
    of: 'closed',
    suffix: '',
    damage(bytes, below, texts) {
      const place = bytes.indexOf(texts[below(texts.length)] as string);
      if (place < 0) throw new Error('a text of the routes is not in the file');
      return flip(bytes, Math.floor(place / PAGE) * PAGE + below(PAGE), below(8));
    },
  },
  'bit in a text': {
    of: 'closed',
    suffix: '',
    damage(bytes, below, texts) {
      const text = texts[below(texts.length)] as string;
      return flip(bytes, bytes.indexOf(text) + below(text.length), below(8));
    },
  },
  'zeroed sector': { of: 'closed', suffix: '', damage: zeroSector },
  cut: { of: 'closed', suffix: '', damage: cut },
  'page over another': {
    of: 'closed',
    suffix: '',
    damage(bytes, below) {
      const [from, to] = [below(bytes.length / PAGE), below(bytes.length / PAGE)];
      bytes.copy(bytes, to * PAGE, from * PAGE, (from + 1) * PAGE);
      return bytes;
    },
  },
  'bit in the log': { of: 'open', suffix: '-wal', damage: flipAnywhere },
  'zeroed sector of the log': { of: 'open', suffix: '-wal', damage: zeroSector },
  'cut log': { of: 'open', suffix: '-wal', damage: cut },
};

export async function createSpecimens(folder: Folder): Promise<Specimens> {
  const path = folder.path('specimen.db');
  const router = await openRouter({ encoder, storage: path });
  const texts: string[] = [];
  for (const [i, topic] of TOPICS.entries()) {
    const utterances = Array.from({ length: 8 }, (_, j) => `I want my ${topic} number ${j}`);
    texts.push(...utterances);
    await router.addRoute({
      name: `about-${topic.replace(' ', '-')}`,
      utterances,
      negatives: [`I do not want any ${topic}`],
      ...(i % 2 === 0 && { threshold: 0.3 + i / 40 }),
      ...(i % 3 === 0 && { metadata: { topic, list: [i, null, true] } }),
    });
  }
  await router.fit();
  // Pages of yesterday, free ones among them.
  await router.removeUtterances('about-money', [texts[0] as string]);
  await router.setThreshold('about-money', 0.35);
  await (
    await router.addUtterances('about-tea', ['a cup of tea'])
  ).durable;
  for (const suffix of ['', '-wal', '-durable']) {
    if (existsSync(path + suffix)) copyFileSync(path + suffix, folder.path(`open.db${suffix}`));
  }
  await router.close();
  // Of a router that was opened on it: statistics are made anew then.
  const again = await openRouter({ encoder, storage: path });
  const answers = await answersOf(again);
  await again.close();
  const rest = texts.slice(1);
  return { closed: { path, answers, texts: rest }, open: { path: folder.path('open.db'), answers, texts: rest } };
}

async function answersOf(router: Router): Promise<string> {
  const decisions = await router.queryMany(PROBES);
  const { fit } = await router.status();
  return JSON.stringify([await router.routes(), decisions, fit]);
}

/** What becomes of one damaged file; a fault is a sentence. */
export async function tryDamage(
  folder: Folder,
  specimens: Specimens,
  kind: string,
  random: () => number,
): Promise<{ readonly verdict: 'named' | 'same' | 'fault'; readonly why: string }> {
  const { of, suffix, damage } = DAMAGES[kind] as (typeof DAMAGES)[string];
  const specimen = specimens[of];
  const path = folder.path('damaged.db');
  for (const each of ['', '-wal', '-durable']) {
    if ((each === '' || of === 'open') && existsSync(specimen.path + each))
      copyFileSync(specimen.path + each, path + each);
  }
  const below = (count: number): number => Math.floor(random() * count);
  writeFileSync(path + suffix, damage(readFileSync(specimen.path + suffix), below, specimen.texts));
  let router: Router | undefined;
  try {
    router = await openRouter({ encoder, storage: path });
    const isSame = (await answersOf(router)) === specimen.answers;
    return isSame ? { verdict: 'same', why: '' } : { verdict: 'fault', why: 'other answers, no error' };
  } catch (error) {
    if (!(error instanceof RouterError)) return { verdict: 'fault', why: `no RouterError: ${String(error)}` };
    const isNamed = error.code === 'STORAGE_CORRUPT' || error.code === 'STORAGE_FAILED' || error.code === 'UNSUPPORTED';
    return { verdict: isNamed ? 'named' : 'fault', why: `${error.code}: ${error.message}` };
  } finally {
    await router?.close().catch(() => undefined);
  }
}
