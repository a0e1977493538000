import { useLingui } from '@lingui/react/macro';
import { MessageCircle, ShieldMinus, ShieldPlus, UserX } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { errorText } from '../api/errors';
import type { Id, Member } from '../api/types';
import { paths } from '../app/paths';
import { startDirect } from '../messages/api';
import { omit, remember } from '../state/load';
import { store, useStore } from '../state/store';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import type { MenuEntry } from '../ui/menu-entries';
import { toasts } from '../ui/toasts';
import { kickMember, setMemberRoles } from './api';
import { useMay } from './may';

export function memberName({ nickname, user }: Member): string {
  return nickname || user.display_name || user.username;
}

/** What can be done with a member, as menu entries, and the question that some of it asks. */
export function useMemberActions(serverId: Id) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [kicking, setKicking] = useState<Member | null>(null);
  const me = useStore((state) => state.me?.user.id);
  const ownerId = useStore((state) => state.servers[serverId]?.owner_id);
  const roles = useStore((state) => state.roles);
  const mayManageRoles = useMay(serverId, 'manage_roles');
  const mayKick = useMay(serverId, 'kick_members');
  const admin = Object.values(roles).find((role) => role.server_id === serverId && role.kind === 'admin');

  async function message(member: Member) {
    try {
      const joined = await startDirect(member.user.id);
      remember.joined(joined);
      navigate(paths.conversation(joined.conversation.id));
    } catch (error) {
      toasts.error(errorText(error));
    }
  }

  async function changeRoles(member: Member, role_ids: Id[]) {
    try {
      remember.members(serverId, [await setMemberRoles(serverId, member.user.id, role_ids)]);
    } catch (error) {
      toasts.error(errorText(error));
    }
  }

  async function kick(member: Member) {
    await kickMember(serverId, member.user.id);
    store.setState((state) => ({
      members: { ...state.members, [serverId]: omit(state.members[serverId] ?? {}, member.user.id) },
    }));
  }

  function entriesFor(member: Member): MenuEntry[] {
    const { id } = member.user;
    if (id === me) return [];
    const entries: MenuEntry[] = [
      { label: t`Message`, icon: <MessageCircle size={17} aria-hidden />, run: () => void message(member) },
    ];
    if (id === ownerId) return entries;
    if (mayManageRoles && admin) {
      const isAdmin = member.role_ids.includes(admin.id);
      entries.push(
        isAdmin
          ? {
              label: t`Take the admin role away`,
              icon: <ShieldMinus size={17} aria-hidden />,
              run: () =>
                void changeRoles(
                  member,
                  member.role_ids.filter((role) => role !== admin.id),
                ),
            }
          : {
              label: t`Make admin`,
              icon: <ShieldPlus size={17} aria-hidden />,
              run: () => void changeRoles(member, [...member.role_ids, admin.id]),
            },
      );
    }
    if (mayKick) {
      entries.push('separator', {
        label: t`Kick from the server`,
        icon: <UserX size={17} aria-hidden />,
        danger: true,
        run: () => setKicking(member),
      });
    }
    return entries;
  }

  const name = kicking ? memberName(kicking) : '';
  const question = (
    <ConfirmDialog
      open={kicking !== null}
      onOpenChange={() => setKicking(null)}
      title={t`Kick ${name}?`}
      description={t`They leave the server at once. With the code or an invite they could come back.`}
      confirmLabel={t`Kick`}
      danger
      onConfirm={() => (kicking ? kick(kicking) : undefined)}
    />
  );
  return { entriesFor, question };
}
