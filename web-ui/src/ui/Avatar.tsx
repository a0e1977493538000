import { cx } from './cx';
import type { PresenceMark } from './PresenceDot';
import { PresenceDot } from './PresenceDot';

const sizes = {
  xs: { box: 'size-5 text-[0.625rem]', dot: null },
  sm: { box: 'size-8 text-xs', dot: 'size-3' },
  md: { box: 'size-10 text-sm', dot: 'size-3.5' },
  lg: { box: 'size-16 text-xl', dot: 'size-4.5' },
  xl: { box: 'size-24 text-3xl', dot: 'size-6' },
};

// Text is white on all of them in both themes.
const hues = [
  '#8a4b2d',
  '#6a5a1f',
  '#3f6b2f',
  '#1f6b5c',
  '#1f6585',
  '#44589e',
  '#6f4a94',
  '#8f3f6c',
  '#963f43',
];

interface AvatarProps {
  name: string;
  picture?: string | null | undefined;
  presence?: PresenceMark | null | undefined;
  size?: keyof typeof sizes;
  /** Rounded square, for what is not a person. */
  square?: boolean;
  className?: string;
}

/** Picture or initials. Decorative: the name stands beside it or in the control's label. */
export function Avatar({ name, picture, presence, size = 'md', square, className }: AvatarProps) {
  const { box, dot } = sizes[size];
  const shape = square ? 'rounded-lg' : 'rounded-full';
  return (
    <span className={cx('relative inline-flex shrink-0', className)}>
      {picture ? (
        <img src={picture} alt="" draggable={false} className={cx(box, shape, 'bg-pressed object-cover')} />
      ) : (
        <span
          aria-hidden
          style={{ backgroundColor: hueOf(name) }}
          className={cx(box, shape, 'grid select-none place-items-center font-semibold text-white')}
        >
          {initials(name)}
        </span>
      )}
      {presence && dot && (
        <PresenceDot presence={presence} className={cx('-right-0.5 -bottom-0.5 absolute', dot)} />
      )}
    </span>
  );
}

function hueOf(name: string): string {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hues[hash % hues.length] ?? '#44589e';
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase();
}
