import { Trans, useLingui } from '@lingui/react/macro';
import { useLoad } from '../../lib/use-load';
import { LoadError } from '../../ui/LoadError';
import { Section } from '../../ui/Section';
import { Skeleton } from '../../ui/Skeleton';
import { type AdminBranding, loadAdminBranding } from './api';
import { ColoursForm } from './ColoursForm';
import { CssForm } from './CssForm';
import { EmojiAdmin } from './EmojiAdmin';
import { NameAndIcon } from './NameAndIcon';
import { TextForm } from './TextForm';

/** What every part of the page gets. */
export interface PartProps {
  branding: AdminBranding;
  set: (branding: AdminBranding) => void;
}

/** How the instance looks: from the folder, and what is chosen here over it. */
export function BrandingAdmin() {
  const { t } = useLingui();
  const loaded = useLoad(loadAdminBranding);
  if (!loaded.data) {
    return loaded.error ? (
      <LoadError error={loaded.error} retry={loaded.reload} />
    ) : (
      <Skeleton className="h-64 w-full" />
    );
  }
  const part: PartProps = { branding: loaded.data, set: loaded.set };
  return (
    <>
      <Folder branding={loaded.data} />
      <NameAndIcon {...part} />
      <ColoursForm key={`${loaded.data.accent.value} ${loaded.data.accent_dark.value}`} {...part} />
      <TextForm
        {...part}
        key={`welcome ${loaded.data.welcome.value}`}
        field="welcome"
        most={2_000}
        title={t`Welcome`}
        description={t`Shown where people sign in and register. Markdown.`}
      />
      <TextForm
        {...part}
        key={`rules ${loaded.data.rules.value}`}
        field="rules"
        most={20_000}
        title={t`Rules`}
        description={t`A page for everybody. Who registers is asked to agree to them. Markdown.`}
      />
      <EmojiAdmin {...part} />
      <CssForm key={`css ${loaded.data.css.value}`} {...part} />
    </>
  );
}

function Folder({ branding: { folder, problems } }: { branding: AdminBranding }) {
  const { t } = useLingui();
  return (
    <Section
      title={t`The folder`}
      description={
        <Trans>
          What is not chosen here comes from <code className="break-all">{folder}</code>, which is read again
          whenever it changes.
        </Trans>
      }
    >
      {problems.length > 0 && (
        <ul
          aria-label={t`Left out`}
          className="flex flex-col gap-2 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn-text"
        >
          {problems.map(({ file, problem }) => (
            <li key={`${file} ${problem}`} className="min-w-0 break-words">
              <b>{file}</b>: {problem}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
