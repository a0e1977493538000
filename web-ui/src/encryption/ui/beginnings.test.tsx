import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { JoinedConversation } from '../../api/types';
import { startDirect } from '../../messages/api';
import { GroupPanel } from '../../messages/GroupPanel';
import { StartConversation } from '../../messages/StartConversation';
import { Writing } from '../../messages/Writing';
import { loadSync } from '../../state/load';
import { store } from '../../state/store';
import { ANN, aDirect, aRoom, aSync, aUser, DIRECT, ME, ROOM } from '../../testing/entities';
import { anEncrypted, aPerson, fakeEngine, noEngine } from '../../testing/fake-engine';
import { encryptionStore } from '../engine';
import { EncryptionError } from '../model';
import { startTalk } from '../talk';
import { ContactPage } from './ContactPage';
import { RoomEncryption } from './RoomEncryption';

vi.mock('../../messages/api', async (original) => ({ ...(await original()), startDirect: vi.fn() }));
vi.mock('../../messages/ComposerBox', () => ({ ComposerBox: () => <textarea aria-label="composer" /> }));

const show = (children: ReactNode) => render(<I18nProvider i18n={i18n}>{children}</I18nProvider>);
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }));

beforeEach(() => {
  vi.mocked(startDirect).mockReset();
  const ann = { ...aUser(ANN), display_name: 'Ann' };
  store.setState(loadSync(store.getState(), { ...aSync(), users: [ann] }));
});
afterEach(() => {
  noEngine();
  history.replaceState(null, '', '/');
});

describe('talking to somebody', () => {
  it('is encrypted where this browser can, and plain only where it can’t', async () => {
    const fake = fakeEngine({}, { startDirect: async () => 'c1', startGroup: async () => 'c2' });
    expect(await startTalk([ANN])).toBe('c1');
    expect(await startTalk([ANN, 'ben'], 'Chairs')).toBe('c2');
    expect(fake.calls).toEqual([
      ['startDirect', ANN],
      ['startGroup', [ANN, 'ben'], 'Chairs'],
    ]);
    for (const phase of ['locked', 'newer', 'failed'] as const) {
      fakeEngine({ phase });
      await expect(startTalk([ANN])).rejects.toMatchObject({ code: phase });
    }
    expect(startDirect).not.toHaveBeenCalled();
    fakeEngine({ phase: 'unsupported' });
    vi.mocked(startDirect).mockResolvedValue({ conversation: aDirect() } as JoinedConversation);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await startTalk([ANN]).catch(() => undefined);
    expect(startDirect).toHaveBeenCalledWith(ANN);
  });

  it('waits for encryption to start, for a while', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const fake = fakeEngine({ phase: 'starting' }, { startDirect: async () => 'c1' });
    const begun = startTalk([ANN]);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(fake.calls).toEqual([]);
    encryptionStore.setState({ phase: 'ready' });
    expect(await begun).toBe('c1');
    fakeEngine({ phase: 'starting' });
    const refused = expect(startTalk([ANN])).rejects.toMatchObject({ code: 'starting' });
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
    expect(startDirect).not.toHaveBeenCalled();
  });

  it('with somebody who has no keys: plain only when that is chosen', async () => {
    fakeEngine({}, { startDirect: () => Promise.reject(new EncryptionError('no_keys', '', [ANN])) });
    show(<StartConversation onClose={() => undefined} />);
    fireEvent.click(screen.getByRole('button', { name: /Ann/ }));
    press('Start conversation');
    expect((await screen.findByRole('alert')).textContent).toContain(
      "Ann can't receive encrypted messages yet",
    );
    expect(startDirect).not.toHaveBeenCalled();
    vi.mocked(startDirect).mockRejectedValue(new Error('away'));
    press('Start without encryption');
    await waitFor(() => expect(startDirect).toHaveBeenCalledWith(ANN));
  });
});

const sealedGroup = () => ({ ...aDirect(), kind: 'group', encryption: { epoch: 1 } }) as never;

it('an encrypted group is left by a link also before this browser has looked at it', async () => {
  store.setState({ conversations: { [DIRECT]: sealedGroup() } });
  const fake = fakeEngine();
  show(<GroupPanel conversationId={DIRECT} />);
  press('Leave group');
  fireEvent.click(screen.getAllByRole('button', { name: 'Leave group' }).at(-1) as HTMLElement);
  await waitFor(() => expect(fake.calls).toEqual([['leave', DIRECT]]));
});

