import { Trans, useLingui } from '@lingui/react/macro';
import { SlidersHorizontal, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useLoad } from '../lib/use-load';
import { Badge } from '../ui/Badge';
import { EmptyState } from '../ui/EmptyState';
import { LoadError } from '../ui/LoadError';
import { Skeleton } from '../ui/Skeleton';
import { Switch } from '../ui/Switch';
import { TextField } from '../ui/TextField';
import { loadConfiguration, matching, type Setting, type SettingSection } from './configuration';

/** Every setting of the node: its value, where that comes from, and when a change takes effect. */
export function ConfigurationAdmin() {
  const { t } = useLingui();
  const configuration = useLoad(loadConfiguration);
  const [filter, setFilter] = useState({ q: '', isChanged: false });
  if (!configuration.data) {
    return configuration.error ? (
      <LoadError error={configuration.error} retry={configuration.reload} />
    ) : (
      <Skeleton className="h-64 w-full" />
    );
  }
  const { file, problem, sections } = configuration.data;
  const shown = matching(sections, filter);
  return (
    <div className="flex flex-col gap-5">
      <p className="text-muted text-sm">
        {file ? (
          <Trans>
            Read from <code className="break-all">{file}</code>; the environment and flags go over it.
          </Trans>
        ) : (
          <Trans>
            No file was read: these are defaults, the environment and flags. <code>snug config example</code>{' '}
            prints a file to begin with.
          </Trans>
        )}{' '}
        <Trans>
          A change takes effect at the next start. What is marked “at once” can be changed in the
          administration, too.
        </Trans>
      </p>
      {problem && (
        <p className="flex items-start gap-2 rounded-lg bg-warn-soft px-3 py-2.5 text-sm text-warn-text">
          <TriangleAlert size={18} aria-hidden className="mt-0.5 shrink-0" />
          <span className="min-w-0 break-words">{t`The next start would fail: ${problem}`}</span>
        </p>
      )}
      <TextField
        label={t`Find a setting`}
        type="search"
        value={filter.q}
        onChange={(event) => setFilter({ ...filter, q: event.target.value })}
        autoComplete="off"
      />
      <Switch
        label={t`Only what is not at its default`}
        checked={filter.isChanged}
        onChange={(isChanged) => setFilter({ ...filter, isChanged })}
      />
      {shown.length === 0 && (
        <EmptyState icon={<SlidersHorizontal size={26} />} title={t`Nothing here matches.`} />
      )}
      {shown.map((section) => (
        <SectionList key={section.name} section={section} />
      ))}
    </div>
  );
}

function SectionList({ section: { name, meaning, settings } }: { section: SettingSection }) {
  const id = `section-${name}`;
  return (
    <section aria-labelledby={id} className="flex flex-col gap-2">
      <h2 id={id} className="font-mono font-semibold text-sm">
        [{name}]
      </h2>
      <p className="text-muted text-sm">{meaning}</p>
      <ul className="flex flex-col divide-y divide-line rounded-lg border border-line">
        {settings.map((setting) => (
          <SettingLine key={setting.path} setting={setting} />
        ))}
      </ul>
    </section>
  );
}

function SettingLine({ setting }: { setting: Setting }) {
  const { t } = useLingui();
  const { path, meaning, value, origin, place, configured, effect, pending } = setting;
  const origins = {
    default: t`default`,
    file: t`file`,
    environment: t`environment`,
    flag: t`flag`,
    credential: t`credential`,
    administration: t`administration`,
  };
  return (
    <li className="flex flex-col gap-1 px-3 py-2.5">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <code className="min-w-0 break-words font-medium text-sm">{path.slice(path.indexOf('.') + 1)}</code>
        <code className="min-w-0 break-all text-sm">
          {value ?? <span className="font-sans text-faint">{t`not set`}</span>}
        </code>
        <span className="grow" />
        <Badge tone={origin === 'default' ? 'neutral' : 'soft'}>{origins[origin]}</Badge>
        {effect === 'at_once' && <Badge tone="good">{t`at once`}</Badge>}
      </div>
      {pending !== null && (
        <p className="text-sm text-warn-text">
          {t`From the next start on:`} <code className="break-all">{pending}</code>
        </p>
      )}
      {configured !== null && (
        <p className="text-muted text-xs">
          {t`Configured, but not used:`} <code className="break-all">{configured}</code>
        </p>
      )}
      {place && <p className="break-all text-muted text-xs">{place}</p>}
      <p className="break-words text-muted text-xs">{meaning}</p>
    </li>
  );
}
