import { useLingui } from '@lingui/react/macro';
import { BellOff } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../api/errors';
import type { Id, Level } from '../api/types';
import { stampTime } from '../lib/time';
import { placeName } from '../state/selectors';
import { store, useStore } from '../state/store';
import { Button } from '../ui/Button';
import { Choice } from '../ui/Choice';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/FormError';
import { type LevelChoice, putLevel } from './api';

const MINUTE = 60_000;

/** What to hear of in a room, direct conversation, group or server, and for how long not at all. */
export function NotifyDialog({ placeId, onClose }: { placeId: Id; onClose: () => void }) {
  const { t } = useLingui();
  const [error, setError] = useState<string | null>(null);
  const chosen = useStore((state) => state.levels[placeId]);
  const server = useStore((state) => state.servers[placeId]?.name);
  const place = useStore((state) => placeName(state, placeId));
  const isRoom = useStore((state) => placeId in state.rooms);
  const ofServer = useStore((state) => state.levels[state.rooms[placeId]?.server_id ?? '']?.level ?? null);
  const isServer = server !== undefined;
  const isMuted = chosen?.muted === true && (chosen.muted_until === null || chosen.muted_until > Date.now());
  const before: LevelChoice = {
    level: chosen?.level ?? null,
    muted: isMuted,
    muted_until: isMuted ? (chosen?.muted_until ?? null) : null,
  };

  async function choose(change: Partial<LevelChoice>) {
    setError(null);
    const next = { ...before, ...change };
    const set = (level: LevelChoice) =>
      store.setState(({ levels }) => ({ levels: { ...levels, [placeId]: { place_id: placeId, ...level } } }));
    // Shown at once; what the node makes of it is shown then.
    set(next);
    try {
      set(await putLevel(placeId, next));
    } catch (failure) {
      set(before);
      setError(errorText(failure));
    }
  }

  const names: Record<Level, string> = {
    all: t`All messages`,
    mentions: t`Only mentions and replies`,
    none: t`Nothing`,
  };
  const own = ofServer ? names[ofServer] : isRoom || isServer ? names.mentions : names.all;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Notifications`}
      description={isServer ? server : isRoom ? `#${place}` : place}
    >
      <div className="flex flex-col gap-5 pb-2">
        <Mute isMuted={isMuted} until={before.muted_until} choose={choose} />
        <Choice<Level | 'own'>
          label={t`Tell me of`}
          layout="column"
          value={before.level ?? 'own'}
          onChange={(level) => void choose({ level: level === 'own' ? null : level })}
          options={[
            {
              value: 'own',
              label: isRoom ? t`As the server` : t`As usual`,
              hint: own,
            },
            { value: 'all', label: names.all },
            { value: 'mentions', label: names.mentions },
            { value: 'none', label: names.none },
          ]}
        />
        <FormError text={error} />
      </div>
    </Dialog>
  );
}

interface MuteProps {
  isMuted: boolean;
  until: number | null;
  choose: (change: Partial<LevelChoice>) => Promise<void>;
}

function Mute({ isMuted, until, choose }: MuteProps) {
  const { t } = useLingui();
  if (isMuted) {
    return (
      <div className="flex flex-wrap items-center gap-3 rounded-lg bg-inset px-3 py-2.5">
        <BellOff size={18} aria-hidden className="shrink-0 text-muted" />
        <p className="min-w-0 grow text-sm">
          {until === null ? t`Muted until you switch it on again` : t`Muted until ${stampTime(until)}`}
        </p>
        <Button
          size="sm"
          onClick={() => void choose({ muted: false, muted_until: null })}
        >{t`Unmute`}</Button>
      </div>
    );
  }
  const spans: [label: string, minutes: number | null][] = [
    [t`15 minutes`, 15],
    [t`1 hour`, 60],
    [t`8 hours`, 8 * 60],
    [t`24 hours`, 24 * 60],
    [t`Until I switch it on`, null],
  ];
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-sm">{t`Mute for`}</legend>
      <div className="flex flex-wrap gap-2">
        {spans.map(([label, minutes]) => (
          <Button
            key={label}
            size="sm"
            onClick={() =>
              void choose({
                muted: true,
                muted_until: minutes === null ? null : Date.now() + minutes * MINUTE,
              })
            }
          >
            {label}
          </Button>
        ))}
      </div>
      <p className="mt-2 text-muted text-sm">
        {t`No sound, nothing on the screen, and greyed in the list. Mentions still count.`}
      </p>
    </fieldset>
  );
}
