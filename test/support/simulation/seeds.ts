/** Seeds that have found something once, and what it was. They are run every time. */
export const keptSeeds: readonly { readonly seed: number; readonly why: string }[] = [
  { seed: 2, why: 'a node that could not probe its disk after a failed sync went on, and wrote over what was kept' },
];
