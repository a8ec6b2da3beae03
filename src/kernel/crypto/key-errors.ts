/** The key that opens a value was shredded: the value is gone for ever. */
export class KeyDestroyed extends Error {
  override readonly name = 'KeyDestroyed';
}

/** No such key was ever kept here, or not for this tenant. */
export class KeyUnknown extends Error {
  override readonly name = 'KeyUnknown';
}

/** A key of this id, or this generation of a tenant's key, is kept already. */
export class KeyExists extends Error {
  override readonly name = 'KeyExists';
}

/** A ciphertext was changed, cut, moved to another place, or sealed under another key. */
export class NotAuthentic extends Error {
  override readonly name = 'NotAuthentic';
}
