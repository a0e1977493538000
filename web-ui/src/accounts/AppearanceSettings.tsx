import { useLingui } from '@lingui/react/macro';
import { Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { storeClock, storedClock } from '../lib/clock';
import { clockTime, renewClock } from '../lib/time';
import { chooseTheme, storedTheme } from '../styles/theme';
import { Choice } from '../ui/Choice';
import { Section } from '../ui/Section';

/** How Snug looks on this device. */
export function AppearanceSettings() {
  const { t } = useLingui();
  const [theme, setTheme] = useState(storedTheme);
  const [clock, setClock] = useState(storedClock);
  const now = clockTime(Date.now());
  return (
    <Section title={t`On this device`}>
      <Choice
        label={t`Theme`}
        value={theme}
        onChange={(next) => {
          chooseTheme(next);
          setTheme(next);
        }}
        options={[
          { value: 'system', label: t`As the system`, icon: <Monitor size={18} aria-hidden /> },
          { value: 'light', label: t`Light`, icon: <Sun size={18} aria-hidden /> },
          { value: 'dark', label: t`Dark`, icon: <Moon size={18} aria-hidden /> },
        ]}
      />
      <Choice
        label={t`Clock`}
        value={clock}
        onChange={(next) => {
          storeClock(next);
          renewClock();
          setClock(next);
        }}
        options={[
          { value: 'system', label: t`As the language` },
          { value: '24', label: t`24 hours` },
          { value: '12', label: t`12 hours` },
        ]}
      />
      <p className="text-muted text-sm">{t`It is ${now}.`}</p>
    </Section>
  );
}
