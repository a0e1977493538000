import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import type { CodeLanguage } from './code-languages';

/** Longer code stays plain: colouring it would hold up the page. */
const LONGEST = 20_000;

/** The code in colours, once it has been on screen and they are loaded; null until then, and where there are none. */
export function useHighlighted(
  box: RefObject<Element | null>,
  language: CodeLanguage | null,
  code: string,
): ReactNode {
  const [drawn, setDrawn] = useState<{ code: string; nodes: ReactNode } | null>(null);
  useEffect(() => {
    const element = box.current;
    if (!element || language === null || code.length > LONGEST) return;
    let isWanted = true;
    const draw = async () => {
      const { highlight } = await import('./highlight');
      if (isWanted) setDrawn({ code, nodes: highlight(language, code) });
    };
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      // Without the colours it is still readable.
      draw().catch(() => undefined);
    });
    observer.observe(element);
    return () => {
      isWanted = false;
      observer.disconnect();
    };
  }, [box, language, code]);
  return drawn?.code === code ? drawn.nodes : null;
}
