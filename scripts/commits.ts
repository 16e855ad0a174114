/** Checks the subjects of commits: `area: imperative`, at most 72 characters, one idea. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The last commit before the rule. */
const BASE = 'c985b14';
const MAX_LENGTH = 72;
const FORM = /^[a-z][a-z0-9-]*: [a-z]/;

/** What is wrong with a subject, as a sentence each. */
export function findViolations(subject: string): readonly string[] {
  return [
    ...(FORM.test(subject) ? [] : ['expected "area: imperative" in lower case']),
    ...(subject.length <= MAX_LENGTH ? [] : [`${subject.length} characters; at most ${MAX_LENGTH}`]),
    ...(/;|\.$/.test(subject) ? ['one idea without a full stop; the rest belongs in the body'] : []),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { status, stdout } = spawnSync('git', ['log', '--no-merges', '--format=%h %s', `${BASE}..HEAD`], {
    encoding: 'utf8',
  });
  if (status !== 0) console.log(`skipped: no git history from ${BASE} on`);
  for (const line of status === 0 ? stdout.split('\n').filter(Boolean) : []) {
    for (const violation of findViolations(line.slice(line.indexOf(' ') + 1))) {
      console.log(`${line}: ${violation}`);
      process.exitCode = 1;
    }
  }
}
