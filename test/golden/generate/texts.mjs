// Owns the texts of the golden fixtures: a seeded generator, so that the same texts come out on every machine. It runs no
// model and no tokenizer.

import { readFileSync } from 'node:fs';

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// The words, templates and odd texts that the generator draws from. Its `repaired` texts touch the damaged entries.
const material = JSON.parse(readFileSync(new URL('./material.json', import.meta.url), 'utf8'));

function compose(pick, random) {
  const fill = (template) => template.replace(/\{(\w+)\}/g, (_, list) => pick(material.lists[list]));
  let text = fill(pick(material.templates));
  const casing = random();
  if (casing < 0.12) text = text.toUpperCase();
  else if (casing < 0.4) text = text[0].toUpperCase() + text.slice(1);
  else if (casing < 0.45) text = text.replace(/\b\w/g, (letter) => letter.toUpperCase());
  if (random() < 0.08) text = text.replace(' ', '  ');
  if (random() < 0.06) text = text.replace(/[aeiou]/, '');
  text += pick(material.punctuation);
  if (random() < 0.06) text += ` ${pick(material.emoji)}`;
  if (random() < 0.05) text = `${pick(material.foreign)} ${text}`;
  if (random() < 0.05) text += ` ${pick(material.code)}`;
  return text;
}

function scramble(pick, random) {
  const alphabet = Array.from(
    'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789    .,!?\'"-_/()&%$#@+*=éüñçßøπж中あ한👍€',
  );
  return Array.from({ length: 1 + Math.floor(random() * 40) }, () => pick(alphabet)).join('');
}

/** All distinct texts of the token fixture, in a fixed order. */
export function goldenTexts() {
  const random = seededRandom(20261123);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const texts = new Set([
    ...material.spacing,
    ...material.marks,
    ...material.repaired,
    ...material.foreign,
    ...material.code,
    ...material.emoji,
  ]);
  while (texts.size < 1900) texts.add(compose(pick, random));
  while (texts.size < 2100) texts.add(scramble(pick, random));
  while (texts.size < 2160) texts.add(`${compose(pick, random)} ${scramble(pick, random)}`);
  while (texts.size < 2220)
    texts.add(Array.from({ length: 2 + Math.floor(random() * 5) }, () => compose(pick, random)).join('. '));
  // Longer than the model's 128 tokens.
  while (texts.size < 2240) texts.add(Array.from({ length: 18 }, () => compose(pick, random)).join('; '));
  return [...texts];
}

/** The hundred texts that get a golden embedding: every length, from the plain templates up to truncation. */
export function embeddingTexts(texts, tokenCount) {
  const chosen = [];
  const step = texts.length / 80;
  for (let at = 0; at < 80; at++) chosen.push(texts[Math.floor(at * step)]);
  const byLength = texts
    .filter((text) => !chosen.includes(text))
    .toSorted((a, b) => tokenCount(a) - tokenCount(b) || (a < b ? -1 : 1));
  for (let at = 0; at < 20; at++) chosen.push(byLength[Math.floor(((at + 1) * byLength.length) / 20) - 1]);
  return chosen;
}
