/** Takes a line of progress, for a person to read. */
export type Progress = (line: string) => void;

/** What every launcher takes. */
export type StoreOptions = Readonly<{
  /** Where the store keeps its data, its passwords and its log; made when absent. */
  dir: string;
  /** The loopback port to listen on; any free one when left out. */
  port?: number;
  log?: Progress;
  /** False gives up safety against a power cut for speed, for tests. */
  durable?: boolean;
}>;

/** How a child ended; `expected` when it was asked to. */
export type Exit = Readonly<{ code: number | null; signal: NodeJS.Signals | null; expected: boolean }>;

/** A store that runs as a child process of this one. */
export type RunningStore = Readonly<{
  name: string;
  /** With the password, where there is one: never to be logged. */
  url: string;
  pid: number;
  port: number;
  /** Resolves when the child is gone, by itself or because it was stopped. */
  exited: Promise<Exit>;
  /** Ends the child, with ever stronger signals, and gives up the directory. */
  stop: () => Promise<void>;
}>;

/** A component that is not there, in one sentence that says what to do. */
export class MissingComponent extends Error {
  override readonly name = 'MissingComponent';
}

/** A store that could not be started, in one sentence, with the last lines of its log where they help. */
export class StoreFailed extends Error {
  override readonly name = 'StoreFailed';
}
