import { useLingui } from '@lingui/react/macro';
import { ImageUp, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { Avatar } from './Avatar';
import { Button } from './Button';
import { PictureCrop } from './PictureCrop';
import { toasts } from './toasts';

interface PictureFieldProps {
  name: string;
  picture: string | null;
  square?: boolean;
  /** The most bytes that are accepted. */
  limit?: number | undefined;
  onUpload: (picture: Blob) => Promise<void>;
  /** Without it there is no button for that. */
  onRemove?: () => Promise<void>;
}

const types = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** A picture with buttons to choose another, cropped to a square, or to remove it. */
export function PictureField({
  name,
  picture,
  square,
  limit = 4 * 1024 * 1024,
  onUpload,
  onRemove,
}: PictureFieldProps) {
  const { t } = useLingui();
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<File | null>(null);
  const [removing, setRemoving] = useState(false);

  function choose(file: File | undefined) {
    if (!file) return;
    if (!types.includes(file.type)) toasts.error(t`Choose a PNG, JPEG, GIF or WebP picture.`);
    else setChosen(file);
  }

  async function remove() {
    setRemoving(true);
    try {
      await onRemove?.();
    } catch (error) {
      toasts.error(error instanceof Error ? error.message : String(error));
    }
    setRemoving(false);
  }

  return (
    <div className="flex flex-wrap items-center gap-5">
      <Avatar name={name} picture={picture} size="xl" square={square ?? false} />
      <div className="flex flex-col gap-2">
        <div className="flex flex-wrap gap-2">
          <Button icon={<ImageUp size={17} aria-hidden />} onClick={() => input.current?.click()}>
            {t`Choose a picture`}
          </Button>
          {picture && onRemove && (
            <Button
              variant="ghost"
              busy={removing}
              icon={<Trash2 size={17} aria-hidden />}
              onClick={() => void remove()}
            >
              {t`Remove`}
            </Button>
          )}
        </div>
        <p className="text-muted text-sm">{t`PNG, JPEG, GIF or WebP, up to ${Math.round(limit / 1_048_576)} MB.`}</p>
      </div>
      <input
        ref={input}
        type="file"
        accept={types.join(',')}
        hidden
        aria-label={t`Picture file`}
        onChange={(event) => {
          choose(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      {chosen && (
        <PictureCrop
          file={chosen}
          round={!square}
          onCancel={() => setChosen(null)}
          onUpload={onUpload}
          limit={limit}
        />
      )}
    </div>
  );
}
