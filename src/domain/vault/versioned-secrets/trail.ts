import { SecretId } from './fields.ts';

const prefix = 'vault.secret.';

/** What a trail calls an answered request, by the action its endpoint declares. */
const words: Readonly<Record<string, string>> = {
  'vault.secret.write': 'created',
  'vault.secret.open': 'read',
  'vault.secret.compare': 'compared',
  'vault.secret.roll-back': 'rollback',
  'vault.secret.change-state': 'state-changed',
  'vault.secret.set-retention': 'retention-set',
  'vault.secret.enforce-retention': 'retention-enforced',
  'vault.secret.apply-retention': 'retention-enforced',
  'vault.secret.certify-destruction': 'destruction-certified',
  'vault.secret.read-metadata': 'metadata-read',
  'vault.secret.read-history': 'history-read',
  'vault.secret.read-trail': 'audit-read',
  'vault.secret.read-certificate': 'certificate-read',
};

/** Words that a trail's entries may have as their action. */
export const trailActions = [...new Set([...Object.values(words), 'deprecated', 'destroyed', 'refused', 'denied'])];

export function actionOf(action: string): string {
  return words[action] ?? action.slice(prefix.length);
}

/** Whether a request named a secret: its endpoint is of this group, and its subject could be a secret's id. */
export function isAboutSecrets({ action, subject }: { readonly action: string; readonly subject: string }): boolean {
  return action.startsWith(prefix) && SecretId.safeParse(subject).success;
}
