import { i18n } from '@lingui/core';

/** Adds the texts of this page, which administrators see once in a while. */
export async function loadBrandingTexts(language: 'en' = 'en'): Promise<void> {
  const { messages } = await import(`../../i18n/locales/branding/${language}.po`);
  i18n.load(language, messages);
}
