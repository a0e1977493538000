/** How many characters a server's access code has. */
export const accessCodeLength = 5;

/** The code in what somebody typed or pasted: an access code, an invite's code, or a whole invite link. */
export function readCode(text: string): string {
  const plain = text.trim();
  const link = /\/invite\/([^/?#\s]+)/.exec(plain);
  if (link?.[1]) return decodeURIComponent(link[1]);
  return plain.replace(/[\s-]/g, '').toUpperCase();
}

/** The address that leads to an invite. */
export function inviteLink(path: string): string {
  return new URL(path, location.origin).href;
}
