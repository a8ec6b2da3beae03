import type { StreamPlace, StreamRequest } from '../../kernel/event-streams.ts';
import type { LogPage } from '../../kernel/log.ts';
import type { CursorCodec } from '../../kernel/pipeline/paging.ts';

/** Characters sent at once; the credential is looked at in between. */
const partLength = 32 * 1024;

/** What a cursor is good for. */
export const bindingOf = ({ subscriptionId, tenant }: StreamPlace): readonly string[] => [
  'event stream',
  tenant,
  subscriptionId,
];

/** What is sent at once. */
export interface Part {
  readonly text: string;
  readonly events: number;
  /** Of the last event looked at: the next read begins behind it. */
  readonly position: bigint;
  readonly ends: boolean;
}

/** What a page holds for the reader; nothing where nothing is wanted. @throws {StoreUnavailable} what an event needs to be shown is away */
export async function partsOf(cursors: CursorCodec, request: StreamRequest, page: LogPage): Promise<readonly Part[]> {
  const parts: Part[] = [];
  let text = '';
  let events = 0;
  for (const [index, stored] of page.events.entries()) {
    const rendered = await request.render(stored);
    if (rendered === undefined) continue;
    const { position } = stored;
    if ('ends' in rendered) {
      const last = `${text}${idOf(cursors, request, position)}${control('closed', rendered.ends, '')}`;
      return [...parts, { text: last, events, position, ends: true }];
    }
    // Events of one position are not parted: only the last of them can be come back to.
    const parted = page.events[index + 1]?.position !== position;
    text += `${parted ? idOf(cursors, request, position) : ''}data: ${rendered.data}\n\n`;
    events++;
    if (!parted || text.length < partLength) continue;
    parts.push({ text, events, position, ends: false });
    text = '';
    events = 0;
  }
  const position = page.next ?? request.after;
  return text === '' ? parts : [...parts, { text, events, position, ends: false }];
}

/** Where a reader stands, for when it comes back. */
export function idOf(cursors: CursorCodec, place: StreamPlace, position: bigint): string {
  return `id: ${cursors.encode(bindingOf(place), [position.toString()])}\n`;
}

/** The last that is said. */
export function closing(reason: string, detail: string): Uint8Array {
  return bytes(control('closed', reason, detail));
}

/** What is said of the stream itself. */
function control(event: string, reason: string, detail: string): string {
  return `event: ${event}\ndata: ${JSON.stringify({ reason, ...(detail !== '' && { detail }) })}\n\n`;
}

export const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
