import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { Bell, CheckCheck, LockKeyhole } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { errorText } from '../api/errors';
import type { Notice } from '../api/types';
import { paths } from '../app/paths';
import { edge } from '../state/edge';
import { live } from '../state/live';
import { remember } from '../state/load';
import { mentionsOf, placeName } from '../state/selectors';
import { store, useStore } from '../state/store';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { EmptyState } from '../ui/EmptyState';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { loadNotices, readNotices } from './api';
import { NoticeRow } from './NoticeRow';
import { PushHint } from './PushHint';
import { counted } from './unseen';

interface List {
  notices: Notice[];
  next: string | null;
}

/** What concerned the user: mentions, replies, reactions, groups. */
export function NoticesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [list, setList] = useState<List | null>(null);
  const [error, setError] = useState<string | null>(null);
  const unseen = useStore((state) => state.unseen);

  async function load(before?: string) {
    try {
      const { answer: page } = await counted(() => loadNotices(before));
      remember.users(page.users);
      setError(null);
      setList((known) => ({
        notices: before === undefined || !known ? page.notices : [...known.notices, ...page.notices],
        next: page.next,
      }));
    } catch (failure) {
      setError(errorText(failure));
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: loaded when it opens, and when the node says that it changed
  useEffect(() => {
    void load();
    return live.listen({
      event: ({ ev }) => {
        if (ev === 'notification.created' || ev === 'notifications.read') void load();
      },
    });
  }, []);

  async function read(what: { upto?: string; ids?: string[] }) {
    try {
      await counted(() => readNotices(what));
    } catch (failure) {
      toasts.error(errorText(failure));
    }
  }

  function open(notice: Notice) {
    if (!notice.is_read) void read({ ids: [notice.id] });
    const { conversation_id: id, seq } = notice;
    const serverId = store.getState().rooms[id]?.server_id;
    if (serverId) navigate(seq === null ? paths.room(serverId, id) : paths.roomMessage(serverId, id, seq));
    else navigate(seq === null ? paths.conversation(id) : paths.conversationMessage(id, seq));
    onClose();
  }

  function go(path: string) {
    navigate(path);
    onClose();
  }

  const newest = list?.notices[0];
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title={t`Activity`} shape="side">
      <PushHint />
      <div className="min-h-0 grow overflow-y-auto overscroll-contain p-1.5">
        <EncryptedMentions open={go} />
        {error && !list && (
          <EmptyState title={error} action={<Button onClick={() => void load()}>{t`Try again`}</Button>} />
        )}
        {!list && !error && <Skeleton className="m-2 h-24" />}
        {list?.notices.length === 0 && (
          <EmptyState icon={<Bell size={26} />} title={t`Nothing yet`}>
            {t`Mentions of you, replies and reactions to your messages, and groups that you are added to stand here.`}
          </EmptyState>
        )}
        {list && list.notices.length > 0 && (
          <ul aria-label={t`Activity`}>
            {list.notices.map((notice) => (
              <li key={notice.id}>
                <NoticeRow notice={notice} open={() => open(notice)} />
              </li>
            ))}
          </ul>
        )}
        {list?.next && (
          <Button
            variant="ghost"
            size="sm"
            className="m-2"
            onClick={() => void load(list.next ?? undefined)}
          >{t`Older`}</Button>
        )}
      </div>
      {newest && (
        <div className="border-line border-t p-2">
          <Button
            size="sm"
            className="w-full"
            disabled={unseen === 0}
            icon={<CheckCheck size={16} aria-hidden />}
            onClick={() => void read({ upto: newest.id }).then(() => load())}
          >{t`Mark all as read`}</Button>
        </div>
      )}
    </Dialog>
  );
}

/** The node does not know of these: this device has read them in the messages, and knows them as long as they are unread. */
function EncryptedMentions({ open }: { open: (path: string) => void }) {
  const { t } = useLingui();
  const readStates = useStore((state) => state.readStates);
  const waiting = Object.values(readStates).filter(
    (one) => mentionsOf(one) > 0 && edge.isEncrypted(one.conversation_id),
  );
  if (waiting.length === 0) return null;
  return (
    <ul aria-label={t`In encrypted conversations`}>
      {waiting.map((one) => {
        const id = one.conversation_id;
        const [seq = 0] = one.mention_seqs.filter((mention) => mention > one.read_seq);
        const serverId = store.getState().rooms[id]?.server_id;
        const path = serverId ? paths.roomMessage(serverId, id, seq) : paths.conversationMessage(id, seq);
        return (
          <li key={id}>
            <button
              type="button"
              onClick={() => open(path)}
              className="flex min-h-11 w-full items-center gap-2.5 rounded-md px-2 py-2 text-left text-sm hover:bg-hover"
            >
              <LockKeyhole size={18} aria-hidden className="mx-1 shrink-0 text-muted" />
              <span className="min-w-0 grow truncate">{placeName(store.getState(), id)}</span>
              <Badge tone="danger" label={plural(mentionsOf(one), { one: '# mention', other: '# mentions' })}>
                {mentionsOf(one)}
              </Badge>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
