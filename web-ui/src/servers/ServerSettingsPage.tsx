import { useLingui } from '@lingui/react/macro';
import { Hash, Info, KeyRound, Link2, Shield, TriangleAlert, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { Redirect, useParams } from 'wouter';
import type { Id } from '../api/types';
import { paths } from '../app/paths';
import { useStore } from '../state/store';
import { SettingsFrame } from '../ui/SettingsFrame';
import { CodeSettings } from './CodeSettings';
import { DangerSettings } from './DangerSettings';
import { InvitesSettings } from './InvitesSettings';
import { MembersSettings } from './MembersSettings';
import { useIsOwner, useMay } from './may';
import { OverviewSettings } from './OverviewSettings';
import { RolesSettings } from './RolesSettings';
import { RoomsSettings } from './RoomsSettings';

type Section = 'overview' | 'code' | 'invites' | 'members' | 'roles' | 'rooms' | 'danger';

const pages: Record<Section, (props: { serverId: Id }) => ReactNode> = {
  overview: OverviewSettings,
  code: CodeSettings,
  invites: InvitesSettings,
  members: MembersSettings,
  roles: RolesSettings,
  rooms: RoomsSettings,
  danger: DangerSettings,
};

/** What a server is and who may what; everybody sees as much as they may. */
export function ServerSettingsPage() {
  const { server = '', section } = useParams<{ server: string; section: string }>();
  const isKnown = useStore((state) => server in state.servers);
  return isKnown ? <Sections serverId={server} wanted={section} /> : <Redirect to={paths.home} replace />;
}

function Sections({ serverId, wanted }: { serverId: Id; wanted: string | undefined }) {
  const { t } = useLingui();
  const name = useStore((state) => state.servers[serverId]?.name ?? '');
  const hasCode = useStore((state) => state.servers[serverId]?.access_code != null);
  const mayManage = useMay(serverId, 'manage_server');
  const mayInvite = useMay(serverId, 'create_invites');
  const mayManageRooms = useMay(serverId, 'manage_rooms');
  const isOwner = useIsOwner(serverId);

  const all: [Section, string, ReactNode, boolean][] = [
    ['overview', t`Overview`, <Info key="i" size={17} aria-hidden />, true],
    ['code', t`Access code`, <KeyRound key="i" size={17} aria-hidden />, hasCode || mayManage],
    ['invites', t`Invites`, <Link2 key="i" size={17} aria-hidden />, mayInvite],
    ['members', t`Members`, <Users key="i" size={17} aria-hidden />, true],
    ['roles', t`Roles`, <Shield key="i" size={17} aria-hidden />, true],
    ['rooms', t`Rooms`, <Hash key="i" size={17} aria-hidden />, mayManageRooms],
    ['danger', t`Danger zone`, <TriangleAlert key="i" size={17} aria-hidden />, isOwner],
  ];
  const seen = all.filter(([, , , may]) => may);
  const current = seen.find(([id]) => id === wanted)?.[0] ?? 'overview';
  const Page = pages[current];
  return (
    <SettingsFrame
      title={name}
      back={paths.server(serverId)}
      current={current}
      sections={seen.map(([id, label, icon]) => ({
        id,
        label,
        icon,
        href: paths.serverSettings(serverId, id),
      }))}
    >
      <Page serverId={serverId} />
    </SettingsFrame>
  );
}
