/** Owns which Chromium the tests and pictures run in: finds one, or installs it, and says which. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';

/** Quiet, without a sandbox (containers forbid it), and never reaching for the network by itself. */
export const CHROMIUM_ARGS: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Without a GPU, Chromium's own SwiftShader.
  '--enable-unsafe-webgpu',
];

const KNOWN_PATHS: readonly string[] = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The executable, or `undefined`: `CHROMIUM_PATH`, then Playwright's own, then the system's. */
export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined && !existsSync(given)) throw new Error(`CHROMIUM_PATH is ${given}, where there is no file`);
  return [given, chromium.executablePath(), ...KNOWN_PATHS].find((path) => path !== undefined && existsSync(path));
}

function install(): void {
  const attempts: readonly (readonly [name: string, command: readonly string[]])[] = [
    ['Playwright', ['npx', 'playwright', 'install', 'chromium']],
    ['apt-get update', ['apt-get', 'update', '-qq']],
    [
      'apt-get install',
      ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
    ],
  ];
  const isRootOnDebian = userInfo().uid === 0 && existsSync('/etc/debian_version');
  for (const [name, [command, ...args]] of isRootOnDebian ? attempts : attempts.slice(0, 1)) {
    console.log(`Chromium: trying ${name}`);
    try {
      execFileSync(command as string, args, {
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: 600_000,
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    } catch (error) {
      console.log(`Chromium: ${name} failed: ${String(error).split('\n', 2).join(' ')}`);
    }
    if (findChromium()) return;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!findChromium()) install();
  const path = findChromium();
  if (!path) {
    console.error(
      'Chromium: none found and none could be installed; install one and set CHROMIUM_PATH to its executable.',
    );
    process.exit(1);
  }
  console.log(
    `Chromium: ${path} (${execFileSync(path, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()})`,
  );
}
