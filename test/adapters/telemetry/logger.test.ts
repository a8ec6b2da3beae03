import { expect } from 'chai';
import fc from 'fast-check';
import { createLogger } from '../../../src/adapters/telemetry/logger.ts';
import { isSecretName } from '../../../src/adapters/telemetry/redaction.ts';
import type { Logger } from '../../../src/kernel/telemetry.ts';

type Written = Record<string, unknown>;

function logging(format: 'json' | 'pretty'): { log: Logger; lines: string[]; last: () => Written } {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', format, write: (line) => lines.push(line) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Written };
}

const nasty = 'a\r\nb\u001b[31m\0c\u2028d\u2029e\u0085f\u007f';

describe('the logger', () => {
  it('writes level, ISO time, facts and message as one JSON object a line', () => {
    const { log, lines, last } = logging('json');
    log.info({ port: 7300 }, 'Listening.');
    expect(lines).to.have.length(1);
    expect(last()).to.include({ level: 'info', port: 7300, msg: 'Listening.' });
    expect(String(last()['time'])).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  for (const format of ['json', 'pretty'] as const) {
    it(`keeps one line of printable text whatever the facts hold, as ${format}`, () => {
      const { log, lines } = logging(format);
      log.warn({ text: nasty, [nasty]: 1, deep: { list: [nasty] } }, nasty);
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(/^[^\p{Cc}\u2028\u2029]+\n$/u);
    });
  }

  it('gives back the same text from the JSON line', () => {
    const { log, last } = logging('json');
    log.info({ text: nasty }, 'm');
    expect(last()['text']).to.equal(nasty);
  });

  it('writes any text on one valid line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, text) => {
        const { log, lines } = logging('json');
        log.info({ [`x${name}x`]: text }, text);
        expect(lines[0]?.trimEnd().split(/[\r\n\u2028\u2029\u0085]/)).to.have.length(1);
        JSON.parse(lines[0] ?? '');
      }),
    );
  });

  it('does not write what stands under a secret-like name, at any depth and in children', () => {
    const { log, lines } = logging('json');
    const secret = 'hunter2-canary';
    const facts = { password: secret, a: { newPassword: secret, list: [{ 'x-agent-secret': secret }] }, value: secret };
    log.child({ authorization: secret, cookie: secret }).error({ ...facts, privateKey: secret, api_key: secret }, 'm');
    expect(lines.join('')).not.to.contain(secret);
    expect(lines.join('')).to.contain('[redacted]');
  });

  it('drops credentials in URLs and headers from text, messages and errors', () => {
    const { log, lines } = logging('json');
    const error = new Error('connect postgres://me:hunter2-canary@db/x', { cause: new Error('Bearer hunter2-canary') });
    log.error({ error, text: 'authorization: Bearer hunter2-canary' }, 'at redis://:hunter2-canary@host');
    expect(lines.join('')).not.to.contain('hunter2-canary');
  });

  it('writes errors with their stack, bytes by their length, big integers as text, and cycles to a bounded depth', () => {
    const { log, last } = logging('json');
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    log.error({ error: new RangeError('no'), bytes: new Uint8Array(3), big: 2n ** 60n, cycle }, 'm');
    expect(last()['error']).to.include({ name: 'RangeError', message: 'no' });
    expect(last()).to.include({ bytes: '[3 bytes]', big: '1152921504606846976' });
  });

  it('keeps its own fields apart from facts of the same name', () => {
    const { log, last } = logging('json');
    log.info({ level: 'gold', msg: 'fact' }, 'message');
    expect(last()).to.include({ level: 'info', level_: 'gold', msg: 'message', msg_: 'fact' });
  });

  it('writes nothing below its level', () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'warn', format: 'json', write: (line) => lines.push(line) });
    log.info({}, 'm');
    expect(lines).to.be.empty;
  });

  it('shows time, level, message and facts when pretty', () => {
    const { log, lines } = logging('pretty');
    log.info({ port: 7300, note: 'two words' }, 'Listening.');
    expect(lines[0]).to.match(/^\d\d:\d\d:\d\d INFO {2}Listening\. port=7300 note="two words"\n$/);
  });
});

describe('names of secrets', () => {
  for (const name of [
    'password',
    'newPassword',
    'agent_secret',
    'X-Agent-Secret',
    'set-cookie',
    'privateKey',
    'APIKey',
    'apikey',
  ]) {
    it(`${name} is one`, () => expect(isSecretName(name)).to.equal(true));
  }
  for (const name of ['secretId', 'tokenCount', 'keyId', 'name', 'valueDate', 'requestId']) {
    it(`${name} is none`, () => expect(isSecretName(name)).to.equal(false));
  }
});
