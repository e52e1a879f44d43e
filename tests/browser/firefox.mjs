// Firefox, headless, with a fake camera and microphone, with the part of Playwright's interface that a
// Participant uses: Debian's Firefox is not one that Playwright can drive, but it speaks WebDriver BiDi.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { BidiConnection } from './bidi.mjs';
import { until } from './waiting.mjs';

const kStartTimeoutMs = 30_000;
const kPreferences = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  // Nothing of its own on the network, and no opinion on whether there is one.
  'network.manage-offline-status': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'app.update.disabledForTesting': true,
  'datareporting.policy.dataSubmissionEnabled': false,
  'browser.shell.checkDefaultBrowser': false,
};

export async function launchFirefox(test) {
  const profile = mkdtempSync(path.join(os.tmpdir(), 'penstock-firefox-'));
  const preference = ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`;
  writeFileSync(path.join(profile, 'user.js'), Object.entries(kPreferences).map(preference).join(''));
  const options = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
  const child = spawn('firefox-esr', options, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
  });
  const exit = new Promise((resolve) => child.on('exit', resolve).on('error', resolve));
  test.cleanup(async () => {
    child.kill('SIGKILL');
    await exit;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const address = await until('Firefox to listen', kStartTimeoutMs, () =>
    said.match(/WebDriver BiDi listening on (ws:\S+)/)?.[1],
  );
  const connection = await BidiConnection.open(`${address}/session`);
  await connection.command('session.new', { capabilities: {} });
  return { newContext: async () => ({ newPage: () => FirefoxPage.open(connection) }) };
}

class FirefoxPage {
  static async open(connection) {
    const { context } = await connection.command('browsingContext.create', { type: 'tab' });
    await connection.command('session.subscribe', { events: ['log.entryAdded'], contexts: [context] });
    return new FirefoxPage(connection, context);
  }

  constructor(connection, context) {
    this.connection = connection;
    this.context = context;
  }

  addInitScript(action) {
    return this.connection.command('script.addPreloadScript', { functionDeclaration: `${action}` });
  }

  goto(url) {
    const { context } = this;
    return this.connection.command('browsingContext.navigate', { context, url, wait: 'complete' });
  }

  async evaluate(action) {
    const { result, exceptionDetails } = await this.connection.command('script.callFunction', {
      functionDeclaration: `async () => JSON.stringify(await (${action})())`,
      awaitPromise: true,
      target: { context: this.context },
    });
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result.value === undefined ? undefined : JSON.parse(result.value);
  }

  // Errors are all that it reports; what the page sends stays unseen.
  on(event, listener) {
    if (event !== 'pageerror') return;
    this.connection.on('log.entryAdded', ({ level, text }) => level === 'error' && listener(text));
  }

  async screenshot({ path: file }) {
    const { context } = this;
    const { data } = await this.connection.command('browsingContext.captureScreenshot', { context });
    writeFileSync(file, Buffer.from(data, 'base64'));
  }
}
