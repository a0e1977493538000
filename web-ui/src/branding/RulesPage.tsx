import { useLingui } from '@lingui/react/macro';
import { Link } from 'wouter';
import { AuthFrame } from '../accounts/AuthFrame';
import { paths } from '../app/paths';
import { useLoad } from '../lib/use-load';
import { Markdown } from '../messages/Markdown';
import { LoadError } from '../ui/LoadError';
import { Spinner } from '../ui/Spinner';
import { loadRules } from './api';

/** What everybody here agrees to. For everybody, signed in or not. */
export function RulesPage() {
  const { t } = useLingui();
  const rules = useLoad(loadRules);
  const back = (
    <Link href={paths.home} className="font-medium text-accent-text underline underline-offset-2">
      {t`Back`}
    </Link>
  );
  return (
    <AuthFrame title={t`Rules`} footer={back} hasWelcome={false}>
      {rules.error ? (
        <LoadError error={rules.error} retry={rules.reload} />
      ) : rules.data === undefined ? (
        <Spinner label={t`Loading…`} />
      ) : (
        <Markdown text={rules.data ?? t`There are no rules here.`} />
      )}
    </AuthFrame>
  );
}
