import { useLingui } from '@lingui/react/macro';
import { Kbd } from '../ui/Kbd';
import { Section } from '../ui/Section';

/** Every key that does something. */
export function ShortcutsSettings() {
  const { t } = useLingui();
  const groups: { title: string; keys: [string[], string][] }[] = [
    {
      title: t`Moving about`,
      keys: [
        [['Mod+K'], t`Go to a room, person or command`],
        [['Alt+ArrowUp', 'Alt+ArrowDown'], t`Room above or below`],
        [['Alt+Shift+ArrowUp', 'Alt+Shift+ArrowDown'], t`Unread room above or below`],
        [['Escape'], t`Close, cancel the reply, mark as read`],
        [['Mod+/'], t`This list`],
      ],
    },
    {
      title: t`Writing`,
      keys: [
        [['Enter'], t`Send`],
        [['Shift+Enter'], t`New line`],
        [['ArrowUp'], t`Edit your last message (in an empty box)`],
        [['@', '#', ':'], t`Mention a person, a room, or find an emoji`],
        [['Tab'], t`Take the suggestion`],
      ],
    },
    {
      title: t`On a message`,
      keys: [
        [['ArrowUp', 'ArrowDown'], t`Message above or below`],
        [['R'], t`Reply`],
        [['E'], t`Edit`],
        [['+'], t`React`],
      ],
    },
  ];
  return groups.map(({ title, keys }) => (
    <Section key={title} title={title}>
      <dl className="flex flex-col gap-2.5">
        {keys.map(([combinations, does]) => (
          <div key={does} className="flex items-center justify-between gap-4 text-sm">
            <dt>{does}</dt>
            <dd className="flex shrink-0 flex-wrap justify-end gap-2">
              {combinations.map((combination) => (
                <Kbd key={combination} keys={combination} />
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  ));
}
