/** Owns which facts the storage tab tells. */

import type { Fact } from '../facts.ts';
import { formatBytes } from '../format.ts';

export const STORAGE_FACTS: readonly Fact[] = [
  {
    id: 'kept-in',
    label: 'Kept in',
    read: ({ storage }) => storage.kind,
    explain: ({ storage }) => (storage.persistent ? 'Outlives the tab and the browser' : 'Gone when the tab closes'),
  },
  {
    id: 'bytes',
    label: 'Bytes of this site',
    read: ({ storage }) => (storage.usedBytes === undefined ? 'not told' : formatBytes(storage.usedBytes)),
    explain: ({ storage }) =>
      storage.quotaBytes === undefined
        ? 'The browser does not say'
        : `of ${formatBytes(storage.quotaBytes)} allowed; model included`,
  },
  {
    id: 'tab',
    label: 'This tab',
    read: ({ tab }) => (tab === undefined ? 'alone' : tab),
    explain: ({ tab }) => {
      if (tab === 'leader') return 'Its worker holds the routes, for every tab';
      return tab === 'follower'
        ? 'It asks the leader, and takes over when that closes'
        : 'Shares nothing with other tabs';
    },
  },
  {
    id: 'revision',
    label: 'On disk',
    read: (status) => `${status.durableRevision} of ${status.revision} changes`,
    explain: (status) =>
      status.writeFailure ?? (status.durableRevision === status.revision ? 'Memory and disk agree' : 'Writing'),
  },
  {
    id: 'persisted',
    label: 'Under pressure',
    read: ({ storage }) => (storage.persisted === true ? 'kept' : 'may be cleared'),
    explain: ({ storage }) =>
      storage.persisted === true ? 'The browser has promised' : 'As all sites that did not ask otherwise',
  },
];
