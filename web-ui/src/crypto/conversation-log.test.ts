// @vitest-environment node
import { beforeAll, describe, expect, test } from 'vitest';
import { Actor, create, entry, Group, outcome, START, signerOf } from '../testing/e2ee-actors';
import { named } from '../testing/e2ee-vectors';
import { agreeToRotate } from './account-log';
import type { Policy, Role } from './conversation-links';
import {
  conversationHead,
  extendConversation,
  foldConversation,
  identitiesDuring,
  memberAt,
  membershipsDuring,
  mismatchedMembers,
} from './conversation-log';
import { mayChain, removalStatement } from './conversation-rules';
import { sign } from './curves';
import { b64u, key32, utf8 } from './encoding';
import { rosterHash } from './roster';

let owner: Actor;
let admin: Actor;
let member: Actor;
let reader: Actor;
let stranger: Actor;

beforeAll(async () => {
  const names = ['owner', 'admin', 'member', 'reader', 'stranger'];
  [owner, admin, member, reader, stranger] = (await Promise.all(names.map(Actor.make))) as [
    Actor,
    Actor,
    Actor,
    Actor,
    Actor,
  ];
});

async function people(policy: Partial<Policy> = {}): Promise<Group> {
  const roles: [Actor, Role][] = [
    [owner, 'owner'],
    [admin, 'admin'],
    [member, 'member'],
    [reader, 'reader'],
  ];
  const group = await Group.make(roles, policy);
  group.learn(stranger);
  return group;
}

const add = (actor: Actor, role: Role) => ({ t: 'add', members: [entry(actor, role)] }) as const;
const remove = (actor: Actor) => ({ t: 'remove', members: [actor.account] }) as const;
const role = (actor: Actor, to: Role) => ({ t: 'role', acct: actor.account, role: to }) as const;
const policy = (change: Partial<Policy>) => ({ t: 'policy', policy: change }) as const;
type Change = Parameters<Group['attempt']>[1];
/** Lists of tests are constants; links are not. */
const loose = (change: unknown) => structuredClone(change) as Change;

