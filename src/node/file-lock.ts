/** Owns that one process at a time does a thing: a lock file that names its holder, and is void when the holder is gone. */

import { randomUUID } from 'node:crypto';
import { link, lstat, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../core/errors.ts';
import type { AbortSignalLike } from '../core/types.ts';

/** How often a waiting process looks. */
const LOOK_MS = 100;
/** How often a holder shows that it lives, and after how long without that it is taken for gone. */
const BEAT_MS = 5_000;
const GONE_MS = 60_000;

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

export interface FileLock {
  /** Whether nobody has taken it for void in the meantime. */
  readonly isHeld: () => Promise<boolean>;
}

/** Runs a step while the lock file is this process's; waits for it without limit but the signal's. */
export async function withFileLock<T>(
  path: string,
  signal: AbortSignalLike | undefined,
  step: (lock: FileLock) => Promise<T>,
): Promise<T> {
  const me: Holder = { id: randomUUID(), pid: process.pid, host: hostname() };
  while (!(await create(path, me))) {
    if (signal?.aborted) throw abortError(signal);
    if (!(await removeVoid(path))) await sleep(LOOK_MS);
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_MS);
  beat.unref();
  const isHeld = async (): Promise<boolean> => (await readHolder(path))?.id === me.id;
  try {
    return await step({ isHeld });
  } finally {
    clearInterval(beat);
    if (await isHeld()) await rm(path, { force: true });
  }
}

/** Under its name at once with its content, which a bare exclusive write would not be. */
async function create(path: string, me: Holder): Promise<boolean> {
  const draft = `${path}-${me.id}`;
  await writeFile(draft, JSON.stringify(me));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Resolves to whether the way is free to try again at once. */
async function removeVoid(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  if (await isAlive(path, holder)) return false;
  const aside = `${path}-${randomUUID()}`;
  try {
    await rename(path, aside);
    // Between the look and the rename another process may have made the lock its own: it gets it back.
    if ((await readHolder(aside))?.id !== holder?.id) await link(aside, path);
  } catch {
    // Someone else was quicker.
  }
  await rm(aside, { force: true });
  return true;
}

/** One that cannot be read tells nothing but its age. */
async function isAlive(path: string, holder: Holder | undefined): Promise<boolean> {
  if (holder?.host === hostname() && !isRunning(holder.pid)) return false;
  const age = await lstat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Infinity,
  );
  return age < GONE_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
