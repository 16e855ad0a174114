/** Owns what labelled texts look like in a file: CSV or JSON to samples with their lines, or what is wrong and where. Pure. */

import { LineError, parseCsv, type CsvRow } from './csv.ts';
import { firstErrorLine, itemLines } from './json-lines.ts';

export interface Sample {
  readonly text: string;
  /** `null`: of no route. */
  readonly route: string | null;
  readonly line: number;
}

const TEXT_NAMES: readonly string[] = ['text', 'utterance', 'query', 'sentence', 'message', 'input', 'example'];
const ROUTE_NAMES: readonly string[] = ['route', 'label', 'intent', 'category', 'class', 'expected', 'target'];
/** What people write for "none of them". */
const NONE: ReadonlySet<string> = new Set(['', 'null', 'none', 'oos', 'out_of_scope', 'out-of-scope']);

/** At least one. Throws `LineError`. */
export function readSamples(given: string): readonly Sample[] {
  // Of a file that an editor marked as UTF-8.
  const text = given.replace(/^\uFEFF/, '');
  const isJson = /^\s*[[{]/.test(text);
  const samples = isJson ? readJson(text) : readRows(parseCsv(text));
  if (samples.length === 0) throw new LineError(1, 'there are no samples; give one text and its route on each line.');
  return samples;
}

function readRows(rows: readonly CsvRow[]): readonly Sample[] {
  const [first] = rows;
  if (!first) return [];
  const names = first.fields.map((field) => field.trim().toLowerCase());
  const textAt = names.findIndex((name) => TEXT_NAMES.includes(name));
  const routeAt = names.findIndex((name) => ROUTE_NAMES.includes(name));
  const hasHeader = textAt >= 0 || routeAt >= 0;
  if (hasHeader && (textAt < 0 || routeAt < 0)) {
    throw new LineError(
      first.line,
      `the header names ${first.fields.join(', ')}; it needs a column text (or ${TEXT_NAMES.slice(1).join(', ')}) and a column route (or ${ROUTE_NAMES.slice(1).join(', ')}).`,
    );
  }
  const columns = hasHeader ? { textAt, routeAt } : { textAt: 0, routeAt: 1 };
  return (hasHeader ? rows.slice(1) : rows).map((row) => readRow(row, columns));
}

function readRow(
  { line, fields }: CsvRow,
  { textAt, routeAt }: { readonly textAt: number; readonly routeAt: number },
): Sample {
  const [text, route] = [fields[textAt], fields[routeAt]];
  if (text === undefined || route === undefined) {
    throw new LineError(
      line,
      `there is ${fields.length === 1 ? 'one field' : `${fields.length} fields`}, which is too few; write text,route and quote texts with commas ("a, b",route).`,
    );
  }
  return toSample(line, text, route);
}

function toSample(line: number, text: string, route: string): Sample {
  if (text.trim() === '') throw new LineError(line, 'the text is empty; give a sentence, or take the line out.');
  const name = route.trim();
  return { text: text.trim(), route: NONE.has(name.toLowerCase()) ? null : name, line };
}

function readJson(text: string): readonly Sample[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LineError(firstErrorLine(text), 'this is no JSON from here on; check commas, quotes and brackets.');
  }
  const lines = itemLines(text);
  const lineOf = (item: number): number => lines[item] ?? 1;
  if (Array.isArray(value)) return value.map((item: unknown, i) => readItem(item, lineOf(i)));
  return Object.entries(value as object).flatMap(([route, texts]: [string, unknown], i) => {
    if (!Array.isArray(texts)) {
      throw new LineError(lineOf(i), `"${short(route)}" has no array of texts; write {"route": ["text", "text"]}.`);
    }
    return texts.map((item: unknown) => {
      if (typeof item !== 'string') throw new LineError(lineOf(i), `a text of "${short(route)}" is no string.`);
      return toSample(lineOf(i), item, route);
    });
  });
}

function readItem(item: unknown, line: number): Sample {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new LineError(line, 'an item is no object; write {"text": "…", "route": "…"}.');
  }
  const entries = new Map(Object.entries(item).map(([name, value]: [string, unknown]) => [name.toLowerCase(), value]));
  const textName = TEXT_NAMES.find((name) => entries.has(name));
  const routeName = ROUTE_NAMES.find((name) => entries.has(name));
  const text = textName === undefined ? undefined : entries.get(textName);
  if (typeof text !== 'string') throw new LineError(line, 'an item has no "text" that is a string.');
  const route = routeName === undefined ? undefined : entries.get(routeName);
  if (route === null) return toSample(line, text, '');
  if (typeof route !== 'string') {
    throw new LineError(line, 'an item has no "route" that is a string, or null for a text of no route.');
  }
  return toSample(line, text, route);
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