describe('permissions', () => {
  test('the table holds', async () => {
    const group = await people();
    const by = (who: Actor, change: unknown) => group.attempt(who, loose(change));
    expect(await by(admin, add(stranger, 'admin'))).toBe('ok');
    expect(await by(admin, add(stranger, 'owner'))).toBe('permission');
    expect(await by(owner, add(stranger, 'owner'))).toBe('ok');
    expect(await by(member, add(stranger, 'member'))).toBe('permission');
    expect(await by(stranger, add(stranger, 'member'))).toBe('permission');
    expect(await by(owner, add(member, 'member'))).toBe('reused');
    expect(
      await by(owner, { t: 'add', members: [entry(stranger, 'member'), entry(stranger, 'member')] }),
    ).toBe('reused');
    expect(await by(owner, { t: 'add', members: [] })).toBe('empty');

    expect(await by(admin, remove(member))).toBe('ok');
    expect(await by(admin, remove(owner))).toBe('permission');
    expect(await by(member, remove(owner))).toBe('permission');
    expect(await by(member, remove(member))).toBe('ok');
    expect(await by(reader, remove(reader))).toBe('ok');
    expect(await by(owner, remove(owner))).toBe('ok');
    expect(await by(owner, remove(stranger))).toBe('missing');
    expect(await by(owner, { t: 'remove', members: [member.account, member.account] })).toBe('missing');
    expect(await by(owner, { t: 'remove', members: [] })).toBe('empty');

    expect(await by(owner, role(member, 'owner'))).toBe('ok');
    expect(await by(admin, role(member, 'admin'))).toBe('ok');
    expect(await by(admin, role(member, 'owner'))).toBe('permission');
    expect(await by(admin, role(owner, 'member'))).toBe('permission');
    expect(await by(member, role(member, 'admin'))).toBe('permission');
    expect(await by(owner, role(member, 'member'))).toBe('empty');
    expect(await by(owner, role(stranger, 'member'))).toBe('missing');

    expect(await by(admin, policy({ add: 'member' }))).toBe('permission');
    expect(await by(owner, policy({}))).toBe('empty');
    await group.accept(owner, policy({ add: 'member' }));
    expect(await by(member, add(stranger, 'member'))).toBe('ok');
    expect(await by(member, add(stranger, 'reader'))).toBe('permission');
    expect(await by(reader, add(stranger, 'member'))).toBe('permission');
    await group.accept(owner, policy({ min_suite: 2 }));
    expect(await by(owner, policy({ min_suite: 1 }))).toBe('suite');
    expect(await by(owner, await group.epoch())).toBe('suite');
  });

  test('the table holds in groups where members add people, and after a change of roles', async () => {
    const group = await people();
    await group.accept(owner, role(member, 'admin'));
    expect(await group.attempt(member, loose(add(stranger, 'admin')))).toBe('ok');
    await group.accept(owner, role(admin, 'reader'));
    expect(await group.attempt(admin, await group.epoch())).toBe('permission');
    expect(memberAt(group.log, admin.account, 1)?.role).toBe('admin');
    expect(memberAt(group.log, admin.account, 2)?.role).toBe('reader');
  });

  test('direct conversations stay between the same people', async () => {
    const direct = await Group.between(owner, member, stranger);
    const both = [entry(owner, 'owner'), entry(member, 'owner')];
    const begin = async (members: typeof both) =>
      outcome(async () =>
        foldConversation(
          direct.conversation,
          [await direct.link(owner, await create('dm', members))],
          direct.accounts,
        ),
      );
    expect(await begin([...both, entry(stranger, 'owner')])).toBe('direct');
    expect(await begin([entry(owner, 'owner'), entry(member, 'member')])).toBe('direct');
    expect(await begin([entry(owner, 'owner')])).toBe('ok');
    await direct.accept(owner, await create('dm', both));
    expect(await direct.attempt(owner, loose(add(stranger, 'owner')))).toBe('direct');
    expect(await direct.attempt(owner, loose(remove(member)))).toBe('direct');
    expect(await direct.attempt(owner, loose(role(member, 'reader')))).toBe('direct');
    expect(await direct.attempt(owner, loose(remove(owner)))).toBe('ok');
    expect(await direct.attempt(member, await direct.epoch())).toBe('ok');
  });

  test('the node may have somebody removed, for which it stands with its key', async () => {
    const group = await people();
    const instance = await signerOf('instance');
    const at = START + 20_000;
    const said = { conv: group.conversation, acct: admin.account, at };
    const state = async (about: typeof said, key = instance) => ({
      ...about,
      sig: b64u(await sign(key.key, removalStatement(about))),
    });
    const attempt = async (stmt: Awaited<ReturnType<typeof state>>, members = [admin.account]) =>
      group.attempt(reader, { t: 'remove', members, stmt });
    expect(await attempt(await state(said))).toBe('ok');
    expect(await attempt(await state(said), [owner.account])).toBe('statement');
    expect(await attempt(await state(said), [admin.account, member.account])).toBe('statement');
    expect(await attempt(await state({ ...said, conv: owner.account }))).toBe('statement');
    expect(await attempt({ ...(await state(said)), at: at + 1 })).toBe('statement');
    expect(await attempt(await state(said, owner.dsk))).toBe('statement');
    expect(await attempt(await state({ ...said, at: START }))).toBe('statement');
  });
});

