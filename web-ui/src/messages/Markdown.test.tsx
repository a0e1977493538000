import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { act, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { ownEmoji } from '../lib/own-emoji';
import { Markdown } from './Markdown';

afterEach(() => ownEmoji.setState({}, true));

const show = (text: string) =>
  render(
    <I18nProvider i18n={i18n}>
      <Markdown text={text} />
    </I18nProvider>,
  ).container;
const pictures = () => screen.queryAllByRole('img').map((one) => one.getAttribute('alt'));

test('the emoji of the instance are pictures as soon as they are known', () => {
  const shown = show('good :cat: and **:party-2:**\n:cat::cat: :dog:');
  expect(pictures()).toEqual([]);
  expect(shown.textContent).toBe('good :cat: and :party-2::cat::cat: :dog:');
  act(() => ownEmoji.setState({ ':cat:': '/cat', ':party-2:': '/party' }));
  expect(pictures()).toEqual([':cat:', ':party-2:', ':cat:', ':cat:']);
  expect(screen.getAllByTitle(':cat:')[0]?.getAttribute('src')).toBe('/cat');
  expect(shown.textContent).toContain(':dog:');
});

test('times, addresses and code have none', () => {
  ownEmoji.setState({ ':30:': '/30', ':8080:': '/8080', ':cat:': '/cat' });
  show('at 12:30:45, `:cat:`, host:8080:');
  expect(pictures()).toEqual([]);
});

test('alone they are large', () => {
  ownEmoji.setState({ ':cat:': '/cat' });
  expect(show(':cat: 🎉').firstElementChild?.className).toContain('text-[2.25rem]');
  expect(show('a :cat:').firstElementChild?.className).not.toContain('text-[2.25rem]');
});
