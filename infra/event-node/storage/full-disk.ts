import { constants } from 'node:os';

const { EDQUOT, EFBIG, ENOSPC } = constants.errno;
const codes: readonly unknown[] = [ENOSPC, EDQUOT, EFBIG, 'ENOSPC', 'EDQUOT', 'EFBIG'];

/** Whether an error's code is what a disk says that has no room: the write failed, and later ones may succeed. */
export function isFullDisk(code: unknown): boolean {
  return codes.includes(code);
}
