/**
 * Names that a stranger chooses: the pooling module's path in modules.json, `file`, `revision`, `repo`, a URL, a
 * redirect's target. One run is one name, given to an encoder that keeps what it reads. Around the cache folder lies a
 * tree of sentinels: nothing of it may be created, changed, deleted, read or told.
 */

import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RouterError, clearModelCache, createEncoder, type NodeEncoderOptions } from 'synaptoroute/node';
import { createPicker, createRandom } from '../../bench/measure.ts';
import { serve, type LocalServer } from '../support/model.ts';
import type { FuzzOptions, FuzzReport, FuzzSuite } from './suite.ts';

export const suite: FuzzSuite = { shortRuns: 320, longRuns: 20_000, run: tryNames };

const SECRET = 'Sentinel-4711';
/** Names that are tried at once, mostly waiting for the disk. */
const BATCH = 16;
const CLEAR_EVERY = 12 * BATCH;

type Kind = 'module' | 'folder' | 'file' | 'revision' | 'repo' | 'url' | 'redirect';
const KINDS: readonly Kind[] = ['module', 'module', 'module', 'folder', 'file', 'revision', 'repo', 'url', 'redirect'];

/** A tree with the cache deep inside; `sentinels` says all that lies outside the cache. */
interface Tree extends Disposable {
  readonly root: string;
  readonly cacheFolder: string;
  readonly sentinels: () => string;
}

