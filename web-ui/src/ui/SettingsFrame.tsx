import { useLingui } from '@lingui/react/macro';
import { ArrowLeft } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { cx } from './cx';
import { Select } from './Select';

export interface SettingsSection {
  id: string;
  label: string;
  href: string;
  icon?: ReactNode;
  /** Sections of the same group stand together under its name. */
  group?: string;
  /** Something to notice there. */
  badge?: ReactNode;
}

interface SettingsFrameProps {
  title: string;
  /** Where the way back leads. */
  back: string;
  sections: SettingsSection[];
  current: string;
  children: ReactNode;
}

/** Pages of settings: sections on the left (on a phone a row on top, or a list if they are in groups), the chosen one beside them. */
export function SettingsFrame({ title, back, sections, current, children }: SettingsFrameProps) {
  const { t } = useLingui();
  const section = sections.find(({ id }) => id === current);
  const isGrouped = sections.some(({ group }) => group);
  return (
    <div className="flex h-full min-h-0 w-full grow flex-col bg-canvas md:flex-row">
      <nav
        aria-label={title}
        className="shrink-0 border-line border-b bg-side md:w-60 md:overflow-y-auto md:border-r md:border-b-0"
      >
        <div className="flex items-center gap-1 px-2 py-2 md:px-3 md:pt-4">
          <Link
            href={back}
            aria-label={t`Back`}
            className="inline-flex size-9 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink pointer-coarse:size-11"
          >
            <ArrowLeft size={18} aria-hidden />
          </Link>
          <p className="min-w-0 truncate font-semibold">{title}</p>
        </div>
        {isGrouped && <GroupedChoice title={title} sections={sections} current={current} />}
        <div
          className={cx(
            'gap-1 overflow-x-auto px-2 pb-2 md:flex md:flex-col md:px-3',
            isGrouped ? 'hidden' : 'flex',
          )}
        >
          {sections.map(({ id, label, href, icon, group, badge }, n) => (
            <Fragment key={id}>
              {group && group !== sections[n - 1]?.group && (
                <p className="px-3 pt-3 pb-1 font-semibold text-faint text-xs">{group}</p>
              )}
              <Link
                href={href}
                ref={id === current ? showIt : undefined}
                aria-current={id === current ? 'page' : undefined}
                className={cx(
                  'flex min-h-9 shrink-0 items-center gap-2.5 whitespace-nowrap rounded-md px-3 text-sm pointer-coarse:min-h-11',
                  id === current
                    ? 'bg-pressed font-medium text-ink'
                    : 'text-muted hover:bg-hover hover:text-ink',
                )}
              >
                {icon}
                {label}
                {badge && <span className="ml-auto">{badge}</span>}
              </Link>
            </Fragment>
          ))}
        </div>
      </nav>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by the keyboard, also where there is nothing to press */}
      <main tabIndex={0} className="min-h-0 min-w-0 grow overflow-y-auto -outline-offset-2">
        <div className="mx-auto flex max-w-2xl flex-col gap-6 px-4 py-6 md:px-8 md:py-8">
          <h1 className="font-semibold text-2xl tracking-tight">{section?.label ?? title}</h1>
          {children}
        </div>
      </main>
    </div>
  );
}

/** On a phone: the platform's own list, with the groups in it. */
function GroupedChoice({
  title,
  sections,
  current,
}: Pick<SettingsFrameProps, 'title' | 'sections' | 'current'>) {
  const [, navigate] = useLocation();
  const groups = [...new Set(sections.map(({ group }) => group ?? ''))];
  return (
    <div className="px-3 pb-3 md:hidden">
      <Select
        label={title}
        hideLabel
        value={current}
        options={[]}
        groups={groups.map((group) => ({
          label: group,
          options: sections
            .filter((section) => (section.group ?? '') === group)
            .map(({ id, label, badge }) => ({ value: id, label: badge ? `${label} •` : label })),
        }))}
        onChange={(id) => {
          const chosen = sections.find((section) => section.id === id);
          if (chosen) navigate(chosen.href);
        }}
      />
    </div>
  );
}

/** On a phone the sections are a row that may be longer than the screen. */
function showIt(link: HTMLAnchorElement | null) {
  link?.scrollIntoView({ inline: 'center', block: 'nearest' });
}
