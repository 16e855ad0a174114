/** Owns the proof that the code and the links of the playground are good to take along, and that its engine can be changed. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { toSnippet, type Home } from '../../demo/src/code/snippets.ts';
import { openTab, routeNames, sign, takePreset, textOf, visit, usePlayground } from '../support/playground.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOMES: readonly Home[] = ['browser', 'node', 'edge'];

/** The first half of what a link would carry. */
const CUT = deflateRawSync(JSON.stringify({ routes: [{ name: 'refunds', utterances: ['I want my money back'] }] }))
  .toString('base64url')
  .slice(0, 40);

const stage = usePlayground({ permissions: ['clipboard-read', 'clipboard-write'] });

/** As README's code is compiled: against the built package, through its exports. */
function compile(snippets: Readonly<Record<string, string>>): {
  readonly status: number | null;
  readonly stdout: string;
} {
  const folder = `${ROOT}.cache/snippets`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = Object.entries(snippets).map(([name, code]) => {
    writeFileSync(`${folder}/${name}.ts`, code);
    return `${folder}/${name}.ts`;
  });
  const compilerOptions = { paths: {}, isolatedDeclarations: false, declaration: false };
  // What Cloudflare's own types say of it.
  const declared = `${folder}/workers.d.ts`;
  writeFileSync(declared, "declare module 'cloudflare:workers' {\n  export const env: object;\n}\n");
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: `${ROOT}tsconfig.json`, compilerOptions, files: [...files, declared] }),
  );
  const { status, stdout } = spawnSync('npx', ['--no-install', 'tsc', '-p', folder], { cwd: ROOT, encoding: 'utf8' });
  return { status, stdout };
}

describe('the code', () => {
  test('compiles for every home, whatever the routes say', () => {
    const routes = [
      { name: 'plain', utterances: ['I need a refund'] },
      { name: 'odd', utterances: ['"quotes" `ticks` ${holes} \\ \u2028 </script>'], negatives: ['*/'], threshold: 0 },
    ];
    const snippets = Object.fromEntries(
      HOMES.flatMap((home) => [
        [home, toSnippet(home, routes, 'a "quoted" sentence')],
        [`${home}-empty`, toSnippet(home, [], '')],
      ]),
    );
    expect(compile(snippets)).toEqual({ status: 0, stdout: '' });
  });

  test('is that of the routes as they are, and is copied whole', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await takePreset(page, 'many-intents');
    await openTab(page, 'code');
    await page.getByTestId('snippet').filter({ hasText: '"account-balance"' }).waitFor();
    await page.getByRole('radio', { name: 'Edge' }).check();
    const grounds = await page
      .getByTestId('panel-code')
      .locator('label')
      .evaluateAll((labels) => labels.map((label) => getComputedStyle(label).backgroundColor));
    expect(grounds).toHaveLength(3);
    expect(grounds[0]).toBe(grounds[1]);
    expect(grounds[2]).not.toBe(grounds[1]);
    await page.getByTestId('copy-code').click();
    await page.getByTestId('copied').filter({ hasText: 'in the clipboard' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain("from 'synaptoroute/cloudflare'");
    expect(copied).toContain('Spell bureaucracy for me');
  });
});

describe('a link', () => {
  test('brings its routes and sentence to another browser, which asks first', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.getByTestId('query').fill('Make it warmer upstairs');
    await sign(page, 'no-route');
    await takePreset(page, 'smart-home');
    await openTab(page, 'code');
    await page.getByTestId('share').click();
    await page.getByTestId('copied').filter({ hasText: 'The link' }).waitFor();
    const link = await page.getByTestId('share-link').inputValue();

    const other = await stage.browser.newContext();
    const { page: guest } = await visit(other, link);
    await guest.getByTestId('notice-text').filter({ hasText: 'brings 12 routes with 60 sentences' }).waitFor();
    expect(guest.url()).toBe(stage.playground.isolatedUrl);
    expect(await routeNames(guest)).toEqual(['billing', 'hours', 'tech-support']);
    await guest.getByRole('button', { name: 'Take them' }).click();
    await sign(guest, 'matched', 'thermostat');
    await guest.getByTestId('undo').click();
    await guest.getByTestId('sample').filter({ hasText: 'How do I get my money back?' }).waitFor();
    await other.close();
  });

  test.each([
    ['is too long', 'A'.repeat(1_000_000), '16,000 that this page reads'],
    ['is cut short', CUT, 'damaged or was cut short'],
    ['is no base64', '<script>alert(1)</script>', 'damaged or was cut short'],
  ])('that %s is told, and changes nothing', async (_, payload, message) => {
    const { page } = await visit(stage.context, `${stage.playground.isolatedUrl}#share=${payload}`);
    await page.getByTestId('notice-text').filter({ hasText: message }).waitFor();
    expect(await routeNames(page)).toEqual(['billing', 'hours', 'tech-support']);
  });

  test('that would unfold to gigabytes is given up at half a mebibyte, and one of 10 MB is not read', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await page.evaluate(async () => {
      const zeros = new Blob([new Uint8Array(8_000_000)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
      const bytes = new Uint8Array(await new Response(zeros).arrayBuffer());
      const text = btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(''));
      location.hash = `share=${text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
    });
    await page.getByTestId('notice-text').filter({ hasText: 'damaged or was cut short' }).waitFor();
    await page.evaluate(() => {
      location.hash = `share=${'A'.repeat(10_000_000)}`;
    });
    const message = 'This link carries 10,000,007 characters, more than the 16,000 that this page reads';
    await page.getByTestId('notice-text').filter({ hasText: message }).waitFor();
    await page.getByTestId('query').fill('How do I get my money back?');
    await sign(page, 'matched', 'billing');
    expect(await routeNames(page)).toEqual(['billing', 'hours', 'tech-support']);
  });
});

describe('the engine', () => {
  test('says what the model weighed and how fast it came', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await openTab(page, 'engine');
    await page
      .getByTestId('loaded')
      .filter({ hasText: /^The model’s 7\.0 MiB came in .* a second\.$/ })
      .waitFor();
    await page.getByTestId('fact-index-memory').filter({ hasText: 'MiB' }).waitFor();
  });

  test('is opened anew with more threads, and with WebGPU measured beside WASM', async () => {
    const { page, requests } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.getByTestId('query').fill('How do I get my money back?');
    await sign(page, 'matched', 'billing');
    await openTab(page, 'engine');
    await page.getByTestId('engine-threads').fill('2');
    await page.getByTestId('engine-apply').click();
    await page.getByTestId('fact-threads').filter({ hasText: '2' }).waitFor();
    await sign(page, 'matched', 'billing');
    expect(requests.filter((url) => url.includes('asyncify'))).toEqual([]);

    await page.getByTestId('engine-device').selectOption('auto');
    await page.getByTestId('engine-apply').click();
    await page
      .getByTestId('verdict')
      .filter({ hasText: /used|WebGPU/ })
      .waitFor({ timeout: 120_000 });
    await sign(page, 'matched', 'billing');
  });

  test('that cannot be opened says why, and leads back', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.getByTestId('query').fill('How do I get my money back?');
    await sign(page, 'matched', 'billing');
    await openTab(page, 'engine');
    await page.getByTestId('engine-model').selectOption('hub');
    await page.getByTestId('engine-apply').click();
    await sign(page, 'failed');
    expect(await textOf(page, 'failure-code')).toBe('MODEL_LOAD_FAILED');
    await page.getByTestId('back').click();
    await sign(page, 'matched', 'billing');
  });
});
