import type { Locator } from '@playwright/test';
import { PASSWORD } from '../support/account';
import { makeRoom, makeServer } from '../support/places';
import { expect, test } from '../support/test';

const MOST_STEPS = 25;

test('everything by keyboard', async ({ person, stranger }) => {
  const bob = await person('bob');
  await person('ann');
  const home = await makeServer('Harbour', bob);
  await makeRoom(bob, home, { name: 'boats' });
  await makeRoom(bob, home, { name: 'crew' });

  const ann = await stranger();
  const { keyboard } = ann.page;
  const tabTo = async (wanted: Locator, key = 'Tab') => {
    for (let step = 0; step < MOST_STEPS; step += 1) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
      await keyboard.press(key);
    }
    await expect(wanted).toBeFocused();
  };

  await ann.open();
  await tabTo(ann.field('Username or e-mail'));
  await keyboard.type('ann');
  await tabTo(ann.field('Password'));
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await expect(ann.page.getByText('Welcome to Snug')).toBeVisible();

  // Join a server.
  await tabTo(ann.button('Create or join a server').first());
  await keyboard.press('Enter');
  await tabTo(ann.field('Access code or invite link'));
  await keyboard.type(home.accessCode);
  await keyboard.press('Enter');
  await expect(ann.header).toHaveText('general');
  await expect(ann.composer).toBeFocused();

  // Write, edit by the arrow, give up an edit.
  await keyboard.type('a first word');
  await keyboard.press('Shift+Enter');
  await keyboard.type('and a second line');
  await keyboard.press('Enter');
  await ann.sees('a first word');
  await expect(ann.log.getByRole('article', { name: /being sent/ })).toHaveCount(0);
  await keyboard.press('ArrowUp');
  await expect(ann.composer).toHaveAccessibleName('Edit message');
  await keyboard.press('End');
  await keyboard.type(', changed');
  await keyboard.press('Enter');
  await ann.sees('and a second line, changed');
  await keyboard.press('ArrowUp');
  await expect(ann.composer).toHaveValue(/changed$/);
  await keyboard.press('Escape');
  await expect(ann.composer).toHaveValue('');
  await expect(ann.composer).toHaveAccessibleName('Message #general');

  // Go elsewhere.
  await keyboard.press('Control+k');
  await expect(ann.page.getByRole('combobox', { name: 'Room, person or command' })).toBeFocused();
  await keyboard.type('boa');
  await keyboard.press('Enter');
  await expect(ann.header).toHaveText('boats');
  await expect(ann.dialog()).toHaveCount(0);
  await expect(ann.composer).toBeFocused();
  await keyboard.press('Alt+ArrowDown');
  await expect(ann.header).toHaveText('crew');
  await keyboard.press('Alt+ArrowUp');
  await keyboard.press('Alt+ArrowUp');
  await expect(ann.header).toHaveText('general');
  await expect(ann.composer).toBeFocused();

  // A dialog gives the focus back.
  await keyboard.press('Control+k');
  await expect(ann.dialog()).toBeVisible();
  await keyboard.press('Escape');
  await expect(ann.dialog()).toHaveCount(0);
  await expect(ann.composer).toBeFocused();

  // From the composer into the messages: arrows, reply, react, delete.
  const message = ann.message('a first word');
  await tabTo(message, 'Shift+Tab');
  await keyboard.press('?');
  await expect(ann.dialog('Keyboard shortcuts')).toBeVisible();
  await expect(ann.dialog('Keyboard shortcuts').getByText('Go to…')).toBeVisible();
  await keyboard.press('Escape');
  await expect(message).toBeFocused();
  await keyboard.press('r');
  await expect(ann.page.getByText('Replying to Ann')).toBeVisible();
  await expect(ann.composer).toBeFocused();
  await keyboard.press('Escape');
  await expect(ann.page.getByText('Replying to Ann')).toHaveCount(0);
  await tabTo(message, 'Shift+Tab');
  await keyboard.press('+');
  await expect(ann.field('Search emoji')).toBeFocused();
  await keyboard.type('sauropod');
  // Enter takes the first cell; only one emoji has this name
  await expect(ann.dialog('Add reaction').getByRole('gridcell').first()).toHaveAccessibleName(/sauropod/i);
  await keyboard.press('Enter');
  await expect(message.getByRole('button', { name: '🦕, 1 reactions: Ann' })).toBeVisible();
  await tabTo(message, 'Shift+Tab');
  await keyboard.press('Delete');
  await expect(ann.dialog('Delete this message?')).toBeVisible();
  await tabTo(ann.dialog().getByRole('button', { name: 'Delete message' }));
  await keyboard.press('Enter');
  await ann.sees('Message deleted');

  // Menus.
  await tabTo(ann.button('Harbour'), 'Shift+Tab');
  await keyboard.press('Enter');
  await expect(ann.page.getByRole('menuitem', { name: 'Invite people' })).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(ann.page.getByRole('menuitem', { name: 'Your nickname here' })).toBeFocused();
  await keyboard.press('Escape');
  await expect(ann.button('Harbour')).toBeFocused();
  await keyboard.press('Control+,');
  await expect(ann.header).toHaveText('Profile');
});
