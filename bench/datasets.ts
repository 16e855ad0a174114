/**
 * Owns the data sets that benches measure decisions on: public ones beside the repository, or where `DATASETS` says, and
 * our own adversarial ones in `test/adversarial/`.
 */

import { existsSync, readFileSync } from 'node:fs';

/** A text and its route; `null` for a text of none. */
export interface Sample {
  readonly text: string;
  readonly route: string | null;
}

export interface Split {
  readonly train: readonly Sample[];
  readonly val: readonly Sample[];
  readonly test: readonly Sample[];
  readonly outOfScopeVal: readonly Sample[];
  readonly outOfScopeTest: readonly Sample[];
}

const FOLDER = process.env['DATASETS'] ?? '../../shared/datasets';

/** CLINC150; `undefined`, with a line that says so, where it is not. */
export function readClinc(): Split | undefined {
  const raw = read('clinc150/data_full.json');
  if (raw === undefined) return undefined;
  const sets = JSON.parse(raw) as Record<string, readonly (readonly [text: string, intent: string])[]>;
  const of = (name: string, route?: null): readonly Sample[] =>
    (sets[name] ?? []).map(([text, intent]) => ({ text, route: route === null ? null : toName(intent) }));
  return {
    train: of('train'),
    val: of('val'),
    test: of('test'),
    outOfScopeVal: of('oos_val', null),
    outOfScopeTest: of('oos_test', null),
  };
}

/** Banking77, which has no texts of none and no validation split. */
export function readBanking(): Split | undefined {
  const [train, test] = [read('banking77/train.csv'), read('banking77/test.csv')];
  if (train === undefined || test === undefined) return undefined;
  return { train: parseCsv(train), val: [], test: parseCsv(test), outOfScopeVal: [], outOfScopeTest: [] };
}

export const ADVERSARIAL_SETS = ['negations', 'keyword-traps', 'lexical-overlap', 'typos', 'other-languages'] as const;

export interface AdversarialRoute {
  readonly name: string;
  readonly utterances: readonly string[];
  readonly negatives: readonly string[];
}

/** The routes that the adversarial sets are about. */
export function readAdversarialRouter(): readonly AdversarialRoute[] {
  const routes = readOwn('router') as readonly Omit<AdversarialRoute, 'negatives'>[];
  const negatives = readOwn('negatives') as Readonly<Record<string, readonly string[]>>;
  return routes.map((route) => ({ ...route, negatives: negatives[route.name] ?? [] }));
}

export function readAdversarialSet(name: (typeof ADVERSARIAL_SETS)[number]): readonly Sample[] {
  return readOwn(name) as readonly Sample[];
}

function readOwn(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../test/adversarial/${name}.json`, import.meta.url), 'utf8'));
}

function read(file: string): string | undefined {
  const url = new URL(`${FOLDER}/${file}`, import.meta.url);
  if (existsSync(url)) return readFileSync(url, 'utf8');
  console.log(
    `skipped: ${url.pathname} is not there; set DATASETS to the folder that holds ${file.split('/')[0] ?? ''}/`,
  );
  return undefined;
}

/** Two columns, text and route, with a header; fields in quotes may hold commas, line breaks and doubled quotes. */
function parseCsv(csv: string): readonly Sample[] {
  const rows = csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*)),([^,\r\n]*)\r?(?:\n|$)/g);
  return Array.from(rows, ([, quoted, plain, route]) => ({
    text: (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
    route: toName(route ?? ''),
  })).slice(1);
}

/** Intents have characters that route names may not have. */
function toName(intent: string): string {
  return intent.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
