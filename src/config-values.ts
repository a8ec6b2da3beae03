import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const host = String.raw`(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?`;
const eventStore = new RegExp(String.raw`^esdb(?:\+discover)?://(?:[^@/?#\s]+@)?${host}(?:,${host})*/?(?:\?[^\s#]*)?$`);

/** Whether a text is a URL of one of the schemes. */
export function urlOf(...schemes: string[]) {
  return (text: string): boolean => URL.canParse(text) && schemes.includes(new URL(text).protocol.replace(':', ''));
}

/** `esdb://` or `esdb+discover://` of one or several hosts, read from the leader. */
export function isEventStoreUrl(text: string): boolean {
  return eventStore.test(text) && readsFromLeader(text);
}

/** A follower may lag behind what was acknowledged; what is read there could pass for all there is. */
function readsFromLeader(text: string): boolean {
  return !/[?&]nodePreference=(?!leader\b)/i.test(text);
}

/** An http or https URL that carries nothing but a place. */
export function isPublicUrl(text: string): boolean {
  if (!urlOf('http', 'https')(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return `${username}${password}${search}${hash}` === '';
}

/** An address or a CIDR range. */
export const isRange = (text: string): boolean => ipaddr.isValid(text) || ipaddr.isValidCIDR(text);

/** A range, or the name of a kind of addresses. */
export const isNetwork = (text: string): boolean =>
  ['loopback', 'linklocal', 'uniquelocal'].includes(text) || isRange(text);

/** Values separated by commas. */
export const list = <T>(item: z.ZodType<T, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item));

/** An optional URL, with what is accepted as its description. */
export const url = (test: (text: string) => boolean, accepted: string) =>
  z.string().refine(test).optional().describe(accepted);
