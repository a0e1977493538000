import { makeServer } from '../support/places';
import { expect, test } from '../support/test';
import { write } from '../support/write';

const CODE = 'const answer: number = 42; // <b>why</b>';

test('code is coloured without a jump, readable in both themes, and copied as it is', async ({ person }) => {
  const ann = await person('ann');
  const home = await makeServer('Harbour', ann);
  await ann.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await write(ann, home.roomId, `\`\`\`ts\n${CODE}\n\`\`\``);
  await write(ann, home.roomId, '```\nnothing in particular\n```');

  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await ann.page.route(/highlight-[^/]*\.js/, async (route) => {
    await held;
    await route.continue();
  });
  await ann.open(home.path);
  const block = ann.log.locator('pre').first();
  await expect(block).toHaveText(CODE);
  await expect(block.locator('span')).toHaveCount(0);
  const before = await block.boundingBox();
  release();
  await expect(block.locator('.code-keyword').first()).toHaveText('const');
  expect(await block.boundingBox()).toEqual(before);
  await expect(block).toHaveText(CODE);
  await expect(ann.log.locator('pre').last().locator('span')).toHaveCount(0);

  const colours = new Set<string>();
  for (const theme of ['light', 'dark'] as const) {
    await ann.wears(theme);
    for (const kind of ['keyword', 'comment', 'number']) {
      const word = block.locator(`.code-${kind}`).first();
      colours.add(await word.evaluate((element) => getComputedStyle(element).color));
    }
  }
  expect(colours.size).toBe(6);

  await block.hover();
  await ann.button('Copy code').first().click();
  await expect(ann.button('Copied').first()).toBeVisible();
  expect(await ann.page.evaluate(() => navigator.clipboard.readText())).toBe(CODE);
});

test('what the switcher opens gives the focus back to the composer', async ({ person }) => {
  const ann = await person('ann');
  const home = await makeServer('Harbour', ann);
  await ann.open(home.path);
  await ann.composer.click();
  for (const [command, dialog] of [
    ['Keyboard shortcuts', 'Keyboard shortcuts'],
    ['Jump to date', 'Jump to date'],
    ['New conversation', 'New conversation'],
    ['Keyboard shortcuts', 'Keyboard shortcuts'],
  ] as const) {
    await ann.page.keyboard.press('Control+K');
    await ann.page.getByRole('combobox', { name: 'Room, person or command' }).fill(`>${command}`);
    await ann.page.keyboard.press('Enter');
    await expect(ann.dialog(dialog)).toBeVisible();
    await ann.page.keyboard.press('Escape');
    await expect(ann.dialog()).toHaveCount(0);
    await expect(ann.composer).toBeFocused();
  }
});

test('the empty home of a phone keeps within the screen', async ({ person }) => {
  const ann = await person('ann');
  await ann.open('/c');
  for (const width of [320, 390]) {
    await ann.page.setViewportSize({ width, height: 720 });
    for (const part of [ann.page.getByRole('button', { name: /^Go to…/ }), ann.button('Start one')]) {
      const box = await part.boundingBox();
      expect((box?.x ?? 0) + (box?.width ?? width)).toBeLessThanOrEqual(width);
    }
  }
});