describe('an epoch', () => {
  test('is for exactly the roster', async () => {
    const group = await people();
    expect(await group.attempt(reader, await group.epoch())).toBe('permission');
    expect(await group.attempt(member, await group.epoch())).toBe('ok');
    const epoch = await group.epoch();
    const with_ = (change: object) => group.attempt(owner, { ...epoch, ...change });
    expect(await with_({ n: 2 })).toBe('generation');
    expect(await with_({ n: 0 })).toBe('generation');
    expect(await with_({ suite: 2 })).toBe('newer');
    expect(await with_({ suite: 0 })).toBe('suite');
    const others = [...group.log.members.values()].filter((one) => one.role !== 'member');
    expect(await with_({ roster: await rosterHash(group.conversation, others) })).toBe('roster');
    const chain = {
      salt: b64u(new Uint8Array(32)),
      nonce: b64u(new Uint8Array(12)),
      ct: b64u(new Uint8Array(48)),
    };
    expect(await with_({ chain })).toBe('chain');

    await group.accept(owner, epoch);
    expect(group.log.stale).toBe(false);
    await group.accept(owner, loose(remove(member)));
    expect(group.log.stale).toBe(true);
    expect(await group.attempt(member, await group.epoch())).toBe('permission');
    await group.accept(admin, await group.epoch());
    expect(membershipsDuring(group.log, member.account, 1)).toHaveLength(1);
    expect(membershipsDuring(group.log, member.account, 2)).toHaveLength(0);
    expect(() => membershipsDuring(group.log, member.account, 3)).toThrow('need_log');
    expect(identitiesDuring(group.log, member.account, 1)).toEqual([member.identity]);
    expect(identitiesDuring(group.log, owner.account, 2)).toEqual([owner.identity]);
    expect(memberAt(group.log, member.account, 1)?.role).toBe('member');
    expect(memberAt(group.log, member.account, 2)).toBeUndefined();
    expect(await foldConversation(group.conversation, group.links, group.accounts)).toEqual(group.log);
  });

  test('is outlived by additions only where newcomers see what was before', async () => {
    const closed = await people();
    await closed.accept(owner, await closed.epoch());
    await closed.accept(owner, loose(add(stranger, 'member')));
    expect(closed.log.stale).toBe(true);
    expect(mayChain(closed.log)).toBe(false);
    const open = await people({ history: 'shared' });
    await open.accept(owner, await open.epoch());
    await open.accept(owner, loose(add(stranger, 'member')));
    expect(open.log.stale).toBe(false);
    expect(mayChain(open.log)).toBe(true);
    await open.accept(owner, policy({ history: 'joined' }));
    expect(mayChain(open.log)).toBe(false);
  });
});