it('people and rights of an encrypted group are what its members agreed on', async () => {
  store.setState({ conversations: { [DIRECT]: sealedGroup() } });
  const members = [
    { user_id: ME, role: 'owner' as const },
    { user_id: ANN, role: 'reader' as const },
  ];
  const conversation = anEncrypted({ kind: 'group', members, canAdd: false, canRename: true });
  const fake = fakeEngine({
    conversations: { [DIRECT]: conversation },
    people: { [ANN]: aPerson('verified') },
  });
  show(<GroupPanel conversationId={DIRECT} />);
  expect(screen.queryByRole('button', { name: 'Add people' })).toBeNull();
  expect(screen.getByText('reads only')).toBeTruthy();
  expect(screen.getByRole('img', { name: 'Verified' })).toBeTruthy();
  press('Remove Ann');
  fireEvent.click(screen.getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(fake.calls).toContainEqual(['removePerson', DIRECT, ANN]));
});

describe('a room', () => {
  it('lets people in who ask', async () => {
    const conversation = anEncrypted({ kind: 'room', canAdd: true, requests: [ANN] });
    const fake = fakeEngine({ conversations: { [ROOM]: conversation } });
    show(<RoomEncryption room={aRoom(ROOM)} />);
    expect(screen.getByText('1 person wants to read this room')).toBeTruthy();
    press('Look');
    press('Let Ann in');
    await waitFor(() => expect(fake.calls).toEqual([['letIn', ROOM, ANN]]));
  });

  it('is encrypted by those who manage it', () => {
    fakeEngine();
    show(<RoomEncryption room={aRoom(ROOM)} />);
    expect(screen.getByText('Who manages this room can turn encryption on.')).toBeTruthy();
  });
});

describe('the composer', () => {
  const composer = () => screen.queryByLabelText('composer');

  it('is there for plain conversations and for encrypted ones that are ready', () => {
    fakeEngine();
    show(<Writing conversationId={DIRECT} />);
    expect(composer()).not.toBeNull();
  });

  it('is not there for an encrypted conversation that this browser can’t open', async () => {
    store.setState({ conversations: { [DIRECT]: { ...aDirect(), encryption: { epoch: 1 } } as never } });
    fakeEngine({ phase: 'locked' });
    show(<Writing conversationId={DIRECT} />);
    expect(await screen.findByText(/can't open your encrypted messages/)).toBeTruthy();
    expect(composer()).toBeNull();
  });

  it('is not there after an alarm', async () => {
    fakeEngine({ conversations: { [DIRECT]: anEncrypted({ state: 'alarm', reason: 'bad_commit' }) } });
    show(<Writing conversationId={DIRECT} />);
    expect(await screen.findByText(/Sending is stopped here/)).toBeTruthy();
    expect(composer()).toBeNull();
  });
});

describe('a contact link', () => {
  const open = (result: 'match' | 'mismatch') => {
    history.replaceState(null, '', '/c/7KQ2M9XA4C0B1D2E#fingerprint');
    const user = { ...aUser(ANN), display_name: 'Ann' };
    const checked = { kind: 'person', user, result } as const;
    const fake = fakeEngine({}, { checkLink: async () => checked, startDirect: async () => DIRECT });
    show(<ContactPage />);
    return fake;
  };

  it('leads to the person, checked with what stands behind the #', async () => {
    const fake = open('match');
    expect(await screen.findByText(/marked as verified/)).toBeTruthy();
    expect(fake.calls[0]).toEqual(['checkLink', expect.stringMatching(/\/c\/7KQ2M9XA4C0B1D2E#fingerprint$/)]);
    press('Message');
    await waitFor(() => expect(location.pathname).toBe(`/c/${DIRECT}`));
  });

  it('is an alarm when the identity is another one; nobody can be written to from there', async () => {
    open('mismatch');
    expect((await screen.findByRole('alert')).textContent).toContain('This is not the Ann of the link');
    expect(screen.queryByRole('button', { name: 'Message' })).toBeNull();
  });
});
