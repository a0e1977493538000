import { i18n } from '@lingui/core';

/** Loads a language's texts and switches to it. */
export async function activateLanguage(language: 'en' = 'en'): Promise<void> {
  const { messages } = await import(`./locales/${language}.po`);
  i18n.loadAndActivate({ locale: language, messages });
}
