import { PASSWORD } from '../support/account';
import { frontOf } from '../support/next-build';
import { Person } from '../support/person';
import { makeServer } from '../support/places';
import { expect, test } from '../support/test';
import { isKept } from '../support/trusting';
import { Watch } from '../support/watch';

test('a new version waits until it is wanted, and nothing typed is lost', async ({
  browser,
  node,
  person,
}) => {
  const owner = await person('ann');
  const home = await makeServer('Harbour', owner);
  const front = await frontOf(node);
  const context = await browser.newContext({ baseURL: front.origin, locale: 'en-GB' });
  const ann = new Person(await context.newPage(), node, new Watch(context, front.origin));
  const build = () => ann.page.locator('meta[name="build"]').count();
  await ann.open('/sign-in');
  await ann.signIn('ann', PASSWORD);
  await isKept(ann);
  await ann.open(home.path);
  await ann.send('as before');
  await ann.composer.fill('half a sentence');
  expect(await build()).toBe(0);

  front.exchange();
  const line = ann.page.getByText('There is a new version of Snug.');
  await expect(line).toHaveCount(0);
  await ann.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await expect(line).toBeVisible({ timeout: 30_000 });
  await ann.page.screenshot({ path: '../artifacts/screens/new-version.png', animations: 'disabled' });
  const second = await ann.another();
  await second.open(home.path);
  await second.sees('as before');
  expect(await build()).toBe(0);

  await ann.button('Reload for the new version').click();
  await expect.poll(build, { timeout: 20_000 }).toBe(1);
  await expect(ann.composer).toHaveValue('half a sentence');
  await expect(line).toHaveCount(0);
  // The other tab goes on with what it has, and says so.
  await expect(second.page.getByText('There is a new version of Snug.')).toBeVisible();
  await second.chooseOwn('Settings');
  await expect(second.field('Username')).toBeVisible();
  expect(ann.watch.problems).toEqual([]);
  await context.close();
  front.stop();
});
