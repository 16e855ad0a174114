/** Owns which Firefox the tests of kept routes run in: finds one, or installs it as root on Debian, and says which. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';

const KNOWN_PATHS: readonly string[] = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];

const INSTALL: readonly (readonly [command: string, ...args: string[]])[] = [
  ['apt-get', 'update', '-qq'],
  ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'firefox-esr'],
];

/** The executable, or `undefined`: `FIREFOX_PATH`, then the system's, then one that apt installs. */
export function findOrInstallFirefox(): string | undefined {
  return findFirefox() ?? installFirefox();
}

function findFirefox(): string | undefined {
  const given = process.env['FIREFOX_PATH'];
  if (given !== undefined && !existsSync(given)) throw new Error(`FIREFOX_PATH is ${given}, where there is no file`);
  return [given, ...KNOWN_PATHS].find((path) => path !== undefined && existsSync(path));
}

function installFirefox(): string | undefined {
  if (userInfo().uid !== 0 || !existsSync('/etc/debian_version')) return undefined;
  const options = {
    stdio: 'ignore',
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  try {
    for (const [command, ...args] of INSTALL) execFileSync(command, args, options);
  } catch {
    // Whoever asked says that there is none.
  }
  return findFirefox();
}
