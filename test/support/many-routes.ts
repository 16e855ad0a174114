/** Routes by the thousand utterances, as a file that the playground imports; encoded in Node by the embedded model. */

import { openRouter } from 'synaptoroute/node';

const THINGS =
  'flight hotel order song invoice parcel door light alarm recipe weather meeting ticket password printer car movie card phone garden'.split(
    ' ',
  );
const VERBS = 'book cancel change find pay track play stop buy sell'.split(' ');
const FORMS = [
  '{} please',
  'can you {}',
  'I want to {} today',
  'how do I {}',
  'I need to {} for my mother',
  'where can I {}',
  'is it possible to {}',
  'help me {}',
  'why can I not {}',
  'when will you {}',
  '{} again',
  '{} before noon',
  '{} tomorrow',
  '{} at home',
  '{} with friends',
  '{} in London',
  '{} on Monday',
  '{} for two',
  '{} now',
  '{} and tell me',
  'never {}',
  'let us {}',
  'who can {}',
  'I would like to {}',
  '{} if you can',
];

/** 200 routes of 25 utterances each, as `exportFile()` gives them. */
export async function exportManyRoutes(): Promise<Buffer> {
  const router = await openRouter();
  try {
    await Promise.all(
      VERBS.flatMap((verb) =>
        THINGS.map((thing) =>
          router.addRoute({
            name: `${verb}-${thing}`,
            utterances: FORMS.map((form) => form.replace('{}', `${verb} the ${thing}`)),
          }),
        ),
      ),
    );
    return Buffer.from(await router.exportFile());
  } finally {
    await router.close();
  }
}
