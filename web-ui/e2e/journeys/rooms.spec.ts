import { makeServer } from '../support/places';
import { expect, SMALL_PHONE, test } from '../support/test';

test('rooms: made, private, renamed, in order, deleted, seen at once by the others', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.open(home.path);
  await bob.open(home.path);

  await ann.chooseFrom(ann.button('Harbour'), 'New room');
  await ann.field('Name').fill('boats');
  await ann.field('Topic (optional)').fill('Everything that floats');
  await ann.button('Create room').click();
  await expect(ann.header).toHaveText('boats');
  await bob.enter('boats');
  await expect(bob.page.getByText('Everything that floats').first()).toBeVisible();

  await ann.chooseFrom(ann.button('Harbour'), 'New category');
  await ann.field('Name').fill('Projects');
  await ann.button('Create category').click();
  await expect(bob.button('Projects')).toBeVisible();

  await ann.button('Add a room to Projects').click();
  await ann.field('Name').fill('jetty');
  await ann.page.getByRole('switch', { name: 'Private' }).check();
  await ann.button('Create room').click();
  await expect(ann.header).toHaveText('jetty');
  const secret = new URL(ann.page.url()).pathname;
  await ann.send('not for everybody');
  // The next change reaches Bob after this one would have.
  await ann.chooseFrom(ann.button('Harbour'), 'Server settings');
  await ann.page.getByRole('link', { name: 'Rooms' }).click();
  await ann.button('Edit boats').click();
  await ann.field('Name').fill('sailing');
  await ann.dialog().getByRole('button', { name: 'Save' }).click();
  await expect(bob.header).toHaveText('sailing');
  await expect(bob.rooms.getByRole('link')).toHaveText([/^general/, /^sailing/]);
  await bob.open(secret);
  await expect(bob.page.getByText('There is no such room')).toBeVisible();

  await ann.button('Edit jetty').click();
  await ann.page.getByRole('tab', { name: 'Members' }).click();
  await ann.field('Add members of the server').fill('bo');
  await ann.button('Add Bob').click();
  await bob.enter('jetty');
  await bob.sees('not for everybody');
  await ann.button('Remove Bob').click();
  await expect(bob.page.getByText('There is no such room')).toBeVisible();
  await expect(bob.rooms.getByRole('link', { name: 'jetty' })).toHaveCount(0);
  await ann.page.keyboard.press('Escape');

  await ann.button('Move sailing up').click();
  await expect(bob.rooms.getByRole('link')).toHaveText([/^sailing/, /^general/]);
  await ann.button('Move general down').click();
  await expect(bob.rooms.getByRole('link')).toHaveText([/^sailing/, /^general/]);

  await bob.enter('sailing');
  await ann.button('Edit sailing').click();
  await ann.button('Delete room').click();
  await expect(ann.dialog('Delete sailing?').getByRole('button', { name: 'Delete room' })).toBeDisabled();
  await ann.field('Type “sailing” to confirm').fill('sailing');
  await ann.dialog('Delete sailing?').getByRole('button', { name: 'Delete room' }).click();
  await expect(bob.page.getByText('There is no such room')).toBeVisible();
  await expect(bob.rooms.getByRole('link')).toHaveText([/^general/]);

  await ann.button('Edit Projects').click();
  await ann.dialog().getByRole('button', { name: 'Delete' }).click();
  await ann.dialog('Delete the category Projects?').getByRole('button', { name: 'Delete' }).click();
  await expect(bob.button('Projects')).toHaveCount(0);
});

