/** The product's version, as package.json states it; part of support output and of every export. */
export const version = '0.1.0';
