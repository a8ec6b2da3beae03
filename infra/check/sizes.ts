import { type Checkout, sources } from './checkout.ts';
import type { Step } from './step.ts';

const most = 200;

/** Lines that hold something; those of functions are the linter's to count. */
function filledLines(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length;
}

export const sizes: Step = {
  name: 'file sizes',
  remedy: 'divide the files by what their parts mean',
  problems: (checkout: Checkout) =>
    sources(checkout).flatMap((file) => {
      const lines = filledLines(checkout.read(file));
      return lines > most ? [`${file}: ${lines} lines, and ${most} are the most`] : [];
    }),
};
