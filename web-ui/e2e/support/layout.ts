import type { Person } from './person';

/**
 * What reaches out of the window sideways: the page itself, or anything that one reads, presses or types in.
 * Not what lies in a strip that is made to be scrolled.
 */
export function overflow(person: Person): Promise<string[]> {
  return person.page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found: string[] = [];
    if (document.documentElement.scrollWidth > width)
      found.push(`the page is ${document.documentElement.scrollWidth} px`);
    const isInStrip = (element: Element | null): boolean =>
      element !== null &&
      (/auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth
        ? true
        : isInStrip(element.parentElement));
    for (const element of document.querySelectorAll(
      'a, button, input, textarea, select, h1, h2, p, [role="dialog"]',
    )) {
      const { left, right, width: own, height } = element.getBoundingClientRect();
      if (
        own <= 1 ||
        height <= 1 ||
        (left >= -0.5 && right <= width + 0.5) ||
        isInStrip(element.parentElement)
      )
        continue;
      const name = element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40);
      found.push(
        `${element.tagName.toLowerCase()} "${name}" from ${Math.round(left)} to ${Math.round(right)}`,
      );
    }
    return found;
  });
}
