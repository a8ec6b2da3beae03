import type { Checkout } from './checkout.ts';
import { linesThat, type Step } from './step.ts';

/** Forms of credentials that are in use somewhere; documentation's own examples say EXAMPLE. */
const credentials = new RegExp(
  [
    String.raw`\b(AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b`,
    String.raw`\bgh[pousr]_[A-Za-z0-9]{36}\b`,
    String.raw`\bglpat-[\w-]{20}\b`,
    String.raw`\bxox[abprs]-\d{9,}-[\w-]{10,}`,
    String.raw`\b[rs]k_live_[A-Za-z0-9]{20,}`,
    String.raw`\bAIza[\w-]{35}\b`,
    String.raw`\bnpm_[A-Za-z0-9]{36}\b`,
    String.raw`\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{40,}`,
  ].join('|'),
);
const privateKey = /^\s*['"`]?-----BEGIN [A-Z ]*PRIVATE KEY-----\s*$/;
const homeOfSomeone = /(^|[\s'"`(=:])\/(home|Users|root)\/[\w.-]+/;

const text = /\.(ts|mjs|js|json|md|yaml|yml|sh|sql|html|css|txt)$|(^|\/)(Dockerfile|run|LICENSE|\.[\w.]+)$/;

export const secrets: Step = {
  name: 'no credentials and no paths of a machine',
  remedy: 'take it out, and where it was real, revoke it: history keeps it',
  problems: (checkout: Checkout) => {
    const files = checkout.files.filter((file) => text.test(file) && file !== 'package-lock.json');
    return [
      ...linesThat(checkout, files, credentials, 'looks like a credential'),
      ...linesThat(checkout, files, privateKey, 'a private key'),
      ...linesThat(checkout, files, homeOfSomeone, 'the path of a home directory'),
      ...environmentFiles(checkout),
    ];
  },
};

function environmentFiles({ files }: Checkout): readonly string[] {
  return files.filter((file) => /(^|\/)\.env($|\.)/.test(file)).map((file) => `${file}: holds settings of one machine`);
}
