// What takes days, and what takes less than a moment: a new beginning, a node that is killed.
import { PASSWORD } from '../support/account';
import { areReady, beginTalk, lock } from '../support/encrypted';
import { isIn, loseKeys } from '../support/keys';
import type { Person } from '../support/person';
import { expect, test } from '../support/test';
import { canWait, DAY_MS, pass } from '../support/time';

const composer = ({ page }: Person) => page.getByRole('textbox', { name: /^Message / });

for (const how of ['accepts that', 'compares again'] as const) {
  test(`an account that began anew is written to once its friend ${how}`, async ({
    member,
    node,
    person,
  }) => {
    const ann = await member('ann');
    const bob = await person('bob');
    const id = await beginTalk(ann, [bob]);
    await ann.send('The first of May');
    await bob.open(`/c/${id}`);
    await bob.send('The second of May');
    await ann.sees('The second of May');

    await loseKeys(ann);
    await ann.open('/settings/privacy');
    await ann.button('None of these: begin anew').click();
    await ann.field('Password').fill(PASSWORD);
    await ann.button('Ask for a new beginning').click();
    await expect(ann.page.getByText(/^Asked for\. You can begin anew from/)).toBeVisible();
    for (const { watch } of [ann, bob]) watch.isCut = true;
    await bob.page.context().setOffline(true);
    await bob.send('Said too early');
    await ann.page.clock.install({ time: Date.now() + DAY_MS + 60_000 });
    await node.sleep(DAY_MS + 60_000);
    await ann.open('/settings/privacy');
    await ann.button('None of these: begin anew').click();
    await ann.field('Password').fill(PASSWORD);
    await ann.button('Begin anew now').click();
    await isIn(ann);

    // Nothing goes out, not even what was written before, until Bob has decided.
    const links: string[] = [];
    bob.page.on('request', (request) => links.push(`${request.method()} ${request.url()}`));
    await bob.page.context().setOffline(false);
    const notice = bob.page.locator('[data-composer-notice]');
    await expect(notice).toContainText('Ann has a new security number', { timeout: 30_000 });
    await expect(composer(bob)).toHaveCount(0);
    await expect(lock(bob)).toHaveAttribute('data-lock', 'attention');
    await ann.open(`/c/${id}`);
    const before = ann.log.getByText('from before your account began anew');
    await expect(before).toHaveCount(1);
    await ann.seesNot('Said too early');
    await ann.seesNot(/of May/);

    if (how === 'accepts that') await bob.button('Accept').click();
    else {
      await bob.button('Verify again').click();
      await bob.button('The numbers are the same').click();
      await bob.page.keyboard.press('Escape');
    }
    await expect(notice).toHaveCount(0);
    await expect(lock(bob)).toHaveAttribute('data-lock', how === 'accepts that' ? 'encrypted' : 'verified');
    await bob.send('Welcome back');
    await ann.sees('Welcome back');
    await ann.send('Thank you');
    await bob.sees('The first of May', 'Welcome back', 'Thank you');
    await ann.page.reload();
    await ann.sees('Welcome back', 'Thank you');
    await expect(before).toHaveCount(1);
  });
}

test('a month away: whoever comes back reads everything that was said', async ({ member, node, person }) => {
  test.slow();
  const ann = await member('ann');
  const [bob, cem, dan] = [await person('bob'), await person('cem'), await person('dan')];
  await canWait([bob, cem, dan]);
  await areReady(bob, cem, dan);
  const direct = await beginTalk(ann, [bob]);
  await ann.send('Back in a month');
  const group = await beginTalk(ann, [bob, cem], 'Hike');
  await ann.send('Water the plants');
  await bob.open(`/c/${direct}`);
  await cem.open(`/c/${group}`);
  await ann.page.close();

  const [said, saidInGroup] = [['Back in a month'], ['Water the plants']];
  for (let week = 1; week <= 4; week += 1) {
    await pass(node, 7.6 * DAY_MS, bob, cem, dan);
    await bob.send(`direct, week ${week}`);
    said.push(`direct, week ${week}`);
    if (week === 2) {
      await cem.button('Add people').click();
      await cem.field('Find people').fill('dan');
      await cem.dialog().getByRole('button', { name: 'Dan @dan' }).first().click();
      await cem.dialog().getByRole('button', { name: 'Add', exact: true }).click();
      await expect(cem.dialog()).toHaveCount(0);
      await dan.open(`/c/${group}`);
      await dan.send('Dan was here');
      await cem.sees('Dan was here');
      saidInGroup.push('Dan was here');
    }
    if (week === 3) {
      await dan.button('Leave group').click();
      await dan.confirm('Leave group');
    }
    await cem.send(`group, week ${week}`);
    saidInGroup.push(`group, week ${week}`);
    await bob.reads(...said);
    await cem.reads(...saidInGroup);
  }

  const back = await ann.another();
  back.watch.isCut = true;
  await canWait([back], 4 * 7.6 * DAY_MS);
  await back.open(`/c/${direct}`);
  await back.reads(...said);
  await back.open(`/c/${group}`);
  await back.reads(...saidInGroup);
  await back.send('Here again');
  await cem.reads(...saidInGroup, 'Here again');
  await back.page.reload();
  await back.reads(...saidInGroup, 'Here again');
});

test('a node that is killed while keys are made loses nothing and tells nothing twice', async ({
  node,
  person,
}) => {
  const [ann, bob, cem] = [await person('ann'), await person('bob'), await person('cem')];
  await areReady(ann, bob, cem);
  const id = await beginTalk(ann, [bob, cem], 'Power cut');
  await ann.send('Before');
  await bob.open(`/c/${id}`);
  await cem.open(`/c/${id}`);
  const texts = ['Before'];
  for (const one of [bob, cem]) await one.reads(...texts);
  for (const { watch } of [ann, bob, cem]) watch.isCut = true;
  for (const round of [1, 2, 3]) {
    // New keys of the account: whoever writes next makes a new epoch.
    if (round === 1) {
      await cem.button('Leave group').click();
      await cem.confirm('Leave group');
      await expect(ann.page.getByRole('button', { name: 'Remove Cem' })).toHaveCount(0);
    }
    const path = round === 1 ? /\/e2ee\/conversations\/[^/]+\/links/ : /./;
    const seen = round === 1 ? ann.page.waitForRequest(path) : null;
    for (const line of ['one', 'two', 'three']) {
      await ann.send(`round ${round}, ${line}`);
      texts.push(`round ${round}, ${line}`);
    }
    await seen;
    await node.kill();
    await ann.send(`round ${round}, in the dark`);
    texts.push(`round ${round}, in the dark`);
    await node.restart();
    for (const one of [ann, bob]) await one.reads(...texts);
  }
  for (const one of [ann, bob]) {
    await one.page.reload();
    await one.reads(...texts);
  }
  await bob.send('After');
  await ann.reads(...texts, 'After');
});
