import { useLingui } from '@lingui/react/macro';
import type { Id } from '../api/types';
import { useStore } from '../state/store';
import { Badge } from '../ui/Badge';
import { permissionName } from './permission-names';

/** What the roles of the server allow. */
export function RolesSettings({ serverId }: { serverId: Id }) {
  const { t } = useLingui();
  const roles = useStore((state) => state.roles);
  const own = Object.values(roles)
    .filter((role) => role.server_id === serverId)
    .sort((a, b) => b.permissions.length - a.permissions.length || a.position - b.position);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">{t`Everybody has the permissions of all of their roles.`}</p>
      <ul className="flex flex-col gap-4">
        {own.map((role) => (
          <li key={role.id} className="rounded-lg border border-line p-4">
            <h2 className="font-semibold" style={role.color ? { color: role.color } : undefined}>
              {role.name}
            </h2>
            <ul aria-label={t`Permissions of ${role.name}`} className="mt-2 flex flex-wrap gap-1.5">
              {role.permissions.map((permission) => (
                <li key={permission}>
                  <Badge>{permissionName(permission)}</Badge>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  );
}
