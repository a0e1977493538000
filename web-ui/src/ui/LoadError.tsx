import { useLingui } from '@lingui/react/macro';
import { CloudOff } from 'lucide-react';
import { Button } from './Button';
import { EmptyState } from './EmptyState';

/** Stands where something should be that could not be loaded. */
export function LoadError({ error, retry }: { error: Error; retry: () => void }) {
  const { t } = useLingui();
  return (
    <EmptyState
      icon={<CloudOff size={26} />}
      title={t`This could not be loaded`}
      action={<Button onClick={retry}>{t`Try again`}</Button>}
    >
      <span role="alert">{error.message}</span>
    </EmptyState>
  );
}
