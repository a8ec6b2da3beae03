import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createCursorCodec } from '../../../src/kernel/crypto/cursor.ts';

const key = randomBytes(32);
const codec = createCursorCodec(key);
const binding = ['acme', 'user:u1', 'vault.listSecrets', '{"state":"active"}'];
const last = ['2026-05-01T00:00:00.000Z', 7, null, 'secret name'];

describe('cursor', () => {
  it('continues the list it was made for, in every process', () => {
    const cursor = codec.encode(binding, last);
    expect(createCursorCodec(key).decode(binding, cursor)).to.deep.equal(last);
    expect(encodeURIComponent(cursor)).to.equal(cursor);
  });

  it('tells nothing of the row, and never looks alike twice', () => {
    const cursor = codec.encode(binding, last);
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).to.not.include('secret name');
    expect(codec.encode(binding, last)).to.not.equal(cursor);
  });

  it('is no good to another tenant, caller, list or filter', () => {
    const cursor = codec.encode(binding, last);
    binding.forEach((part, index) => {
      const foreign = binding.with(index, `${part}x`);
      expect(codec.decode(foreign, cursor), `part ${index}`).to.equal(undefined);
    });
    expect(codec.decode(['acmeuser:u1', ...binding.slice(2)], cursor)).to.equal(undefined);
    expect(createCursorCodec(randomBytes(32)).decode(binding, cursor)).to.equal(undefined);
  });

  it('cannot be forged', () => {
    const cursor = codec.encode(binding, last);
    for (let index = 0; index < cursor.length; index++) {
      const changed = `${cursor.slice(0, index)}${cursor[index] === 'A' ? 'B' : 'A'}${cursor.slice(index + 1)}`;
      expect(codec.decode(binding, changed), `character ${index}`).to.equal(undefined);
    }
    const plain = Buffer.from(JSON.stringify(last)).toString('base64url');
    for (const text of ['', 'x', '!', `${cursor}=`, `${cursor}AA`, cursor.slice(4), plain]) {
      expect(codec.decode(binding, text), text).to.equal(undefined);
    }
  });

  it('may be an integer, which JSON holds exactly', () => {
    for (const key of [0, 1, 999_999, 2 ** 33 - 1]) {
      const cursor = codec.encodeInteger(binding, key);
      expect(Number.isSafeInteger(cursor)).to.equal(true);
      expect(codec.decodeInteger(binding, cursor)).to.equal(key);
      expect(codec.decodeInteger(binding.with(0, 'other'), cursor)).to.equal(undefined);
      expect(createCursorCodec(randomBytes(32)).decodeInteger(binding, cursor)).to.equal(undefined);
      for (const forged of [cursor + 1, cursor + 2 ** 20, key, 2 ** 60]) {
        expect(codec.decodeInteger(binding, forged), String(forged)).to.equal(undefined);
      }
    }
  });
});
