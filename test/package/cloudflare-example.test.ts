import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pack, TARBALL } from '../../scripts/pack.ts';
import { readBundle, runWrangler, startEdge, toWorker } from '../support/edge.ts';

const example = fileURLToPath(new URL('../../examples/cloudflare', import.meta.url));
const token = 'a-token-of-the-example';

describe('examples/cloudflare, copied out of the repository, with the packed tarball', () => {
  const app = mkdtempSync(join(tmpdir(), 'synaptoroute-cloudflare-'));

  beforeAll(() => {
    pack();
    cpSync(example, app, {
      recursive: true,
      filter: (path) => !/node_modules|\.wrangler|worker-configuration/.test(path),
    });
    const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...options, TARBALL], { cwd: app, stdio: 'pipe' });
  });
  afterAll(() => rmSync(app, { recursive: true, force: true }));

  test('type-checks, its libraries too', () => {
    expect(execFileSync('npm', ['run', '--silent', 'check'], { cwd: app, stdio: 'pipe' })).toBeDefined();
  });

  test('is bundled by wrangler within the paid plan, and routes in workerd', async () => {
    runWrangler(app, ['deploy', '--dry-run', '--outdir', 'out']);
    const bundle = readBundle(join(app, 'out'), 'worker.js');
    const gzipBytes = bundle.files.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0);
    expect(gzipBytes).toBeLessThan(5_000_000);
    await using edge = await startEdge({
      workers: [
        toWorker(bundle, {
          bindings: { WRITE_TOKEN: token },
          assets: {
            directory: join(app, 'node_modules/synaptoroute/models'),
            binding: 'ASSETS',
            routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
          },
          durableObjects: { ROUTER_OBJECT: { className: 'RouterObject', useSQLite: true } },
        }),
      ],
    });
    const ask = async (method: string, path: string, body: object): Promise<unknown> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      return (await fetch(new URL(path, edge.url), { method, headers, body: JSON.stringify(body) })).json();
    };
    await ask('PUT', 'routes/billing', { utterances: ['I need a refund', 'Where is my receipt?'] });
    await ask('PUT', 'routes/hours', { utterances: ['When do you open?', 'Are you open on Sunday?'] });
    expect(await ask('POST', 'route', { text: 'I need my refund' })).toMatchObject({ route: 'billing' });
    expect((await fetch(new URL('use-lite/onnx/model_quantized.onnx', edge.url))).status).toBe(404);
  });
});
