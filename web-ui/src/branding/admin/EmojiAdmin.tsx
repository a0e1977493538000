import { Plural, useLingui } from '@lingui/react/macro';
import { SmilePlus, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { errorText } from '../../api/errors';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { IconButton } from '../../ui/IconButton';
import { Section } from '../../ui/Section';
import { toasts } from '../../ui/toasts';
import { type AdminEmoji, deleteEmoji, putEmoji } from './api';
import type { PartProps } from './BrandingAdmin';
import { emojiNameOf } from './emoji-name';

const TYPES = ['image/png', 'image/webp', 'image/gif'];

/** The instance's emoji. Several files may be chosen at once; their names are those of the files. */
export function EmojiAdmin({ branding: { emoji }, set }: PartProps) {
  const { t } = useLingui();
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [going, setGoing] = useState<AdminEmoji | null>(null);

  async function add(files: File[]) {
    setBusy(true);
    for (const file of files) {
      const name = emojiNameOf(file.name);
      try {
        if (name === null) toasts.error(t`${file.name}: give the file a name of letters a to z and digits.`);
        else set(await putEmoji(name, file));
      } catch (error) {
        toasts.error(`${file.name}: ${errorText(error)}`);
      }
    }
    setBusy(false);
  }

  return (
    <Section
      title={t`Emoji`}
      description={t`Written as :name: in messages, and for reactions. PNG, WebP or GIF, up to 256 KiB; the name is the file's.`}
      action={
        <Button busy={busy} icon={<SmilePlus size={17} aria-hidden />} onClick={() => input.current?.click()}>
          {t`Add emoji`}
        </Button>
      }
    >
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={TYPES.join(',')}
        aria-label={t`Files of emoji`}
        onChange={(event) => {
          void add([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
      {emoji.length === 0 ? (
        <p className="text-muted text-sm">{t`There are none, yet.`}</p>
      ) : (
        <>
          <p className="text-muted text-sm">
            <Plural value={emoji.length} one="One emoji" other="# emoji" />
          </p>
          <ul aria-label={t`Emoji`} className="grid gap-2 sm:grid-cols-2">
            {emoji.map((one) => (
              <li key={one.name} className="flex items-center gap-3 rounded-lg border border-line px-3 py-2">
                <img src={one.url} alt="" className="size-9 shrink-0 object-contain" />
                <span className="min-w-0 grow">
                  <span className="block truncate font-medium text-sm">:{one.name}:</span>
                  {one.origin === 'folder' && (
                    <span className="block truncate text-muted text-xs">{t`From the folder`}</span>
                  )}
                </span>
                {one.origin === 'chosen' && (
                  <IconButton
                    label={t`Delete :${one.name}:`}
                    icon={<Trash2 size={16} aria-hidden />}
                    onClick={() => setGoing(one)}
                  />
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      <ConfirmDialog
        open={going !== null}
        onOpenChange={() => setGoing(null)}
        title={t`Delete :${going?.name ?? ''}:?`}
        description={t`Where it was used its name is shown instead.`}
        confirmLabel={t`Delete emoji`}
        danger
        onConfirm={async () => {
          if (going) set(await deleteEmoji(going.name));
        }}
      />
    </Section>
  );
}
