// An engine that does nothing but remember what it was asked, for tests of screens.
import { encryptionStore, serve } from '../encryption/engine';
import {
  type EncryptedConversation,
  type EncryptionActions,
  type EncryptionState,
  emptyEncryption,
  type Person,
} from '../encryption/model';
import { ANN, ME } from './entities';

export interface FakeEngine {
  /** What was asked for, with its arguments. */
  calls: [name: string, ...input: unknown[]][];
}

/** Puts a state in place, and an engine that answers with `answers` or nothing. */
export function fakeEngine(
  state: Partial<EncryptionState> = {},
  answers: Partial<EncryptionActions> = {},
): FakeEngine {
  const fake: FakeEngine = { calls: [] };
  encryptionStore.setState({ ...emptyEncryption, phase: 'ready', ...state }, true);
  serve(
    new Proxy({} as EncryptionActions, {
      get:
        (_, name: keyof EncryptionActions) =>
        (...input: unknown[]) => {
          fake.calls.push([name, ...input]);
          const answer = answers[name] as ((...input: unknown[]) => unknown) | undefined;
          return answer ? answer(...input) : Promise.resolve();
        },
    }),
  );
  return fake;
}

/** Nobody serves any more. */
export function noEngine(): void {
  serve(null);
  encryptionStore.setState(emptyEncryption, true);
}

export function anEncrypted(change: Partial<EncryptedConversation> = {}): EncryptedConversation {
  return {
    kind: 'dm',
    name: null,
    topic: null,
    members: [
      { user_id: ME, role: 'owner' },
      { user_id: ANN, role: 'owner' },
    ],
    role: 'owner',
    canAdd: false,
    canRename: false,
    retain_s: 0,
    history: 'joined',
    state: 'ready',
    reason: null,
    mismatched: [],
    missing: [],
    encryptedAfter: 0,
    requests: [],
    ...change,
  };
}

export function aPerson(state: Person['state'] = 'known'): Person {
  return { fingerprint: 'fingerprint', state, wasVerified: false, since: 0 };
}

export const GROUPS = [
  ...['04127', '99310', '55021', '78843', '12009', '66172'],
  ...['30451', '88216', '40993', '21567', '73308', '95142'],
];
