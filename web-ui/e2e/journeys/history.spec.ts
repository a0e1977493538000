import type { Locator } from '@playwright/test';
import type { Person } from '../support/person';
import { makeServer } from '../support/places';
import { expect, PHONE, test } from '../support/test';
import { write, writeLines } from '../support/write';

const MOST_PX = 2;

/** Waits until nothing has moved for some frames, and tells where the message is then. */
async function placeOf(message: Locator): Promise<number> {
  return message.evaluate(
    (element) =>
      new Promise<number>((done) => {
        let last = Number.NaN;
        let still = 0;
        const look = () => {
          const { top } = element.getBoundingClientRect();
          still = top === last ? still + 1 : 0;
          last = top;
          if (still >= 5) done(top);
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

/** The message that is in the middle of the window. */
async function inTheMiddle(person: Person): Promise<Locator> {
  const seq = await person.log.evaluate((log) => {
    const box = log.parentElement?.getBoundingClientRect();
    const middle = box ? box.top + box.height / 2 : 0;
    const rows = [...log.querySelectorAll('[data-seq]')];
    return rows.find((row) => row.getBoundingClientRect().bottom > middle)?.getAttribute('data-seq');
  });
  return person.log.locator(`[data-seq="${seq}"]`);
}

/** Scrolls up until the next page of older messages is asked for. */
async function scrollUpUntilAsked(person: Person, asked: () => boolean): Promise<void> {
  await expect
    .poll(
      async () => {
        await person.page.mouse.wheel(0, -400);
        return asked();
      },
      { intervals: [50] },
    )
    .toBe(true);
}

for (const [size, options] of [
  ['desktop', {}],
  ['phone', PHONE],
] as const) {
  test(`a long history keeps its place (${size})`, async ({ person }) => {
    const ann = await person('ann', options);
    const bob = await person('bob');
    const home = await makeServer('Harbour', ann, bob);
    await writeLines(bob, home.roomId, 300);
    await ann.api('POST', `/conversations/${home.roomId}/read`, { seq: 300 });
    await ann.open(home.path);
    await ann.sees('line 300');
    await expect(ann.message('line 300')).toBeInViewport();
    const box = await ann.log.locator('..').boundingBox();
    if (!box) throw new Error('no message list');
    await ann.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);

    // Older pages are held back until the place has been measured.
    let release = () => {};
    let isAsked = false;
    const hold = () => {
      isAsked = false;
      return new Promise<void>((go) => {
        release = go;
      });
    };
    let gate = hold();
    await ann.page.route(/\/messages\?.*before=/, async (route) => {
      isAsked = true;
      await gate;
      await route.continue();
    });

    for (let page = 1; page <= 3; page += 1) {
      await scrollUpUntilAsked(ann, () => isAsked);
      const anchor = await inTheMiddle(ann);
      const before = await placeOf(anchor);
      const count = await ann.log.getByRole('article').count();
      const open = release;
      gate = hold();
      open();
      await expect.poll(() => ann.log.getByRole('article').count()).toBeGreaterThan(count);
      expect(Math.abs((await placeOf(anchor)) - before)).toBeLessThanOrEqual(MOST_PX);
    }
    release();
    await ann.page.unroute(/\/messages\?.*before=/);

    // Something new below moves nothing, and is announced.
    const anchor = await inTheMiddle(ann);
    const before = await placeOf(anchor);
    await write(bob, home.roomId, 'something new');
    const jump = ann.button('1 new message');
    await expect(jump).toBeVisible();
    expect(Math.abs((await placeOf(anchor)) - before)).toBeLessThanOrEqual(MOST_PX);
    await jump.click();
    await expect(ann.message('something new')).toBeInViewport();
    await expect(jump).toHaveCount(0);

    // By date to the first message, and back to the present.
    if (size === 'phone') await ann.chooseFrom(ann.button('More'), 'Jump to date');
    else await ann.button('Jump to date').click();
    await ann.dialog('Jump to date').getByRole('button', { name: 'Jump', exact: true }).click();
    await expect(ann.message(/line 1$/)).toBeInViewport();
    await expect(ann.page.getByText('This is the beginning of #general')).toBeVisible();
    await ann.button('Newest').click();
    await expect(ann.message('something new')).toBeInViewport();
    await write(bob, home.roomId, 'and one more');
    await expect(ann.message('and one more')).toBeInViewport();
  });
}

test('a link to a message, and the line where one left off', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.open(home.path);
  await bob.open('/c');
  await writeLines(ann, home.roomId, 120);
  await ann.sees('line 120');

  // What is new begins with a line, which one is led to.
  await bob.rail.getByRole('link', { name: 'Harbour, unread' }).click();
  await expect(bob.log.getByText('New messages')).toBeInViewport();
  await expect(bob.message(/line 1$/)).toBeInViewport();
  await bob
    .button('Newest')
    .or(bob.button(/new messages?$/, { exact: false }))
    .last()
    .click();
  await expect(bob.message('line 120')).toBeInViewport();
  await expect(bob.rail.getByRole('link', { name: 'Harbour', exact: true })).toBeVisible();

  await bob.choose('line 120', 'Copy link');
  const link = await bob.page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/120$/);
  await ann.open(link.replace(/120$/, '20'));
  await expect(ann.message(/line 20$/)).toBeInViewport();
});
