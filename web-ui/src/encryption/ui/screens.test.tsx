import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSync } from '../../state/load';
import { store } from '../../state/store';
import { ANN, aDirect, aMessage, aSync, aUser, DIRECT, ME } from '../../testing/entities';
import { anEncrypted, aPerson, fakeEngine, GROUPS, noEngine } from '../../testing/fake-engine';
import { encryptionStore } from '../engine';
import { EncryptionError, type PairingState } from '../model';
import { showAlarms } from './alarms';
import { ComposerNotice } from './ComposerNotice';
import { DeviceList } from './DeviceList';
import { EncryptionShell } from './EncryptionShell';
import { LetInDialog } from './LetInDialog';
import { LockButton } from './LockButton';
import { PrivacyDialog } from './PrivacyDialog';
import { PrivacySettings } from './PrivacySettings';
import { ReportDialog } from './ReportDialog';
import { SafetyDialog } from './SafetyDialog';
import { UnreadableLine } from './UnreadableLine';
import { WordsDialog } from './WordsDialog';

vi.mock('../index/device-index', () => ({ deviceIndex: () => ({}), openIndex: () => null }));

const show = (children: ReactNode) => render(<I18nProvider i18n={i18n}>{children}</I18nProvider>);
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }));
const write = (label: string | RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

beforeEach(() => {
  const ann = { ...aUser(ANN), display_name: 'Ann' };
  store.setState(loadSync(store.getState(), { ...aSync(), users: [ann] }));
  showAlarms();
});
afterEach(noEngine);

describe('the lock', () => {
  const label = () => screen.getByRole('button').getAttribute('aria-label');

  it('says how private a conversation is', () => {
    fakeEngine();
    const { rerender } = show(<LockButton conversationId={DIRECT} />);
    expect(label()).toBe('Not end-to-end encrypted');
    const states = [
      [{ conversations: { [DIRECT]: anEncrypted() }, people: { [ANN]: aPerson() } }, 'End-to-end encrypted'],
      [{ people: { [ANN]: aPerson('verified') } }, 'End-to-end encrypted, everybody verified'],
      [{ people: { [ANN]: aPerson('changed') } }, "Look at this conversation's privacy"],
      [
        { people: {}, conversations: { [DIRECT]: anEncrypted({ state: 'alarm', reason: 'log_fork' }) } },
        "Look at this conversation's privacy",
      ],
    ] as const;
    for (const [state, expected] of states) {
      encryptionStore.setState(state);
      rerender(
        <I18nProvider i18n={i18n}>
          <LockButton conversationId={DIRECT} />
        </I18nProvider>,
      );
      expect(label()).toBe(expected);
    }
  });

  it('is closed for what the node says is encrypted, also when nothing can be opened here', () => {
    store.setState({ conversations: { [DIRECT]: { ...aDirect(), encryption: { epoch: 1 } } as never } });
    fakeEngine({ phase: 'locked' });
    show(<LockButton conversationId={DIRECT} />);
    expect(label()).toBe('End-to-end encrypted');
  });
});

describe('about the privacy', () => {
  it('tells who can read, that nobody has audited it, and what the operator of a web client can do', () => {
    fakeEngine({ conversations: { [DIRECT]: anEncrypted() }, people: { [ANN]: aPerson('verified') } });
    show(<PrivacyDialog conversationId={DIRECT} onClose={() => undefined} />);
    expect(screen.getByText('End-to-end encrypted, not yet externally audited')).toBeTruthy();
    expect(screen.getByText(/dishonest operator/)).toBeTruthy();
    expect(screen.getByText('2 people can read this')).toBeTruthy();
    expect(screen.getByRole('img', { name: 'Verified' })).toBeTruthy();
  });

  it('changes how long messages stay; only who owns the conversation may', async () => {
    const fake = fakeEngine({ conversations: { [DIRECT]: anEncrypted() } });
    show(<PrivacyDialog conversationId={DIRECT} onClose={() => undefined} />);
    write('Messages disappear', '86400');
    await waitFor(() => expect(fake.calls).toContainEqual(['setRetention', DIRECT, 86_400]));
    encryptionStore.setState({ conversations: { [DIRECT]: anEncrypted({ kind: 'group', role: 'member' }) } });
    await waitFor(() =>
      expect(screen.getByLabelText<HTMLSelectElement>('Messages disappear').disabled).toBe(true),
    );
    expect(screen.getByText('New people see only new messages.')).toBeTruthy();
  });

  it('a plain conversation is encrypted only after what that costs was read', async () => {
    const fake = fakeEngine();
    show(<PrivacyDialog conversationId={DIRECT} onClose={() => undefined} />);
    press('Turn on encryption');
    expect(fake.calls).toEqual([]);
    expect(screen.getByText(/can't be turned off again/)).toBeTruthy();
    press('Turn on for good');
    await waitFor(() => expect(fake.calls).toEqual([['encrypt', DIRECT]]));
  });
});

describe('verification', () => {
  const number = { safetyNumber: async () => ({ groups: GROUPS, link: 'snug-verify:1:a:b' }) };

  it('shows twelve groups and a code, and marks as verified', async () => {
    const fake = fakeEngine({ people: { [ANN]: aPerson() } }, number);
    show(<SafetyDialog userId={ANN} onClose={() => undefined} />);
    const list = await screen.findByRole('list', { name: 'Security number' });
    expect(
      within(list)
        .getAllByRole('listitem')
        .map((item) => item.textContent),
    ).toEqual(GROUPS);
    expect(screen.getByRole('img', { name: /camera/ })).toBeTruthy();
    press('The numbers are the same');
    await waitFor(() => expect(fake.calls).toContainEqual(['verify', ANN]));
  });

  it.each([
    ['match', /It fits/],
    ['mismatch', /It does not fit/],
  ] as const)('a pasted code: %s', async (result, text) => {
    fakeEngine({}, { ...number, checkLink: async () => ({ kind: 'person', user: aUser(ANN), result }) });
    show(<SafetyDialog userId={ANN} onClose={() => undefined} />);
    await screen.findByRole('list', { name: 'Security number' });
    write(/Code that/, 'snug-verify:1:x:y');
    press('Check');
    expect(await screen.findByText(text)).toBeTruthy();
  });

  it('somebody else’s code is told apart', async () => {
    fakeEngine(
      {},
      { ...number, checkLink: async () => ({ kind: 'person', user: aUser(ME), result: 'match' }) },
    );
    show(<SafetyDialog userId={ANN} onClose={() => undefined} />);
    await screen.findByRole('list', { name: 'Security number' });
    write(/Code that/, 'snug-verify:1:x:y');
    press('Check');
    expect(await screen.findByText(/somebody else/)).toBeTruthy();
  });
});

describe('in place of the composer', () => {
  const notice = (change: Parameters<typeof anEncrypted>[0], people = {}) => {
    const conversation = anEncrypted({ state: 'waiting', ...change });
    const fake = fakeEngine({ conversations: { [DIRECT]: conversation }, people });
    show(<ComposerNotice conversationId={DIRECT} conversation={conversation} />);
    return fake;
  };

  it('a changed person: verify again, or accept', async () => {
    const fake = notice({ reason: 'changed' }, { [ANN]: aPerson('changed') });
    expect(screen.getByRole('alert').textContent).toContain('Ann has a new security number');
    expect(screen.getByRole('button', { name: 'Verify again' })).toBeTruthy();
    press('Accept');
    await waitFor(() => expect(fake.calls).toEqual([['acknowledge', ANN]]));
  });

  it('somebody without keys, a reader, a room that one is not in', async () => {
    notice({ reason: 'no_keys', missing: [ANN] });
    expect(screen.getByText(/once Ann has signed in again/)).toBeTruthy();
    notice({ reason: 'reader' });
    expect(screen.getByText('You may read here, but not write.')).toBeTruthy();
    const fake = notice({ reason: 'not_member' });
    press('Ask to be let in');
    await waitFor(() => expect(fake.calls).toEqual([['askToJoin', DIRECT]]));
    expect(await screen.findByText(/^Asked/)).toBeTruthy();
  });

  it('what failed is said in plain words', async () => {
    fakeEngine(
      { people: { [ANN]: aPerson('changed') } },
      { acknowledge: () => Promise.reject(new EncryptionError('e2ee.conflict')) },
    );
    const conversation = anEncrypted({ state: 'waiting', reason: 'changed' });
    show(<ComposerNotice conversationId={DIRECT} conversation={conversation} />);
    press('Accept');
    expect(await screen.findByText(/at the same moment/)).toBeTruthy();
  });
});

describe('above everything', () => {
  const alarm = { id: 'a', code: 'log_fork', at: 0, evidence: { shown: 'HASH' }, user_id: ANN } as const;

  it('an alarm, until it is put aside; sending stays stopped', async () => {
    const fake = fakeEngine({ alarms: [alarm] });
    show(<EncryptionShell />);
    const dialog = await screen.findByRole('alertdialog', { name: 'The node shows two different pasts' });
    expect(within(dialog).getByText('HASH')).toBeTruthy();
    press('Close; sending stays stopped');
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(fake.calls.filter(([name]) => name === 'dismissAlarm')).toEqual([]);
  });

  it('a reset can be stopped from every device', async () => {
    const fake = fakeEngine({ reset: { readyAt: Date.now() + 1_000 } });
    show(<EncryptionShell />);
    fireEvent.click(await screen.findByRole('button', { name: 'Stop it' }));
    await waitFor(() => expect(fake.calls.map(([name]) => name)).toContain('cancelReset'));
  });

  it('a new device is named', async () => {
    const session = { device_name: 'Firefox on Linux', last_seen_at: 0, ip: null };
    const device = {
      id: 'd2',
      kind: 'web',
      name: null,
      addedAt: 0,
      session,
      isCurrent: false,
      isActive: true,
    } as const;
    fakeEngine({ newDevices: ['d2'] }, { devices: async () => [device] });
    show(<EncryptionShell />);
    expect(await screen.findByText(/Firefox on Linux. Wasn't you\?/)).toBeTruthy();
  });

  it('a browser without keys says why', async () => {
    fakeEngine({ phase: 'locked', reason: 'cleared' });
    show(<EncryptionShell />);
    expect(await screen.findByText(/This browser cleared its data/)).toBeTruthy();
  });
});

describe('settings', () => {
  it('a device is removed; the password is asked for only when it is needed', async () => {
    const device = {
      id: 'd2',
      kind: 'cli',
      name: 'Attic',
      addedAt: 0,
      session: null,
      isCurrent: false,
      isActive: true,
    } as const;
    const fake = fakeEngine(
      {},
      {
        devices: async () => [device],
        revokeDevice: async (_, password) => {
          if (!password) throw new EncryptionError('needs_password');
        },
      },
    );
    show(<DeviceList />);
    fireEvent.click(await screen.findByRole('button', { name: 'Remove Attic' }));
    press('Remove device');
    write('Password', await screen.findByLabelText('Password').then(() => 'secret'));
    press('Remove device');
    await waitFor(() => expect(fake.calls).toContainEqual(['revokeDevice', 'd2', 'secret']));
  });

  it('recovery words count only after two of them were typed right', async () => {
    const words = Array.from({ length: 12 }, (_, at) => `word${at}`);
    const fake = fakeEngine({}, { makeWords: async () => words });
    show(<WordsDialog onClose={() => undefined} />);
    press('Show the words');
    const list = await screen.findByRole('list', { name: 'Your twelve words' });
    expect(within(list).getAllByRole('listitem')).toHaveLength(12);
    press('I have written them down');
    const fields = screen.getAllByRole<HTMLInputElement>('textbox');
    expect(fields).toHaveLength(2);
    for (const field of fields) fireEvent.change(field, { target: { value: 'wrong' } });
    press('Keep these words');
    expect(await screen.findAllByText(/another word/)).toHaveLength(2);
    expect(fake.calls.some(([name]) => name === 'keepWords')).toBe(false);
    for (const field of screen.getAllByRole('textbox')) {
      const label = document.querySelector(`label[for="${field.id}"]`)?.textContent ?? '';
      fireEvent.change(field, { target: { value: words[Number(/\d+/.exec(label)?.[0]) - 1] } });
    }
    press('Keep these words');
    expect(await screen.findByText(/^Done/)).toBeTruthy();
    expect(fake.calls.some(([name]) => name === 'keepWords')).toBe(true);
  });

  it('a new device is let in by its code, not by another one', async () => {
    const answers = { checkPairing: async (_: string, code: string) => code === 'ABCD-EFGH-JKMN-PQRS' };
    const pairings = [{ id: 'p', kind: 'web' as const, createdAt: 0, expiresAt: 1 }];
    const fake = fakeEngine({ pairings }, answers);
    const close = vi.fn();
    show(<LetInDialog request="p" onClose={close} />);
    write('Code from the new device', 'AAAA-AAAA-AAAA-AAAA');
    press('Let it in');
    expect(await screen.findByText(/The code does not fit/)).toBeTruthy();
    expect(fake.calls.some(([name]) => name === 'answerPairing')).toBe(false);
    write('Code from the new device', 'ABCD-EFGH-JKMN-PQRS');
    press('Let it in');
    await waitFor(() => expect(close).toHaveBeenCalled());
    expect(fake.calls).toContainEqual(['answerPairing', 'p', 'ABCD-EFGH-JKMN-PQRS']);
  });

  it('a locked browser offers password, device, words, and a new beginning that takes a day', async () => {
    let listener: () => void = () => undefined;
    let state: PairingState = 'waiting';
    const pairing = {
      code: 'ABCD-EFGH-JKMN-PQRS',
      link: 'snug-pair:1:r:ABCDEFGHJKMNPQRS',
      expiresAt: 0,
      getState: () => state,
      subscribe: (next: () => void) => {
        listener = next;
        return () => undefined;
      },
      cancel: vi.fn(),
    };
    const identity = { devices: 1, hasPassword: true, hasWords: true };
    const wrong = () => Promise.reject(new EncryptionError('wrong_words'));
    const fake = fakeEngine(
      { phase: 'locked', reason: 'new_browser', identity },
      { beginPairing: async () => pairing, unlockWithWords: wrong },
    );
    show(<PrivacySettings />);
    write('Password', 'secret');
    press('Unlock');
    await waitFor(() => expect(fake.calls).toContainEqual(['unlockWithPassword', 'secret', undefined]));

    press('With your twelve words');
    write(/Your twelve words/, Array(12).fill('able').join(' '));
    press('Unlock');
    expect(await screen.findByText(/not the twelve words/)).toBeTruthy();

    press('With another device');
    press('Show a code');
    expect(await screen.findByText('ABCD-EFGH-JKMN-PQRS')).toBeTruthy();
    state = 'expired';
    listener();
    expect(await screen.findByText(/not used in time/)).toBeTruthy();

    press('None of these: begin anew');
    expect(pairing.cancel).toHaveBeenCalled();
    expect(screen.getByText(/It takes 24 hours/)).toBeTruthy();
    write('Password', 'secret');
    press('Ask for a new beginning');
    await waitFor(() => expect(fake.calls).toContainEqual(['askReset', 'secret']));
    encryptionStore.setState({ reset: { readyAt: Date.now() - 1 } });
    write('Password', 'secret');
    fireEvent.click(await screen.findByRole('button', { name: 'Begin anew now' }));
    await waitFor(() => expect(fake.calls).toContainEqual(['carryOutReset', 'secret']));
  });
});

it('a message that can’t be shown is one calm line', () => {
  fakeEngine();
  const line = (state: 'waiting' | 'newer' | 'invalid', code: 'bad_signature' | null = null) =>
    show(<UnreadableLine unreadable={{ state, code }} conversationId={DIRECT} />).container;
  expect(line('waiting').textContent).toContain('Waiting for this message…');
  expect(line('newer').textContent).toContain('newer Snug');
  const invalid = line('invalid', 'bad_signature');
  expect(invalid.querySelector('details')?.open).toBe(false);
  expect(invalid.querySelector('details')?.textContent).toContain('bad_signature');
});

it('a report says what it reveals, and needs a reason', async () => {
  const fake = fakeEngine();
  const message = aMessage(4, { conversation_id: DIRECT });
  const close = vi.fn();
  show(<ReportDialog message={message} onClose={close} />);
  expect(screen.getByText(/this one message/)).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Report' }).disabled).toBe(true);
  write('Why do you report it?', ' insults ');
  press('Report');
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(fake.calls).toEqual([['report', [message], 'insults']]);
});
