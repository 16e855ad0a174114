/** Owns what the views of results show: one evaluation, or the same samples without and with a fit. */

import type { Evaluation } from 'synaptoroute/browser';

export interface Results {
  /** Without a fit, and with one; at least one of the two. */
  readonly plain: Evaluation | undefined;
  readonly fitted: Evaluation | undefined;
}

/** The one that was made last counts where a view shows but one. */
export function latestOf({ plain, fitted }: Results): Evaluation {
  return (fitted ?? plain) as Evaluation;
}

export function formatShare(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${(share * 100).toFixed(1)}%`;
}

/** What people read for "no route". */
export const NONE = 'none';
