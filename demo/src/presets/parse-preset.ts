/** Owns the form that presets are written in: a route a line, `name: sentence | sentence`, negatives after `!`. Pure. */

import type { Route } from 'synaptoroute/browser';

export function parsePreset(text: string): readonly Route[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const at = line.indexOf(':');
      const sentences = line
        .slice(at + 1)
        .split('|')
        .map((sentence) => sentence.trim());
      const negatives = sentences
        .filter((sentence) => sentence.startsWith('!'))
        .map((sentence) => sentence.slice(1).trim());
      const utterances = sentences.filter((sentence) => !sentence.startsWith('!'));
      return { name: line.slice(0, at).trim(), utterances, ...(negatives.length > 0 && { negatives }) };
    });
}
