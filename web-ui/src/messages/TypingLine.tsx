import { Trans } from '@lingui/react/macro';
import { nameIn } from '../state/selectors';
import { useStore } from '../state/store';
import { useUsers } from '../state/users';
import { usePlace } from './place';

const NAMED = 3;

/** Who is typing. Always takes its line, so that nothing moves when somebody begins. */
export function TypingLine() {
  const { conversationId, serverId } = usePlace();
  const ids = useStore((state) => {
    const me = state.me?.user.id;
    const typing = Object.keys(state.typing[conversationId] ?? {});
    return typing.filter((id) => id !== me).join();
  });
  const list = ids === '' ? [] : ids.split(',');
  useUsers(list);
  const names = useStore((state) =>
    list
      .slice(0, NAMED)
      .map((id) => nameIn(state, id, serverId))
      .join(', '),
  );
  return (
    <div role="status" className="flex h-6 shrink-0 items-center gap-2 px-5 text-muted text-xs">
      {list.length > 0 && (
        <>
          <span aria-hidden className="inline-flex gap-0.5">
            {['', '[animation-delay:160ms]', '[animation-delay:320ms]'].map((delay) => (
              <span key={delay} className={`size-1.5 animate-pulse rounded-full bg-accent ${delay}`} />
            ))}
          </span>
          <span className="truncate">
            {list.length === 1 && <Trans>{names} is typing</Trans>}
            {list.length > 1 && list.length <= NAMED && <Trans>{names} are typing</Trans>}
            {list.length > NAMED && <Trans>Several people are typing</Trans>}
          </span>
        </>
      )}
    </div>
  );
}