test('members: invite links, admins, kicking, leaving, the end of a server', async ({ person, stranger }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.open(home.path);
  await bob.open(home.path);

  await ann.chooseFrom(ann.button('Harbour'), 'Invite people');
  await ann.button('Create invite link').click();
  const link = await ann.field('Invite link').inputValue();
  await ann.page.keyboard.press('Escape');

  // Somebody without an account comes in by the link.
  const cem = await stranger();
  cem.username = 'cem';
  await cem.open(link);
  await expect(cem.page.getByText('Harbour', { exact: true })).toBeVisible();
  await cem.button('Create an account').click();
  await cem.field('Username').fill('cem');
  await cem.field('Password').fill('eleven swans at the pier');
  await cem.button('Create account').click();
  await cem.button('Join server').click();
  await expect(cem.header).toHaveText('general');
  await cem.send('Hello from the link');
  await ann.sees('Hello from the link');
  await expect(ann.page.getByRole('complementary', { name: 'Members' }).getByText('cem')).toBeVisible();

  await bob.button('Harbour').click();
  await expect(bob.page.getByRole('menuitem', { name: 'New room' })).toHaveCount(0);
  await bob.page.keyboard.press('Escape');
  await ann.chooseFrom(ann.button('Harbour'), 'Server settings');
  await ann.page.getByRole('link', { name: 'Members' }).click();
  await ann.chooseFrom(ann.button('What to do with Bob'), 'Make admin');
  await bob.chooseFrom(bob.button('Harbour'), 'New room');
  await bob.field('Name').fill('by-bob');
  await bob.button('Create room').click();
  await expect(cem.rooms.getByRole('link', { name: 'by-bob' })).toBeVisible();
  await ann.chooseFrom(ann.button('What to do with Bob'), 'Take the admin role away');
  await expect(bob.button('Add a room')).toHaveCount(0);

  await ann.chooseFrom(ann.button('What to do with cem'), 'Kick from the server');
  await ann.confirm('Kick');
  await expect(cem.rail.getByRole('link', { name: 'Harbour' })).toHaveCount(0);
  await expect(ann.button('What to do with cem')).toHaveCount(0);

  await bob.chooseFrom(bob.button('Harbour'), 'Leave server');
  await bob.confirm('Leave server');
  await expect(bob.rail.getByRole('link', { name: 'Harbour' })).toHaveCount(0);

  await ann.page.getByRole('link', { name: 'Access code' }).click();
  await ann.button('New code').click();
  await ann.confirm('New code');
  await expect(ann.page.getByRole('status', { name: 'Access code' })).not.toHaveText(home.accessCode);
  await bob.button('Create or join a server').first().click();
  await bob.field('Access code or invite link').fill(home.accessCode);
  await bob.button('Join server').click();
  await expect(bob.dialog().getByRole('alert').first()).toBeVisible();
  await bob
    .field('Access code or invite link')
    .fill((await ann.page.getByRole('status', { name: 'Access code' }).textContent()) ?? '');
  await bob.button('Join server').click();
  await expect(bob.header).toHaveText('by-bob');

  await ann.page.getByRole('link', { name: 'Danger zone' }).click();
  await ann.button('Delete Harbour').click();
  await ann.field('Type “Harbour” to confirm').fill('Harbour');
  await ann.confirm('Delete server');
  await expect(ann.page.getByText('Welcome to Snug')).toBeVisible();
  await expect(bob.rail.getByRole('link', { name: 'Harbour' })).toHaveCount(0);
});

test('a room and a nickname from a small phone', async ({ person }) => {
  const ann = await person('ann', SMALL_PHONE);
  const home = await makeServer('Harbour', ann);
  await ann.open(`/s/${home.serverId}`);
  await ann.button('Add a room').click();
  await ann.field('Name').fill('boats');
  await ann.button('Create room').click();
  await expect(ann.header).toHaveText('boats');
  await ann.send('from the bus');
  await ann.sees('from the bus');
  await ann.button('Back').click();
  await ann.chooseFrom(ann.button('Harbour'), 'Your nickname here');
  await ann.field('Nickname').fill('Captain');
  await ann.dialog().getByRole('button', { name: 'Save' }).click();
  await ann.enter('boats');
  await expect(ann.message('from the bus')).toHaveAccessibleName(/^Captain/);
  await ann.button('Members').click();
  await expect(ann.dialog('Members').getByText('Captain')).toBeVisible();
});
