import { defineConfig } from '@lingui/cli';
import { formatter } from '@lingui/format-po';

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en'],
  fallbackLocales: { default: 'en' },
  catalogs: [
    {
      path: 'src/i18n/locales/{locale}',
      include: ['src'],
      exclude: ['**/*.test.*', '**/src/operations/**'],
    },
    // few people see the administration: its texts come with it
    {
      path: 'src/i18n/locales/administration/{locale}',
      include: ['src/operations'],
      exclude: ['**/*.test.*'],
    },
  ],
  format: formatter({ origins: false }),
});
