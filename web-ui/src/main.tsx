import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { keepAdminPlain } from './app/plain-admin';
import { activateLanguage } from './i18n/i18n';
import { applyTheme } from './styles/theme';
import './styles/index.css';

applyTheme();
keepAdminPlain();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');
await activateLanguage();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
