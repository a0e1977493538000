import { i18n } from '@lingui/core';

/** Loads a language's texts and switches to it. */
export async function activateLanguage(language: 'en' = 'en'): Promise<void> {
  const { messages } = await import(`./locales/${language}.po`);
  i18n.loadAndActivate({ locale: language, messages });
}

/** Adds the texts of the administration, which few people see. */
export async function loadAdministrationTexts(language: 'en' = 'en'): Promise<void> {
  const { messages } = await import(`./locales/administration/${language}.po`);
  i18n.load(language, messages);
}

/** Adds the texts of e-mail, which not every node sends. */
export async function loadMailTexts(language: 'en' = 'en'): Promise<void> {
  const { messages } = await import(`./locales/mail/${language}.po`);
  i18n.load(language, messages);
}
