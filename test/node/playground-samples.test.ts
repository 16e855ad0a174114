/** How the playground reads labelled texts: every form that people have, and a line for what cannot be read. */

import { array, assert, constantFrom, property, string, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCsv } from '../../demo/src/evaluate/csv.ts';
import { firstErrorLine } from '../../demo/src/evaluate/json-lines.ts';
import { readSamples } from '../../demo/src/evaluate/read-samples.ts';

function refusalOf(text: string): string {
  try {
    readSamples(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('Expected the text to be refused, and it was read');
}

function quote(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

describe('CSV', () => {
  test('of any quoted fields comes back as it was written, with the line of each row', () => {
    const field = string({ unit: constantFrom('a', '"', ',', ';', '\t', '\n', '\r\n', 'é', ' ') });
    const written = tuple(array(tuple(field, field), { minLength: 1, maxLength: 8 }), constantFrom('\n', '\r\n', '\r'));
    assert(
      property(written, ([rows, end]) => {
        // The first row fixes the delimiter.
        const all = [['x', 'y'], ...rows] as const;
        const parsed = parseCsv(all.map((fields) => fields.map(quote).join(',')).join(end));
        expect(parsed.map(({ fields }) => fields)).toEqual(all);
        let line = 1;
        for (const [i, fields] of all.entries()) {
          expect(parsed[i]?.line).toBe(line);
          line += 1 + fields.join('').split(/\r\n|\r|\n/).length - 1;
        }
      }),
      { numRuns: 500, seed: 8 },
    );
  });

  test('may part its fields with commas, semicolons or tabs, and end its last line or not', () => {
    for (const delimiter of [',', ';', '\t']) {
      for (const end of ['', '\n', '\r\n\r\n']) {
        const rows = parseCsv(`a${delimiter}b\n${delimiter}d\ne${delimiter}${end}`);
        expect(rows.map(({ fields }) => fields)).toEqual([
          ['a', 'b'],
          ['', 'd'],
          ['e', ''],
        ]);
      }
    }
  });
});

describe('labelled texts', () => {
  test('are read with a header in any order and case, or without one; an empty route is none', () => {
    const expected = [
      { text: 'I want my money', route: 'billing', line: 2 },
      { text: 'hi, you', route: null, line: 3 },
    ];
    expect(readSamples('text,route\nI want my money,billing\n"hi, you",\n')).toEqual(expected);
    expect(readSamples('\uFEFFId;Intent;Utterance\r\n1;billing;I want my money\r\n2;oos;hi, you')).toEqual(expected);
    expect(readSamples('I want my money,billing\n"hi, you",none')).toEqual(
      expected.map((sample) => ({ ...sample, line: sample.line - 1 })),
    );
  });

  test('are read from JSON: a list of items, or lists by route', () => {
    expect(readSamples('[\n{"text": "a, \\"b\\" [", "label": "x"},\n\n{"query": "c", "intent": null}]')).toEqual([
      { text: 'a, "b" [', route: 'x', line: 2 },
      { text: 'c', route: null, line: 4 },
    ]);
    expect(readSamples('{\n"x": ["a",\n"b"],\n"none": ["c"]}')).toEqual([
      { text: 'a', route: 'x', line: 2 },
      { text: 'b', route: 'x', line: 2 },
      { text: 'c', route: null, line: 4 },
    ]);
  });

  test.each([
    ['a quote that is never closed', 'text,route\nfine,a\n"open,b\nmore,c', 'Line 3: '],
    ['text after a closing quote', 'text,route\n"a\nb"c,d', 'Line 3: '],
    ['a line with one field', 'text,route\nfine,a\nno comma', 'Line 3: '],
    ['an empty text', 'text,route\n"two\nlines",a\n ,a', 'Line 4: '],
    ['a header without a route', 'text,colour\na,b', 'Line 1: '],
    ['a header alone', 'text,route\n', 'Line 1: '],
    ['JSON that is cut', '[\n{"text": "a", "route": "b"},', 'Line 2: '],
    ['JSON with a word too much', '[\n{"text": "line 7 column 1", "route": "b"},\noops\n]', 'Line 3: '],
    ['a JSON item that is no object', '[\n{"text": "a", "route": "b"},\n5]', 'Line 3: '],
    ['a JSON item without a route', '[{"text": "a", "route": "b"},\n\n{"text": "a"}]', 'Line 3: '],
    ['a JSON route without texts', '{"a": ["b"],\n"c": "d"}', 'Line 2: '],
  ])('with %s are refused, by line', (_, text, beginning) => {
    expect(refusalOf(text)).toMatch(beginning);
  });

  test('that are no JSON are refused at the line at which the engine stops, where it tells', () => {
    const valid = JSON.stringify(
      [{ text: 'a', list: [1, -2.5e3, true, null, '\\u00e9 "'], deep: { a: [[]], b: {} } }],
      null,
      1,
    );
    for (let at = 1; at < valid.length; at++) {
      const broken = `${valid.slice(0, at)}§${valid.slice(at)}`;
      let message = '';
      try {
        JSON.parse(broken);
        // Within a string it does no harm.
        continue;
      } catch (error) {
        message = (error as Error).message;
      }
      const told = /\(line (\d+) column/.exec(message)?.[1];
      const inserted = valid.slice(0, at).split('\n').length;
      expect(firstErrorLine(broken)).toBe(told === undefined ? inserted : Number(told));
    }
  });
});