function createTree(): Tree {
  const root = mkdtempSync(join(tmpdir(), 'synaptoroute-names-'));
  const cacheFolder = join(root, 'home/user/.cache/synaptoroute');
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  write('etc/secret.txt', SECRET);
  write('etc/page.xml', `<page>${SECRET}</page>`);
  // Whoever reads it says what is in it.
  for (const folder of ['stolen', 'home/stolen', 'home/user/stolen', 'home/user/.cache/stolen']) {
    write(`${folder}/config.json`, `{"pooling_mode":"${SECRET}"}`);
  }
  for (let i = 0; i < BATCH; i++) write(`home/user/model-${i}/modules.json`, '[]');
  mkdirSync(cacheFolder, { recursive: true });
  symlinkSync(join(root, 'etc'), join(root, 'home/user/link'));
  const sentinels = (): string => {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    const outside = entries.filter((entry) => !join(entry.parentPath, entry.name).startsWith(cacheFolder));
    return outside
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        if (entry.name === 'modules.json') return path;
        return entry.isFile() ? `${path} ${statSync(path).mtimeMs} ${readFileSync(path, 'utf8')}` : path;
      })
      .toSorted()
      .join('\n');
  };
  return { root, cacheFolder, sentinels, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

/** Ways up, ways down, and what may hide either. */
function createName(root: string, random: () => number): string {
  const pick = createPicker(random);
  const below = (count: number): number => Math.floor(random() * count);
  const up = pick('..|..|..|../|.|%2e%2e|%2E.|..%2f|..%5c|..\\|\u2025|\uff0e\uff0e|...|.. |..\u0000|..;');
  const target = pick(
    `${root}/etc/secret.txt|${root}/etc/page.xml|${root}/new/file|etc/secret.txt|stolen|stolen/config.json|.ssh/authorized_keys|home/user/link/x|C:\\x|\\\\host\\x|config.json~lock|tokenizer.json.lock|~|NUL`,
  );
  const separator = pick('/|/|/|//|\\|%2f|%5c|/./');
  const hide = pick('||?|?|#|?a=|;|\u0000|%00|%3f|x?/');
  const end = pick('||#|?|/|.|%23|\n| ');
  const ups = Array.from({ length: below(14) }, () => (random() < 0.9 ? up : pick('a|b.|1_Pooling|\ud800')));
  const name = `${pick('|payload.txt|1_Pooling|a')}${hide}${separator}${[...ups, target].join(separator)}${end}`;
  if (random() < 0.05) return name.repeat(1 + below(400));
  return random() < 0.1 ? name.split('').toReversed().join('') : name;
}

interface Case {
  readonly n: number;
  readonly kind: Kind;
  readonly name: string;
}

/** As the real hub, it looks at the path alone; `owner/n7` is the repository of the seventh case. */
function serveHub(cases: ReadonlyMap<number, Case>): Promise<LocalServer> {
  return serve((request, response) => {
    const { pathname } = new URL(`http://localhost${request.url}`);
    const { kind, name } = cases.get(Number(/^\/owner\/n(\d+)\//.exec(pathname)?.[1])) ?? {};
    if (pathname.endsWith('/modules.json')) {
      return void response.end(JSON.stringify(kind === 'module' ? [{ type: 'a.Pooling', path: name }] : []));
    }
    if (kind === 'redirect' && pathname.endsWith('/config.json')) {
      const location = encodeURI((name as string).replaceAll(/[\n\0\ud800]/g, ''));
      return void response.writeHead(302, { location }).end();
    }
    if (/\.onnx$|tokenizer/.test(pathname)) return void response.writeHead(404).end();
    response.end('{}');
  });
}

function optionsOf({ kind, name, n }: Case, hub: LocalServer, { root }: Tree): NodeEncoderOptions {
  const model = { repo: `owner/n${n}`, baseUrl: hub.url, revision: 'main' };
  const folder = join(root, `home/user/model-${n % BATCH}`);
  switch (kind) {
    case 'folder':
      writeFileSync(join(folder, 'modules.json'), JSON.stringify([{ type: 'a.Pooling', path: name }]));
      return { model: folder };
    case 'file':
    case 'revision':
    case 'repo':
      return { model: { ...model, [kind]: name } };
    case 'url':
      return { model: `${hub.url}n${n}${name}`, tokenizer: `${hub.url}n${n}${name}` };
    default:
      return { model };
  }
}

/** What is wrong with how an opening ended, if something is. */
function judge(error: unknown, name: string, { root }: Tree): string | undefined {
  if (!(error instanceof RouterError)) return `ended with ${String(error)}`;
  if (!['MODEL_LOAD_FAILED', 'INVALID_OPTION', 'UNSUPPORTED'].includes(error.code)) return `ended with ${error.code}`;
  // The caller's own words may come back, whole or as messages shorten them.
  const told = [name, JSON.stringify(name).slice(1, -1), encodeURI(name.toWellFormed()), name.slice(0, 40)].reduce(
    (text, each) => text.replaceAll(each, ''),
    error.message,
  );
  if (told.includes(SECRET.slice(0, 8))) return `told what is in a file: ${error.message}`;
  if (/etc\/secret|page\.xml|authorized_keys/.test(told) && !error.message.includes('http')) return 'named a file';
  return told.includes(`${root}/etc`) && !error.message.includes('http') ? `named ${root}/etc` : undefined;
}

async function tryNames({ seed, runs, log }: FuzzOptions): Promise<FuzzReport> {
  const random = createRandom(seed);
  using tree = createTree();
  const cases = new Map<number, Case>();
  await using hub = await serveHub(cases);
  const faults: string[] = [];
  const counts: Record<string, number> = { names: 0, entriesKept: 0 };
  const count = (what: string, by = 1): number => (counts[what] = (counts[what] ?? 0) + by);
  const before = tree.sentinels();
  const sayOf = ({ n, kind, name }: Case): string =>
    `seed ${seed}, name ${n}, ${kind} ${JSON.stringify(name).slice(0, 200)}`;

  async function tryName(each: Case): Promise<void> {
    const encoder = createEncoder({
      ...optionsOf(each, hub, tree),
      cacheFolder: tree.cacheFolder,
      thread: 'caller',
      device: 'wasm',
      download: { maxRetries: 0, allowedHosts: [new URL(hub.url).host] },
    });
    const fault = await encoder.then(
      () => 'was opened',
      (error: unknown) => judge(error, each.name, tree),
    );
    if (fault) faults.push(`${sayOf(each)}: ${fault}`);
  }

  for (let n = 0; n < runs; n += BATCH) {
    cases.clear();
    for (let i = n; i < n + BATCH; i++) {
      const kind = KINDS[Math.floor(random() * KINDS.length)] as Kind;
      cases.set(i, { n: i, kind, name: createName(tree.root, random) });
      count(kind);
      count('names');
    }
    await Promise.all([...cases.values()].map(tryName));
    if (tree.sentinels() !== before) {
      faults.push(`the tree is another after one of these: ${[...cases.values()].map(sayOf).join('; ')}`);
      break;
    }
    if ((n + BATCH) % CLEAR_EVERY === 0) {
      count('entriesKept', readdirSync(tree.cacheFolder, { recursive: true }).length);
      await clearModelCache(tree);
      log(`${n + BATCH} names`);
    }
  }
  return { counts, faults };
}
