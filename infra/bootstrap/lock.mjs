import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { readText, say } from './files.mjs';

const beatMs = 2_000;

/** Holds a lock file, waiting for a holder that lives. Returns the function that lets it go. */
export async function lock(path) {
  fs.mkdirSync(dirname(path), { recursive: true });
  for (let told = false; !taken(path); ) {
    const holder = Number(readText(path));
    if (abandoned(path, holder)) fs.rmSync(path, { force: true });
    else if (!told) say(`waiting for process ${holder}, which is preparing this checkout`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const heartbeat = setInterval(() => fs.utimesSync(path, new Date(), new Date()), beatMs);
  return () => {
    clearInterval(heartbeat);
    fs.rmSync(path, { force: true });
  };
}

function taken(path) {
  try {
    fs.writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** A pid alone proves nothing: containers give the same ones again. So the holder touches its lock. */
function abandoned(path, holder) {
  const touched = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return holder === process.pid || !alive(holder) || Date.now() - touched > 10 * beatMs;
}

function alive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
