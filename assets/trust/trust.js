// Finds out whether this browser trusts the node, and unfolds the steps for this platform.
'use strict';

const state = document.getElementById('state');
const verdict = document.getElementById('verdict');
const explanation = document.getElementById('explanation');
const onward = document.getElementById('onward');

const secureOrigin = `https://${location.host}`;

function show(name, title, text) {
  state.dataset.state = name;
  verdict.textContent = title;
  explanation.textContent = text;
  onward.hidden = name !== 'trusted';
}

// From a page of plain HTTP a request to HTTPS succeeds only with a trusted certificate.
async function reachesHttps() {
  try {
    await fetch(`${secureOrigin}/healthz`, { mode: 'no-cors', cache: 'no-store' });
    return true;
  } catch {
    return false;
  }
}

// On a page that was opened past the warning requests succeed too, but no browser installs a worker there.
async function installsWorker() {
  if (!('serviceWorker' in navigator)) return null;
  const probe = '/trust/probe.js';
  const url = window.trustedTypes
    ? window.trustedTypes.createPolicy('snug', { createScriptURL: () => probe }).createScriptURL(probe)
    : probe;
  try {
    const registration = await navigator.serviceWorker.register(url, { scope: '/trust/probe/' });
    await registration.unregister();
    return true;
  } catch {
    return false;
  }
}

async function check() {
  const isSecure = location.protocol === 'https:';
  const trusted = isSecure ? await installsWorker() : await reachesHttps();
  if (trusted) {
    show('trusted', 'This browser trusts the node.', 'There is nothing more to do here.');
  } else if (trusted === false) {
    show(
      'untrusted',
      'This browser does not trust the node yet.',
      'Until it does, notifications, installing the app and offline use are off. Follow the steps below, then load this page again.',
    );
  } else {
    show('unknown', 'This browser does not tell.', 'If it showed a warning before this page, follow the steps below.');
  }
}

function platform() {
  const agent = navigator.userAgent;
  if (/Firefox\//.test(agent) && !/Android/.test(agent)) return 'firefox';
  if (/Android/.test(agent)) return 'android';
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)) return 'ios';
  if (/Macintosh/.test(agent)) return 'mac';
  if (/Windows/.test(agent)) return 'windows';
  return 'linux';
}

const steps = document.querySelector(`[data-platform="${platform()}"]`);
if (steps) steps.open = true;
document.getElementById('open').href = `${secureOrigin}/`;
check();