describe('a node', () => {
  test('can add, alter, repeat or leave out nothing', async () => {
    const group = await people();
    const ghost = loose(add(stranger, 'member'));
    const node = await signerOf('node');
    const good = await group.link(owner, ghost);
    expect(await group.attemptLink(await group.link(owner, ghost, { dsk: node }))).toBe('bad_signature');
    const as = { device: stranger.device, dsk: stranger.dsk };
    expect(await group.attemptLink(await group.link(owner, ghost, as))).toBe('signer');
    const text = new TextDecoder().decode(good.body);
    expect(await group.attemptLink({ ...good, body: utf8(text.replace('"member"', '"admin"')) })).toBe(
      'bad_signature',
    );
    expect(await group.attemptLink(group.links[0] ?? good)).toBe('seq');
    expect(await group.attempt(owner, await create('group', [entry(owner, 'owner')]))).toBe('first');
    const other = await Group.make([[owner, 'owner']]);
    const elsewhere = await other.link(owner, ghost);
    expect(await group.attemptLink(elsewhere)).toBe('prev');
    const renamed = {
      ...elsewhere,
      body: utf8(new TextDecoder().decode(elsewhere.body).replace(other.conversation, owner.account)),
    };
    expect(await group.attemptLink(renamed)).toBe('place');
    expect(await outcome(() => foldConversation(group.conversation, [], group.accounts))).toBe('first');
    const [first] = group.links;
    const gap = first ? [first, first] : [];
    expect(await outcome(() => foldConversation(group.conversation, gap, group.accounts))).toBe('seq');
    expect(await outcome(() => foldConversation(group.conversation, [good], group.accounts))).toBe('seq');
    const begin = await group.link(stranger, await create('group', [entry(owner, 'owner')]));
    expect(
      await outcome(() => extendConversation(undefined, group.conversation, [begin], group.accounts)),
    ).toBe('seq');
  });

  test('cannot begin a conversation in the name of others', async () => {
    const fresh = await Group.between(owner, member, stranger);
    const begin = async (by: Actor, members: ReturnType<typeof entry>[]) =>
      outcome(async () =>
        foldConversation(
          fresh.conversation,
          [await fresh.link(by, await create('group', members))],
          fresh.accounts,
        ),
      );
    expect(await begin(owner, [entry(owner, 'owner'), entry(member, 'member')])).toBe('ok');
    expect(await begin(stranger, [entry(owner, 'owner')])).toBe('permission');
    expect(await begin(member, [entry(owner, 'owner'), entry(member, 'member')])).toBe('permission');
    const false_ = { ...entry(owner, 'owner'), aik: member.identity };
    expect(await begin(owner, [false_])).toBe('signer');
    expect(await begin(owner, [entry(owner, 'owner'), entry(owner, 'owner')])).toBe('reused');
  });

  test('is asked for logs that are missing, and caught with others', async () => {
    const group = await people();
    const ghost = loose(add(stranger, 'member'));
    const later = { ...owner.head, seq: 3 };
    expect(await group.attemptLink(await group.link(owner, ghost, { head: later }))).toBe('need_log');
    const forked = { seq: 0, hash: key32(await named('x')) };
    expect(await group.attemptLink(await group.link(owner, ghost, { head: forked }))).toBe('log_fork');
    group.known.delete(owner.account);
    expect(await group.attempt(owner, ghost)).toBe('need_log');
  });

  test('cannot have two epochs after the same link', async () => {
    const group = await people();
    const [one, two] = [
      await group.link(owner, await group.epoch()),
      await group.link(member, await group.epoch()),
    ];
    expect(await group.attemptLink(two)).toBe('ok');
    await group.append(one);
    expect(await group.attemptLink(two)).toBe('seq');
    expect(await group.attempt(member, loose(role(member, 'reader')))).toBe('permission');
    expect(conversationHead(group.log).seq).toBe(1);
  });
});

