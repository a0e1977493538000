import { useLingui } from '@lingui/react/macro';
import { CalendarDays, Link, Search, X } from 'lucide-react';
import { type RefObject, useSyncExternalStore } from 'react';
import type { Id } from '../api/types';
import { dayName } from '../lib/time';
import { nameOf } from '../state/selectors';
import { type State, useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { IconButton } from '../ui/IconButton';
import { Select } from '../ui/Select';
import type { MessageSearch, SearchScope, SearchSort } from './search';
import {
  type Candidate,
  FILTERS,
  type Suggestion,
  suggestionsFor,
  withFilter,
  withValue,
} from './search-text';

const ERROR = 'search-error';
/** Characters that the node takes. */
const LONGEST = 200;

interface SearchBarProps {
  search: MessageSearch;
  field: RefObject<HTMLInputElement | null>;
  hasServer: boolean;
  conversationId: Id;
}

/** The field with its filters; where and in which order to search. */
export function SearchBar({ search, field, hasServer, conversationId }: SearchBarProps) {
  const { t } = useLingui();
  const { query, scope, sort, error } = useSyncExternalStore(search.subscribe, search.getSnapshot);
  const isRoom = useStore((state) => conversationId in state.rooms);
  const mistake = error?.kind === 'query' ? error.text : null;

  const write = (text: string) => {
    search.type(text);
    field.current?.focus();
  };
  const scopes: { value: SearchScope; label: string }[] = [
    { value: 'conversation', label: isRoom ? t`This room` : t`This conversation` },
    ...(hasServer ? [{ value: 'server', label: t`This server` } as const] : []),
    { value: 'everywhere', label: t`Everywhere` },
  ];
  const sorts: { value: SearchSort; label: string }[] = [
    { value: 'newest', label: t`Newest first` },
    { value: 'best', label: t`Best match first` },
  ];
  return (
    <div className="flex flex-col gap-2 border-line border-b px-3 pt-3 pb-2.5">
      <div className="relative">
        <Search size={17} aria-hidden className="-translate-y-1/2 absolute top-1/2 left-3 text-muted" />
        <input
          ref={field}
          data-search
          data-stop
          type="text"
          enterKeyHint="search"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={LONGEST}
          aria-label={t`Search messages`}
          aria-invalid={mistake !== null}
          aria-describedby={mistake === null ? undefined : ERROR}
          placeholder={t`Words, "a phrase", from:name`}
          value={query}
          onChange={(event) => search.type(event.target.value)}
          className="h-10 w-full rounded-md border border-edge bg-inset pr-10 pl-9 outline-offset-0 pointer-coarse:h-11"
        />
        {query !== '' && (
          <IconButton
            size="sm"
            label={t`Clear the search`}
            icon={<X size={16} aria-hidden />}
            className="-translate-y-1/2 absolute top-1/2 right-1"
            onClick={() => write('')}
          />
        )}
      </div>
      {mistake !== null && (
        <p id={ERROR} role="alert" className="text-danger-text text-sm">
          {mistake}
        </p>
      )}
      <Chips query={query} write={write} />
      <Suggestions query={query} write={write} />
      <div className="grid grid-cols-2 gap-2 text-sm [&_select]:pl-2.5">
        <Select
          label={t`Where to search`}
          hideLabel
          options={scopes}
          value={scope}
          onChange={(value) => search.narrow(value as SearchScope)}
        />
        <Select
          label={t`Order`}
          hideLabel
          options={sorts}
          value={sort}
          onChange={(value) => search.order(value as SearchSort)}
        />
      </div>
    </div>
  );
}

interface WritingProps {
  query: string;
  write: (text: string) => void;
}

/** Filters to begin with a press. */
function Chips({ query, write }: WritingProps) {
  const { t } = useLingui();
  const names = {
    from: t`From a person`,
    before: t`Before a day`,
    after: t`After a day`,
    has: t`With a link`,
  };
  return (
    <ul aria-label={t`Filters`} className="flex flex-wrap gap-1.5">
      {FILTERS.map((filter) => (
        <li key={filter}>
          <button
            type="button"
            title={names[filter]}
            className="min-h-7 rounded-full border border-edge bg-raised px-2.5 text-sm hover:bg-hover pointer-coarse:min-h-11 pointer-coarse:px-3.5"
            onClick={() => write(withFilter(query, filter === 'has' ? 'has:link ' : `${filter}:`))}
          >
            {filter === 'has' ? 'has:link' : `${filter}:`}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** How the filter that is being written could go on. */
function Suggestions({ query, write }: WritingProps) {
  const { t } = useLingui();
  const users = useStore((state) => state.users);
  const me = useStore((state) => state.me?.user.id ?? '');
  const suggestions = suggestionsFor(query, candidates(users), me, Date.now());
  if (suggestions.length === 0) return null;
  return (
    <ul aria-label={t`Suggestions`} className="-mx-1 flex flex-col">
      {suggestions.map((suggestion) => (
        <li key={suggestion.value}>
          <button
            type="button"
            data-stop
            className="flex min-h-9 w-full items-center gap-2.5 rounded-md px-2 text-left text-sm hover:bg-hover pointer-coarse:min-h-11"
            onClick={() => write(withValue(query, suggestion.value))}
          >
            <SuggestionIcon suggestion={suggestion} />
            <span className="min-w-0 grow truncate">
              {nameOfSuggestion(suggestion, t`Messages with a link`)}
            </span>
            <span className="shrink-0 text-muted">{suggestion.value}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function SuggestionIcon({ suggestion }: { suggestion: Suggestion }) {
  const picture = useStore((state) =>
    suggestion.kind === 'person' ? state.users[suggestion.person.id]?.picture : null,
  );
  if (suggestion.kind === 'person')
    return <Avatar name={suggestion.person.name} picture={picture} size="xs" />;
  const Icon = suggestion.kind === 'day' ? CalendarDays : Link;
  return <Icon size={16} aria-hidden className="shrink-0 text-muted" />;
}

function nameOfSuggestion(suggestion: Suggestion, link: string): string {
  if (suggestion.kind === 'person') return suggestion.person.name;
  return suggestion.kind === 'day' ? dayName(suggestion.ms) : link;
}

function candidates(users: State['users']): Candidate[] {
  return Object.values(users).map((user) => ({ id: user.id, username: user.username, name: nameOf(user) }));
}
