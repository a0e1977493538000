// A community in the middle of its day: for pictures of the product, and for checks that need every part of a screen.
import type { Person } from './person';
import { portrait } from './picture';
import { type Home, makeConversation, makeRoom, makeServer } from './places';
import { write } from './write';

export interface Lively {
  home: Home;
  direct: string;
  group: string;
}

/** Five people with portraits, rooms in categories, messages of every kind. The first one owns the server. */
export async function makeLively(people: [Person, Person, Person, Person, Person]): Promise<Lively> {
  const [ann, bob, cem, dina, eli] = people;
  for (const [index, person] of people.entries()) {
    await person.page.request.put('/api/v1/users/me/picture', {
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'image/png' },
      data: portrait(index * 7 + 1),
    });
  }
  await bob.api('PATCH', '/users/me', { status_text: 'Mending nets', bio: 'Lives by the water.' });
  await dina.api('PATCH', '/users/me', { status_text: 'In the boathouse until four' });

  const home = await makeServer('Harbour', ann, bob, cem, dina, eli);
  await makeServer('Book circle', bob, ann);
  await ann.api('PATCH', `/rooms/${home.roomId}`, { topic: 'Everything that does not fit elsewhere' });
  const category = async (name: string) =>
    (await ann.api<{ id: string }>('POST', `/servers/${home.serverId}/categories`, { name })).id;
  const water = await category('On the water');
  const house = await category('In the house');
  const sailing = await makeRoom(ann, home, {
    name: 'sailing',
    topic: 'Wind, tides, crews',
    category_id: water,
  });
  await makeRoom(ann, home, { name: 'repairs', category_id: water });
  await makeRoom(ann, home, { name: 'kitchen', category_id: house });
  await makeRoom(ann, home, { name: 'keys', category_id: house, is_private: true });

  const { roomId } = home;
  await write(dina, roomId, 'Good morning! The jetty lights are back on, thanks to whoever fixed the fuse.');
  const asked = await write(
    bob,
    roomId,
    'Who can take the **tide readings** this weekend? I wrote a small script for it:',
  );
  await write(
    bob,
    roomId,
    [
      '```python',
      'def level(reading):',
      '    """Metres above chart datum."""',
      '    return round(reading.raw * 0.01 - OFFSET, 2)',
      '```',
    ].join('\n'),
  );
  const answer = await write(
    cem,
    roomId,
    'I can on Saturday. Does it run on the old laptop in the boathouse?',
    asked,
  );
  await write(
    eli,
    roomId,
    [
      'It does, I tried it. What you need:',
      '',
      '- the key from the kitchen',
      '- a charged battery',
      '- warm gloves 🧤',
    ].join('\n'),
  );
  await write(
    ann,
    roomId,
    `<@${cem.id}> the key hangs beside the window. Plans for Sunday are in <#${sailing}>.`,
  );
  const soup = await write(dina, roomId, 'And there is fish soup for everybody at six 🍲');
  for (const [person, message, emoji] of [
    [ann, asked, '👍'],
    [dina, asked, '👍'],
    [eli, asked, '👀'],
    [bob, answer, '🎉'],
    [ann, soup, '❤️'],
    [bob, soup, '❤️'],
    [cem, soup, '❤️'],
    [eli, soup, '😂'],
  ] as const) {
    await person.api('POST', `/messages/${message.id}/react`, { emoji });
  }
  await write(eli, sailing, `Leaving at nine, <@${ann.id}>?`);

  const direct = await makeConversation(bob, [ann]);
  await write(bob, direct, 'Did the new rope arrive?');
  await write(ann, direct, 'Yes, it is in the shed. *Twelve metres*, the blue one.');
  await write(bob, direct, 'Perfect, thank you!');
  const group = await makeConversation(dina, [ann, bob, cem], 'Summer party');
  await write(dina, group, 'Shall we make it the last Saturday of June?');
  return { home, direct, group };
}
