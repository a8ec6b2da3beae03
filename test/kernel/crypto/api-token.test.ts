import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createApiTokens, type ParsedApiToken } from '../../../src/kernel/crypto/api-token.ts';

const key = randomBytes(32);
const tokens = createApiTokens(key);

describe('API token', () => {
  it('has a public id, 30 secret characters and a check of six', () => {
    const { id, token } = tokens.create();
    expect(token).to.match(/^kl_[0-9A-Za-z]{16}_[0-9A-Za-z]{36}$/);
    expect(token.startsWith(`kl_${id}_`)).to.equal(true);
    expect(createApiTokens(key, 'kls').create().token).to.match(/^kls_/);
  });

  it('is known again by its hash, in every process', () => {
    const { id, token, hash } = tokens.create();
    const parsed = createApiTokens(key).parse(token) as ParsedApiToken;
    expect(parsed.id).to.equal(id);
    expect(createApiTokens(key).matches(parsed, hash)).to.equal(true);
    expect(hash).to.not.include(parsed.secret);
  });

  it('is not known by another secret, id, key, prefix or hash', () => {
    const [one, other] = [tokens.create(), tokens.create()];
    const parsed = tokens.parse(one.token) as ParsedApiToken;
    const foreign = tokens.parse(other.token) as ParsedApiToken;
    expect(tokens.matches(foreign, one.hash)).to.equal(false);
    expect(tokens.matches({ ...parsed, id: foreign.id }, one.hash)).to.equal(false);
    expect(createApiTokens(randomBytes(32)).matches(parsed, one.hash)).to.equal(false);
    expect(createApiTokens(key, 'kls').matches(parsed, one.hash)).to.equal(false);
    for (const hash of [undefined, '', 'x', `${one.hash}AAAA`, Buffer.alloc(32).toString('base64url')]) {
      expect(tokens.matches(parsed, hash), String(hash)).to.equal(false);
    }
  });

  it('is seen to be mistyped, without asking anybody', () => {
    const { token } = tokens.create();
    for (let index = 0; index < token.length; index++) {
      const changed = `${token.slice(0, index)}${token[index] === 'x' ? 'y' : 'x'}${token.slice(index + 1)}`;
      expect(tokens.parse(changed), `character ${index}`).to.equal(undefined);
    }
    for (const text of ['', 'kl_', `${token}0`, ` ${token}`, `${token}\n`, token.slice(1), 'kl_'.repeat(10_000)]) {
      expect(tokens.parse(text)).to.equal(undefined);
    }
  });

  it('is never made twice', () => {
    const made = Array.from({ length: 500 }, () => tokens.create());
    expect(new Set(made.map(({ id }) => id)).size).to.equal(500);
    expect(new Set(made.map(({ token }) => token.slice(-36, -6))).size).to.equal(500);
  });
});
