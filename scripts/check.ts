/** Runs every `check:` script of package.json, in order, and stops at none: all findings at once. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const checks = Object.keys(manifest.scripts).filter((name) => name.startsWith('check:'));
const failed = checks.filter((name) => {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', name], { encoding: 'utf8' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (status !== 0) console.log(`${stdout}${stderr}`);
  return status !== 0;
});
if (failed.length > 0) console.log(`${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}`);
process.exit(failed.length > 0 ? 1 : 0);
