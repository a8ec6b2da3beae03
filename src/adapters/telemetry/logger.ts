import { destination, type Logger as Pino, pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../../kernel/telemetry.ts';
import { oneLine, prettyLine } from './one-line.ts';
import { scrubFacts, scrubText } from './redaction.ts';

export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `auto`: pretty on a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'pretty';
  /** Takes each line with its line feed; standard error where absent, so that standard output is the commands' own. */
  readonly write?: (line: string) => void;
}

type Facts = Readonly<Record<string, unknown>>;

/** A logger of one line an entry, whatever the facts hold; values under secret-like names are not written. */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? toStandardError();
  const pretty = options.format === 'pretty' || (options.format === 'auto' && process.stderr.isTTY);
  const shape = pretty ? prettyLine : oneLine;
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(`${shape(line.trimEnd())}\n`) },
  );
  return wrap(root);
}

function toStandardError(): (line: string) => void {
  const stream = destination({ fd: 2, sync: true });
  return (line) => {
    stream.write(line);
  };
}

function wrap(to: Pino): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (facts: Facts, message: string): void => {
      if (to.isLevelEnabled(level)) to[level](scrubFacts(facts), scrubText(message));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (facts) => wrap(to.child(scrubFacts(facts))),
  };
}
