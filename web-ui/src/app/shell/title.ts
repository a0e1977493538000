// Document title, icon and the badge of the installed app: where one is, and how much waits.
import { attention, placeName } from '../../state/selectors';
import { store } from '../../state/store';
import { placeOfPath } from '../here';

const ICON_PX = 64;
const PLAIN_ICON = '/favicon.svg';

/** Keeps title and icon up to date. */
export function watchTitle(): () => void {
  let shown = -1;
  const update = () => {
    const state = store.getState();
    const place = placeOfPath(location.pathname);
    const name = place ? placeName(state, place.conversationId) : '';
    const count = attention(state);
    const title = [name && (place?.serverId ? `#${name}` : name), state.instance?.name ?? 'Snug'];
    const text = `${count > 0 ? `(${count}) ` : ''}${title.filter(Boolean).join(' · ')}`;
    if (document.title !== text) document.title = text;
    if (count === shown) return;
    shown = count;
    void drawIcon(count);
    badge(count);
  };
  const unsubscribe = store.subscribe(update);
  // wouter announces every change of address with these.
  const names = ['popstate', 'pushState', 'replaceState'];
  for (const name of names) window.addEventListener(name, update);
  update();
  return () => {
    unsubscribe();
    for (const name of names) window.removeEventListener(name, update);
    document.title = 'Snug';
    void drawIcon(0);
    badge(0);
  };
}

/** Not every browser has one, and some refuse it to what is not installed. */
function badge(count: number): void {
  const set = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  set?.catch(() => undefined);
}

async function drawIcon(count: number): Promise<void> {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) return;
  if (count === 0) {
    link.href = PLAIN_ICON;
    return;
  }
  const image = new Image(ICON_PX, ICON_PX);
  image.src = PLAIN_ICON;
  // Without its picture (the node is away) the icon stays as it is.
  if (
    !(await image.decode().then(
      () => true,
      () => false,
    ))
  )
    return;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = ICON_PX;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.drawImage(image, 0, 0, ICON_PX, ICON_PX);
  context.fillStyle = '#c6352b';
  context.beginPath();
  context.arc(44, 44, 20, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = '#ffffff';
  context.font = 'bold 26px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(count > 9 ? '9+' : String(count), 44, 46);
  link.href = canvas.toDataURL('image/png');
}
