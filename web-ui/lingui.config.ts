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
      exclude: [
        '**/*.test.*',
        '**/src/operations/**',
        '**/src/notifications/mail/**',
        '**/src/branding/admin/**',
      ],
    },
    // few people see the administration: its texts come with it
    {
      path: 'src/i18n/locales/administration/{locale}',
      include: ['src/operations'],
      exclude: ['**/*.test.*'],
    },
    // one page of it, which is rarely looked at
    {
      path: 'src/i18n/locales/branding/{locale}',
      include: ['src/branding/admin'],
      exclude: ['**/*.test.*'],
    },
    // where no mail server is configured nobody sees these
    {
      path: 'src/i18n/locales/mail/{locale}',
      include: ['src/notifications/mail'],
      exclude: ['**/*.test.*'],
    },
  ],
  format: formatter({ origins: false }),
});
