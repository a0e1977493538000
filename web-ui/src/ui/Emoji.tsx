import { useOwnEmoji } from '../lib/own-emoji';

/** An emoji: a sign, or `:name:` as the instance's picture of that name. Without such a picture it is the text. */
export function Emoji({ code }: { code: string }) {
  const url = useOwnEmoji((all) => all[code]);
  return url ? (
    <img src={url} alt={code} title={code} loading="lazy" draggable={false} className="own-emoji" />
  ) : (
    code
  );
}
