// The administration is shown without the instance's own style sheet, and so is the way there through sign-in: nobody is
// locked out by one that hides everything.
import { paths } from './paths';

const ADMIN = paths.admin('');

export function keepAdminPlain(): void {
  const look = () => {
    const { pathname, search } = location;
    const isPlain =
      `${pathname}/`.startsWith(ADMIN) || (new URLSearchParams(search).get('next') ?? '').startsWith(ADMIN);
    for (const link of document.querySelectorAll<HTMLLinkElement>('link[href^="/custom.css"]')) {
      link.disabled = isPlain;
    }
  };
  // wouter announces every change of address with these.
  for (const name of ['popstate', 'pushState', 'replaceState']) addEventListener(name, look);
  look();
}
