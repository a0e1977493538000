import { useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { messageCommands } from '../../messages/commands';
import { Kbd } from '../../ui/Kbd';
import { appCommands } from '../commands';

type Heading = 'h2' | 'h3';

/** Every key that does something: those of the commands as these say, and those of the text field. */
export function Shortcuts({ heading }: { heading: Heading }) {
  const { t, i18n } = useLingui();
  const writing: [string, ...string[]][] = [
    [t`Send`, 'Enter'],
    [t`New line`, 'Shift+Enter'],
    [t`Mention a person, a room, or find an emoji`, '@', '#', ':'],
    [t`Take the suggestion`, 'Tab'],
    [t`Edit your last message (in an empty field)`, 'ArrowUp'],
    [t`Bold`, 'Mod+B'],
    [t`Italic`, 'Mod+I'],
    [t`Code`, 'Mod+E'],
    [t`Cancel reply or edit`, 'Escape'],
  ];
  return (
    <div className="grid gap-x-10 gap-y-6 sm:grid-cols-2">
      <Group heading={heading} title={t`Anywhere`}>
        {appCommands.map(
          ({ id, name, shortcut }) =>
            shortcut && <Line key={id} name={i18n._(name)} combinations={[shortcut]} />,
        )}
      </Group>
      <div className="flex flex-col gap-6">
        <Group heading={heading} title={t`While writing`}>
          {writing.map(([name, ...combinations]) => (
            <Line key={name} name={name} combinations={combinations} />
          ))}
        </Group>
        <Group heading={heading} title={t`On a message`}>
          <Line name={t`Message above or below`} combinations={['ArrowUp', 'ArrowDown']} />
          {messageCommands.map(({ id, name, shortcut }) => (
            <Line key={id} name={i18n._(name)} combinations={[shortcut]} />
          ))}
        </Group>
      </div>
    </div>
  );
}

function Group(props: { heading: Heading; title: string; children: ReactNode }) {
  const { heading: Heading, title, children } = props;
  return (
    <section>
      <Heading className="mb-1 font-semibold text-faint text-xs">{title}</Heading>
      <dl>{children}</dl>
    </section>
  );
}

function Line({ name, combinations }: { name: string; combinations: string[] }) {
  return (
    <div className="flex min-h-8 items-center justify-between gap-4 text-sm">
      <dt>{name}</dt>
      <dd className="flex shrink-0 gap-2">
        {combinations.map((keys) => (
          <Kbd key={keys} keys={keys} />
        ))}
      </dd>
    </div>
  );
}
