import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Id } from '../api/types';
import { fuzzyFilter } from '../lib/fuzzy';
import { composerOf } from '../messages/composers';
import { conversationName, orderedConversations, orderedRooms } from '../state/selectors';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { TextField } from '../ui/TextField';
import { paths } from './paths';

interface Goal {
  id: Id;
  name: string;
  detail: string;
  path: string;
}

const SHOWN = 40;

/** What another app shared: choose where it goes. It comes into the composer there; nothing is sent by itself. */
export function SharePage() {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [text] = useState(() => new URLSearchParams(location.hash.slice(1)).get('text') ?? '');
  const [query, setQuery] = useState('');
  const state = useStore((one) => one);
  const goals: Goal[] = [
    ...orderedConversations(state).map((conversation) => ({
      id: conversation.id,
      name: conversationName(state, conversation),
      detail: '',
      path: paths.conversation(conversation.id),
    })),
    ...Object.values(state.servers).flatMap((server) =>
      orderedRooms(state, server.id).map((room) => ({
        id: room.id,
        name: `#${room.name}`,
        detail: server.name,
        path: paths.room(server.id, room.id),
      })),
    ),
  ];
  const found = fuzzyFilter(goals, query.trim(), ({ name, detail }) => `${name} ${detail}`).slice(0, SHOWN);
  const choose = ({ id, path }: Goal) => {
    const composer = composerOf(id);
    const { text: typed } = composer.getSnapshot().typed;
    composer.type({ text: typed, start: typed.length, end: typed.length });
    composer.insert(typed === '' || typed.endsWith('\n') ? text : `\n${text}`);
    navigate(path, { replace: true });
  };
  return (
    <main className="mx-auto flex min-h-full max-w-lg flex-col gap-4 p-4">
      <h1 className="font-semibold text-2xl">{t`Share to…`}</h1>
      {text === '' ? (
        <p className="text-muted">
          <Trans>There is nothing here that could be shared.</Trans>
        </p>
      ) : (
        <>
          <p className="line-clamp-4 whitespace-pre-wrap break-words rounded-lg bg-side p-3">{text}</p>
          <TextField
            label={t`Find a conversation`}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
          <ul aria-label={t`Conversations`} className="flex flex-col">
            {found.map((goal) => (
              <li key={goal.id}>
                <button
                  type="button"
                  onClick={() => choose(goal)}
                  className="flex min-h-11 w-full items-center gap-3 rounded-md px-2.5 text-left hover:bg-hover"
                >
                  <span className="truncate font-medium">{goal.name}</span>
                  <span className="ml-auto shrink-0 truncate pl-2 text-muted text-sm">{goal.detail}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <Button onClick={() => navigate(paths.home, { replace: true })}>{t`Cancel`}</Button>
    </main>
  );
}
