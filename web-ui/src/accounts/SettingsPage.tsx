import { useLingui } from '@lingui/react/macro';
import {
  Bell,
  Keyboard,
  KeyRound,
  MonitorSmartphone,
  Palette,
  ScrollText,
  ShieldCheck,
  UserRound,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useParams } from 'wouter';
import { paths } from '../app/paths';
import { useBranding } from '../branding/use-branding';
import { PrivacySettings } from '../encryption/ui/PrivacySettings';
import { NotificationsSettings } from '../notifications/NotificationsSettings';
import { SettingsFrame } from '../ui/SettingsFrame';
import { AccountSettings } from './AccountSettings';
import { AppearanceSettings } from './AppearanceSettings';
import { ProfileSettings } from './ProfileSettings';
import { SessionsSettings } from './SessionsSettings';

interface SettingsPageProps {
  /** The list of keys: only the app knows all that have some. */
  shortcuts: ReactNode;
}

type Section = 'profile' | 'account' | 'notifications' | 'privacy' | 'sessions' | 'appearance' | 'shortcuts';

const pages: Record<Exclude<Section, 'shortcuts'>, () => ReactNode> = {
  profile: ProfileSettings,
  account: AccountSettings,
  notifications: NotificationsSettings,
  privacy: PrivacySettings,
  sessions: SessionsSettings,
  appearance: AppearanceSettings,
};

/** The settings of the own account and of this device. */
export function SettingsPage({ shortcuts }: SettingsPageProps) {
  const { t } = useLingui();
  const hasRules = useBranding().data?.has_rules === true;
  const params = useParams<{ section?: string }>();
  const wanted = params.section ?? '';
  const current: Section = wanted === 'shortcuts' || wanted in pages ? (wanted as Section) : 'profile';
  const Page = current === 'shortcuts' ? null : pages[current];
  const section = (id: Section, label: string, icon: ReactNode) => ({
    id,
    label,
    icon,
    href: paths.settings(id),
  });
  return (
    <SettingsFrame
      title={t`Settings`}
      back={paths.home}
      current={current}
      sections={[
        section('profile', t`Profile`, <UserRound size={17} aria-hidden />),
        section('account', t`Account`, <KeyRound size={17} aria-hidden />),
        section('notifications', t`Notifications`, <Bell size={17} aria-hidden />),
        section('privacy', t`Privacy & devices`, <ShieldCheck size={17} aria-hidden />),
        section('sessions', t`Sign-ins`, <MonitorSmartphone size={17} aria-hidden />),
        section('appearance', t`Appearance`, <Palette size={17} aria-hidden />),
        section('shortcuts', t`Keyboard`, <Keyboard size={17} aria-hidden />),
        ...(hasRules
          ? [{ id: 'rules', label: t`Rules`, icon: <ScrollText size={17} aria-hidden />, href: paths.rules }]
          : []),
      ]}
    >
      {Page ? <Page /> : shortcuts}
    </SettingsFrame>
  );
}
