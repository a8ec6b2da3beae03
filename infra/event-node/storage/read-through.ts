import { ABORT, open } from 'lmdb';

/**
 * Reads every page of the file named on the command line, those LMDB may write next included; ends with status 0 where it can. A
 * program of its own, because LMDB tells of damaged pages on standard error, or ends the process.
 */
const [path = ''] = process.argv.slice(2);
const env = open<Buffer, Buffer>({
  path,
  encoding: 'binary',
  keyEncoding: 'binary',
  overlappingSync: false,
  maxDbs: 8,
});
const names = ['events', 'index', 'streams', 'heads', 'gaps'];
const tables = names.map((name) => env.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' }));
for (const table of [env, ...tables]) for (const { value } of table.getRange({})) value.readUInt8(value.length - 1);
// Room for so much is only found, or not, after a look at all free pages.
env.transactionSync(() => {
  tables[0]?.putSync(Buffer.from('room'), Buffer.alloc(16_777_216));
  return ABORT;
});
await env.close();
