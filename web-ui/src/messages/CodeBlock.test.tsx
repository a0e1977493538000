import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { act, render, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { CodeBlock } from './CodeBlock';
import { codeLanguage } from './code-languages';

let show: (isIntersecting: boolean) => void;
const observe = vi.fn();

beforeEach(() => {
  observe.mockReset();
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe = observe;
      disconnect = vi.fn();
      constructor(seen: (entries: { isIntersecting: boolean }[]) => void) {
        show = (isIntersecting) => seen([{ isIntersecting }]);
      }
    },
  );
});

const CODE = 'const answer = "<b>42</b>"; // why not\n';
const block = (code: string, language: string | null) => (
  <I18nProvider i18n={i18n}>
    <CodeBlock code={code} language={language} />
  </I18nProvider>
);

it('colours code when it is on screen, with the same text', async () => {
  const { container, rerender } = render(block(CODE, 'ts'));
  const code = container.querySelector('code');
  act(() => show(false));
  expect(code?.children).toHaveLength(0);
  expect(code?.textContent).toBe(CODE);
  act(() => show(true));
  await waitFor(() => expect(code?.querySelector('.code-keyword')?.textContent).toBe('const'));
  expect(code?.textContent).toBe(CODE);
  expect(code?.querySelector('b')).toBeNull();
  expect(screen.getByText('ts')).toBeTruthy();
  rerender(block('let other = 1;', 'ts'));
  expect(code?.textContent).toBe('let other = 1;');
});

it('leaves code of no or of an unknown language as it is', () => {
  const { container } = render(block(CODE, 'klingon'));
  render(block(CODE, null));
  expect(observe).not.toHaveBeenCalled();
  expect(container.querySelector('code')?.textContent).toBe(CODE);
  expect(screen.getByText('klingon')).toBeTruthy();
});

it('knows languages by their usual names', () => {
  expect(codeLanguage('TSX')).toBe('typescript');
  expect(codeLanguage('rs')).toBe('rust');
  expect(codeLanguage('html')).toBe('xml');
  for (const name of [null, '', ' ', 'klingon']) expect(codeLanguage(name)).toBeNull();
});
