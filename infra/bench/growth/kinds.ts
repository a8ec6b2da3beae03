import type { Asked } from '../load/job.ts';
import { bodyOf } from '../secrets.ts';
import { perSecret, secretIdOf } from '../synthetic/vault-log.ts';

const root = '/vault/v1/versioned-secrets';
const secretPath = (id: string): string => `${root}/${encodeURIComponent(id)}`;

/** Where a request goes: how many events there are, and which of what is there is meant, as a share of all. */
export interface Place {
  readonly events: number;
  readonly share: number;
  /** Of this request, among all of its kind. */
  readonly turn: number;
}

const someSecret = ({ events, share }: Place): string => secretIdOf(Math.floor((share * events) / perSecret));

/** One request of each kind. Commands go by turns to secrets that are new and to those that have five versions. */
export const kinds = {
  command: (place) => ({
    method: 'POST',
    path: root,
    body: bodyOf(place.turn % 2 === 0 ? `growth/${place.turn}` : someSecret(place)),
  }),
  query: (place) => ({ method: 'GET', path: secretPath(someSecret(place)) }),
  history: (place) => ({ method: 'GET', path: `${secretPath(someSecret(place))}/history` }),
  trail: (place) => ({ method: 'GET', path: `${secretPath(someSecret(place))}/audit` }),
  list: () => ({ method: 'GET', path: `${root}?limit=10` }),
  proof: ({ events, share }) => ({
    method: 'GET',
    path: `/audit/v1/proofs/inclusion?index=${Math.floor(share * events)}`,
  }),
} as const satisfies Readonly<Record<string, (place: Place) => Asked>>;

export type Kind = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as readonly Kind[];