describe('identities', () => {
  test('a revoked device signs nothing more', async () => {
    const lost = await Actor.make('lost');
    const group = await Group.make([
      [lost, 'owner'],
      [member, 'member'],
    ]);
    await lost.accept(await lost.byIdentity({ t: 'device_revoke', devices: [lost.device] }));
    group.learn(lost);
    expect(await group.attempt(lost, loose(remove(member)))).toBe('signer');
  });

  test('a revoked device cannot claim not to know, once another one of the account has signed', async () => {
    const actor = await Actor.make('two devices');
    const group = await Group.make([
      [actor, 'owner'],
      [member, 'member'],
    ]);
    const before = actor.head;
    const { id, device, dsk } = await actor.otherDevice('second');
    await actor.accept(await actor.byDevice({ t: 'device_add', device }));
    await actor.accept(await actor.byIdentity({ t: 'device_revoke', devices: [actor.device] }));
    group.learn(actor);
    const old = await group.link(actor, loose(role(member, 'reader')), { head: before });
    // The node can still pass this off as older than it is,
    expect(await group.attemptLink(old)).toBe('ok');
    await group.append(await group.link(actor, await group.epoch(), { device: id, dsk }));
    // but not any more.
    const late = await group.link(actor, loose(role(member, 'reader')), { head: before });
    expect(await group.attemptLink(late)).toBe('signer');
  });

  test('after a reset only others can let one back in', async () => {
    const reset = await Actor.make('reset');
    const group = await Group.make([
      [owner, 'owner'],
      [reset, 'admin'],
      [member, 'member'],
    ]);
    group.learn(stranger);
    await group.accept(owner, await group.epoch());
    const old = reset.identity;
    await reset.reset();
    group.learn(reset);
    expect(mismatchedMembers(group.log, group.accounts)).toEqual([reset.account]);
    expect(await group.attempt(reset, loose(add(stranger, 'member')))).toBe('signer');
    const rebind = (aik_new: typeof old) =>
      ({ t: 'rebind', acct: reset.account, aik_old: old, aik_new }) as const;
    expect(await group.attempt(reset, rebind(reset.identity))).toBe('signer');
    expect(await group.attempt(member, rebind(reset.identity))).toBe('permission');
    expect(await group.attempt(owner, rebind(key32((await signerOf('node')).pub)))).toBe('identity');
    expect(await group.attempt(owner, rebind(old))).toBe('empty');
    const wrong = { ...rebind(reset.identity), aik_old: owner.identity };
    expect(await group.attempt(owner, wrong)).toBe('identity');
    expect(await group.attempt(owner, { ...wrong, acct: stranger.account })).toBe('missing');
    await group.accept(owner, rebind(reset.identity));
    expect(group.log.stale).toBe(true);
    expect(mayChain(group.log)).toBe(false);
    expect(mismatchedMembers(group.log, group.accounts)).toEqual([]);
    expect(await group.attempt(reset, await group.epoch())).toBe('ok');
    expect(identitiesDuring(group.log, reset.account, 1)).toEqual([reset.identity, old]);
  });

  test('in a direct conversation the other one lets one back in', async () => {
    const reset = await Actor.make('reset');
    const direct = await Group.between(owner, reset);
    await direct.accept(owner, await create('dm', [entry(owner, 'owner'), entry(reset, 'owner')]));
    const aik_old = reset.identity;
    await reset.reset();
    direct.learn(reset);
    const rebind = { t: 'rebind', acct: reset.account, aik_old, aik_new: reset.identity } as const;
    expect(await direct.attempt(reset, rebind)).toBe('signer');
    expect(await direct.attempt(owner, rebind)).toBe('ok');
  });

  test('anybody carries over a rotation', async () => {
    const turner = await Actor.make('turner');
    const group = await Group.make([
      [turner, 'owner'],
      [reader, 'reader'],
    ]);
    const next = await signerOf('turner-next');
    const aik_old = turner.identity;
    const pop = await agreeToRotate(turner.account, aik_old, key32(next.pub), next);
    await turner.accept(await turner.byIdentity({ t: 'rotate', aik_new: key32(next.pub), pop }));
    turner.aik = next;
    group.learn(turner);
    expect(mismatchedMembers(group.log, group.accounts)).toEqual([]);
    expect(await group.attempt(turner, await group.epoch())).toBe('ok');
    const rebind = { t: 'rebind', acct: turner.account, aik_old, aik_new: turner.identity } as const;
    expect(await group.attempt(reader, rebind)).toBe('ok');
    await group.accept(reader, rebind);
    expect(group.log.unchained).toBe(false);
  });
});

test('two hundred people come and go, and every client agrees on who is there', async () => {
  const group = await Group.make([[owner, 'owner']]);
  const crowd = await Promise.all(Array.from({ length: 200 }, (_, index) => Actor.make(`guest ${index}`)));
  for (const guest of crowd) group.learn(guest);
  await group.accept(owner, {
    t: 'add',
    members: crowd.slice(0, 100).map((guest) => entry(guest, 'member')),
  });
  await group.accept(owner, await group.epoch());
  for (const [index, guest] of crowd.entries()) {
    if (index < 100) await group.accept(guest, loose(remove(guest)));
    else await group.accept(owner, loose(add(guest, 'member')));
    if (index % 50 === 49) await group.accept(owner, await group.epoch());
  }
  expect(group.log.members.size).toBe(101);
  const late = crowd[150];
  const gone = crowd[10];
  if (!late || !gone) throw new Error('nobody');
  expect(membershipsDuring(group.log, gone.account, 1)).toHaveLength(1);
  expect(membershipsDuring(group.log, gone.account, 5)).toHaveLength(0);
  expect(membershipsDuring(group.log, late.account, 1)).toHaveLength(0);
  expect(await group.attempt(gone, await group.epoch())).toBe('permission');
  expect(await group.attempt(late, await group.epoch())).toBe('ok');
  const again = await foldConversation(group.conversation, group.links, group.accounts);
  expect(again).toEqual(group.log);
});
